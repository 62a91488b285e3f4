using Microsoft.ML.OnnxRuntime;

namespace Smml.MLNet.Tests.CommandLine;

/// <summary>Models as graphs: written for other programs, and scored by onnxruntime.</summary>
public sealed class OnnxTests(TrainedModel trained) : IClassFixture<TrainedModel>
{
    [Fact]
    public void Export_writes_a_folder_whose_joint_graph_runs()
    {
        const int Side = 32, Voxels = Side * Side * Side;
        string folder = Path.Combine(trained.Folder, "onnx");
        SmmlProcess.Result result = SmmlProcess.Done("export", trained.Zip, "--onnx", folder);
        string[] networks = ["branch1", "branch2"];
        string[] expected =
        [
            .. networks.SelectMany(network => new[] { "flair", "t1ce", "t1", "t2" }
                .Select(modality => $"{network}.encoder.{modality}.onnx")
                .Append($"{network}.decoder.onnx")),
            "joint.onnx",
            "weights.bin",
        ];
        Assert.Equal(
            expected, result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(path => Path.GetFileName(path.Trim())));
        Assert.All(expected, name => Assert.True(File.Exists(Path.Combine(folder, name)), name));
        Assert.Contains("Research use only", result.Error, StringComparison.Ordinal);

        using InferenceSession session = new(Path.Combine(folder, "joint.onnx"));
        Random random = new(1);
        float[] scans = [.. Enumerable.Range(0, 4 * Voxels).Select(_ => (float)random.NextDouble())];
        float[] all = Run([1, 1, 1, 1]), without = Run([1, 1, 0, 1]);
        Assert.Equal(4 * Voxels, all.Length);
        Assert.All(all, value => Assert.True(float.IsFinite(value)));
        Assert.False(all.SequenceEqual(without), "the graph does not see which scans there are");

        float[] Run(float[] presence)
        {
            using OrtValue images = OrtValue.CreateTensorValueFromMemory(scans, [1, 4, Side, Side, Side]);
            using OrtValue seen = OrtValue.CreateTensorValueFromMemory(presence, [1, 4]);
            using RunOptions options = new();
            using IDisposableReadOnlyCollection<OrtValue> logits = session.Run(
                options, ["scans", "presence"], [images, seen], ["logits"]);
            return logits[0].GetTensorDataAsSpan<float>().ToArray();
        }
    }

    [Fact]
    public void Score_and_evaluate_take_the_engine_that_is_asked_for_and_say_so()
    {
        Dictionary<string, float[]> labels = [];
        foreach ((string engine, string said) in new[] { ("libtorch", "libtorch (TorchSharp "), ("onnxruntime", "onnxruntime ") })
        {
            string output = Path.Combine(trained.Folder, "engine-" + engine);
            SmmlProcess.Result result = SmmlProcess.Done(
                "score", trained.Zip, trained.Cases, "--out", output, "--cases", "Phantom_0001", "--engine", engine);
            Assert.Contains("computed with " + said, result.Error, StringComparison.Ordinal);
            labels[engine] = VolumeFile.Read(Path.Combine(output, "Phantom_0001_seg.nii.gz")).Voxels.ToArray();
        }

        Assert.True(labels["libtorch"].Distinct().Count() > 1, "one label everywhere compares nothing");
        int same = labels["libtorch"].Zip(labels["onnxruntime"]).Count(pair => pair.First.Equals(pair.Second));
        Assert.True(same >= 0.9999 * labels["libtorch"].Length, $"{labels["libtorch"].Length - same} labels differ");

        string evaluated = Path.Combine(trained.Folder, "engine-evaluated");
        Assert.Contains(
            "computed with onnxruntime ",
            SmmlProcess.Done(
                "evaluate", trained.Zip, trained.Cases, "--out", evaluated, "--cases", "Phantom_0001", "--engine", "onnxruntime").Error,
            StringComparison.Ordinal);
        Assert.Contains("onnxruntime ", File.ReadAllText(Path.Combine(evaluated, "evaluation.html")), StringComparison.Ordinal);
        SmmlProcess.Run("score", trained.Zip, trained.Cases, "--out", evaluated, "--engine", "tensorflow")
            .Fails(2, "--engine is 'tensorflow', expected one of auto, libtorch, onnxruntime");
        Assert.Contains("libtorch or onnxruntime", SmmlProcess.Done("info", trained.Zip).Output, StringComparison.Ordinal);
    }
}
