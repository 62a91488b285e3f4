using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;

namespace Smml.MLNet.Tests;

[Collection("Toy stage")]
public sealed class TwoProcessTests : IDisposable
{
    private const string FolderVariable = "SMML_TEST_FOLDER";
    private readonly CaseFolder _folder = new();

    [Fact]
    public void A_process_that_only_knows_ML_NET_gives_the_same_voxels()
    {
        MLContext ml = new(seed: 1);
        BraTSCase brats = _folder.Case("a");
        brats.T1cePath = "";
        IDataView data = ml.Data.LoadFromEnumerable([brats]);
        IEstimator<ITransformer> stages = ml.Transforms.LoadVolumes(_folder.Root)
            .Append(ml.Transforms.CropForeground())
            .Append(ml.Transforms.NormalizeIntensity());
        ITransformer prepared = stages.Fit(data);
        ITransformer model = new Microsoft.ML.Data.TransformerChain<ITransformer>(
            prepared, Toy.Fit(ml, prepared.Transform(data), [1, 2, 3, 4, 5], 2, StageWeights.Granule));
        ml.Model.Save(model, data.Schema, Path.Combine(_folder.Root, "model.zip"));
        File.WriteAllText(Path.Combine(_folder.Root, "case.txt"), string.Join('|', brats.FlairPath, brats.T1Path, brats.T2Path));

        string program = Path.Combine(
            AppContext.BaseDirectory, typeof(TwoProcessTests).Assembly.GetName().Name + (OperatingSystem.IsWindows() ? ".exe" : ""));
        ProcessStartInfo start = new(program, ["-method", $"{typeof(TwoProcessTests).FullName}.{nameof(Child)}", "-explicit", "only"])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.Environment[FolderVariable] = _folder.Root;
        using Process child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        Assert.True(child.WaitForExit(60_000));
        string result = Path.Combine(_folder.Root, "result.txt");
        Assert.True(File.Exists(result), output);
        Assert.Equal(Print(ml, model.Transform(data)), File.ReadAllText(result));
    }

    [Fact(Explicit = true)]
    public void Child()
    {
        string? folder = Environment.GetEnvironmentVariable(FolderVariable);
        Assert.SkipWhen(folder is null, "Started by the test above.");
        MLContext ml = new(seed: 5);
        ITransformer model = ml.Model.Load(Path.Combine(folder, "model.zip"), out _);
        string[] files = File.ReadAllText(Path.Combine(folder, "case.txt")).Split('|');
        IDataView data = ml.Data.LoadFromEnumerable([
            new BraTSCase
            {
                FlairPath = files[0],
                T1Path = files[1],
                T2Path = files[2],
                LabelPath = "a_seg.nii.gz",
                LabelConvention = "BraTS2018",
            },
        ]);
        File.WriteAllText(Path.Combine(folder, "result.txt"), Print(ml, model.Transform(data)));
    }

    public void Dispose() => _folder.Dispose();

    private static string Print(MLContext ml, IDataView scored)
    {
        Scored row = ml.Data.CreateEnumerable<Scored>(scored, reuseRowObject: false).Single();
        return string.Join('\n', new[] { row.Flair, row.T1ce, row.T1, row.T2, row.Label, row.Scaled }.Select(volume => volume is null
            ? "missing"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{volume} {volume.Offset} {Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(volume.Voxels)))}")));
    }

    private sealed class Scored
    {
        public Volume? Flair { get; set; }

        public Volume? T1ce { get; set; }

        public Volume? T1 { get; set; }

        public Volume? T2 { get; set; }

        public Volume? Label { get; set; }

        public Volume? Scaled { get; set; }
    }
}
