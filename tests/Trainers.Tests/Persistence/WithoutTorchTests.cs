using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;

namespace Smml.MLNet.Tests.Persistence;

/// <summary>Applications without a TorchSharp backend: one with onnxruntime, and one with neither library.</summary>
public sealed class WithoutTorchTests(TrainedChain trained) : IClassFixture<TrainedChain>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void With_onnxruntime_alone_a_zip_is_loaded_scored_and_evaluated_as_with_libtorch()
    {
        // Another libtorch of the machine must not be taken for the package.
        Directory.CreateDirectory(_folder["system"]);
        foreach (string path in Directory.GetFiles(AppContext.BaseDirectory, "lib*.so*").Where(IsTorch))
            File.CreateSymbolicLink(_folder["system/" + Path.GetFileName(path)], path);

        (int code, string[] output, string errors) = Run(Program(), "scored");
        Assert.True(code == 0, errors);
        Assert.Equal("native torch none", output[^1]);
        Assert.StartsWith("scored 3 with onnxruntime ", output[^2], StringComparison.Ordinal);
        Assert.Equal($"model {trained.Context.Segmentation.Describe(trained.Model).WeightsSha256}", output[0]);
        Assert.Equal("transformed 3", output[1]);
        Assert.Contains("onnxruntime", File.ReadAllText(_folder["scored/evaluation.html"]), StringComparison.Ordinal);

        trained.Context.Segmentation.Score(trained.Model, trained.Cases, _folder["expected"], new() { Uncertainty = true });
        foreach (BraTSCase one in trained.Context.Data.CreateEnumerable<BraTSCase>(trained.Cases, reuseRowObject: false))
        {
            Volume expected = VolumeFile.Read(_folder[$"expected/{one.CaseId}_seg.nii.gz"]);
            foreach (string folder in new[] { "scored", "scored/transformed" })
            {
                Volume found = VolumeFile.Read(_folder[$"{folder}/{one.CaseId}_seg.nii.gz"]);
                Assert.Equal(expected.Grid, found.Grid);
                int same = expected.Voxels.ToArray().Zip(found.Voxels.ToArray()).Count(pair => pair.First.Equals(pair.Second));
                Assert.True(same >= 0.9999 * expected.Shape.Count, $"{expected.Shape.Count - same} labels differ");
            }

            float[] map = VolumeFile.Read(_folder[$"expected/{one.CaseId}_disagreement.nii.gz"]).Voxels.ToArray();
            float[] other = VolumeFile.Read(_folder[$"scored/{one.CaseId}_disagreement.nii.gz"]).Voxels.ToArray();
            Assert.InRange(map.Zip(other, (first, second) => Math.Abs(first - second)).Max(), 0, 1e-4f);
        }

        SegmentationReport report = trained.Context.Segmentation.Evaluate(
            trained.Model, trained.Cases, new() { Subsets = [ModalitySet.All, ModalitySet.Of(Modality.T2)] });
        Dictionary<string, double> dice = output
            .Where(line => line.StartsWith("dice ", StringComparison.Ordinal))
            .ToDictionary(
                line => line[5..line.LastIndexOf(' ')],
                line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        SegmentationScore[] scores = [.. report.Scores.Where(score => score.Metric == SegmentationMetrics.Dice)];
        Assert.Equal(scores.Length, dice.Count);
        Assert.All(scores, score => Assert.Equal(score.Value, dice[$"{score.CaseId} {score.Modalities} {score.Region}"], 1e-4));
    }

    [Fact]
    public void Training_without_libtorch_says_which_packages_are_missing()
    {
        (int code, string[] output, string errors) = Run(Program(), "trained", "train");
        Assert.Equal((1, "native torch none"), (code, output[^1]));
        Assert.StartsWith("TorchSharp has no native backend here: libtorch was not found.", errors, StringComparison.Ordinal);
        Assert.Contains("Training needs one: add one package of version 0.107.0", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void With_neither_library_one_error_names_both_packages()
    {
        // The program without its native files, and without the list that names them.
        string built = Path.GetDirectoryName(Program())!;
        Directory.CreateDirectory(_folder["neither"]);
        foreach (string path in Directory.GetFiles(built).Where(path => path.EndsWith(".dll", StringComparison.Ordinal)
            || path.EndsWith(".runtimeconfig.json", StringComparison.Ordinal)))
            File.Copy(path, _folder["neither/" + Path.GetFileName(path)]);
        File.Delete(_folder["neither/onnxruntime.dll"]);
        (int code, string[] output, string errors) = Run(_folder["neither/OnnxProcess.dll"], "nothing");
        Assert.Equal((1, "native torch none"), (code, output[^1]));
        Assert.Contains("libtorch was not found, and the native library of onnxruntime does not load", errors, StringComparison.Ordinal);
        Assert.Contains("TorchSharp-cpu", errors, StringComparison.Ordinal);
        Assert.Contains("Microsoft.ML.OnnxRuntime", errors, StringComparison.Ordinal);
        Assert.Equal($"model {trained.Context.Segmentation.Describe(trained.Model).WeightsSha256}", output[0]); // describing needs neither
    }

    [Fact]
    public void A_damaged_zip_is_refused_as_with_libtorch()
    {
        byte[] bytes = File.ReadAllBytes(trained.ModelPath);
        bytes[bytes.Length / 2] ^= 0x55;
        File.WriteAllBytes(_folder["damaged.zip"], bytes);
        (int code, string[] output, string errors) = Run(Program(), "damaged", model: _folder["damaged.zip"]);
        Assert.Equal((1, "native torch none"), (code, output[^1]));
        Assert.DoesNotContain("scored", string.Join('\n', output), StringComparison.Ordinal);
        Assert.NotEmpty(errors);
    }

    private static bool IsTorch(string path) => Path.GetFileName(path) is var name && new[] { "libtorch", "libc10", "libgomp" }
        .Any(start => name.StartsWith(start, StringComparison.Ordinal));

    // Beside this project's output, in the same configuration.
    private static string Program()
    {
        DirectoryInfo own = new(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, "OnnxProcess", own.Name, "OnnxProcess.dll");
    }

    private (int ExitCode, string[] Output, string Errors) Run(string program, string folder, string? mode = null, string? model = null)
    {
        string manifest = _folder["cases.csv"];
        BraTSDataset.WriteManifest(manifest, trained.Context.Data.CreateEnumerable<BraTSCase>(trained.Cases, reuseRowObject: false));
        Directory.CreateDirectory(_folder[folder]);
        ProcessStartInfo start = new(
            "dotnet", [program, model ?? trained.ModelPath, manifest, _folder[folder], .. mode is null ? Array.Empty<string>() : [mode]])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["LD_LIBRARY_PATH"] = _folder["system"];
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(), errors = child.StandardError.ReadToEndAsync();
        if (!child.WaitForExit(120_000))
            child.Kill();
        Assert.True(child.HasExited, "the process did not end");
        return (
            child.ExitCode,
            output.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            errors.Result);
    }
}
