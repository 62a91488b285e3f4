namespace Smml.MLNet.Tests.CommandLine;

/// <summary>Two phantoms and a model trained on them for one step; made once for all tests.</summary>
public sealed class TrainedModel : IDisposable
{
    public TrainedModel()
    {
        Folder = Directory.CreateTempSubdirectory("smml-cli-").FullName;
        Cases = Path.Combine(Folder, "cases");
        Zip = Path.Combine(Folder, "model.zip");
        SmmlProcess.Done("phantom", Cases, "--cases", "2", "--seed", "5", "--shape", "32x32x32", "--spacing", "5.6");
        SmmlProcess.Done(TrainArguments(Zip));
    }

    public string Folder { get; }

    public string Cases { get; }

    public string Zip { get; }

    public string[] TrainArguments(string zip, string seed = "3") =>
    [
        "train", Cases, "--out", zip, "--size", "tiny", "--epochs", "1", "--steps", "1", "--batch", "1", "--seed", seed,
    ];

    /// <summary>A copy of the cases in which one scan of Phantom_0002 cannot be decompressed.</summary>
    public string DamagedCases()
    {
        string folder = Path.Combine(Folder, "damaged-" + Guid.NewGuid().ToString("N"));
        foreach (string path in Directory.EnumerateFiles(Cases, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(folder, Path.GetRelativePath(Cases, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            byte[] bytes = File.ReadAllBytes(path);
            if (path.EndsWith("Phantom_0002_t1.nii.gz", StringComparison.Ordinal))
                bytes.AsSpan(60, 300).Fill(0xFF);
            File.WriteAllBytes(copy, bytes);
        }

        return folder;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
