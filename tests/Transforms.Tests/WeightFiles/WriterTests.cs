using System.Diagnostics;
using System.IO.Compression;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.WeightFiles;

public sealed class WriterTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private static readonly float[] s_values = [.. Enumerable.Range(0, 600_000).Select(i => (float)Math.Sin(i))];
    private static readonly long[] s_integers = [1, -2, 3_000_000_000];

    private readonly TemporaryFolder _folder = new();

    private static WeightTensor[] Tensors =>
    [
        WeightTensor.OfSingles("conv.weight", [200, 30, 100], s_values),
        WeightTensor.OfSingles("leer.ü", [0, 3], ReadOnlyMemory<float>.Empty),
        WeightTensor.OfSingles("scalar", [], () => new float[] { 7 }),
        new("flags", [3], ElementType.Bool, () => [new byte[] { 1, 0, 1 }]),
        WeightTensor.OfIntegers("steps", [3], s_integers),
        new("half", [2], ElementType.Float16, () => [new byte[] { 0, 0x3C }, new byte[] { 0, 0xC0 }]),
    ];

    [Theory]
    [InlineData("w.pth")]
    [InlineData("w.safetensors")]
    public void What_is_written_is_read_again(string name)
    {
        string path = _folder[name];
        Write(path);
        StateDict weights = StateDicts.Choose(WeightFile.Open(path));
        Assert.Equal(Tensors.Select(tensor => tensor.Name), weights.Tensors.Keys);
        Assert.Equal(Tensors.Select(tensor => tensor.Type), weights.Tensors.Values.Select(tensor => tensor.ElementType));
        Assert.Equal(s_values, weights.ReadSingles("conv.weight"));
        Assert.Equal([0L, 3L], weights.Tensors["leer.ü"].Shape);
        Assert.Empty(weights.ReadSingles("leer.ü"));
        Assert.Equal([7f], weights.ReadSingles("scalar"));
        Assert.Equal([1L, 0, 1], weights.ReadIntegers("flags"));
        Assert.Equal(s_integers, weights.ReadIntegers("steps"));
        Assert.Equal([1f, -2f], weights.ReadSingles("half"));
        Assert.All(weights.Tensors.Values, tensor => Assert.Equal(0, tensor.FileOffset % Math.Max(1, tensor.ElementType.Size)));
        byte[] first = File.ReadAllBytes(path);
        Write(path);
        Assert.Equal(first, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_torch_file_is_a_zip_archive_whose_elements_are_aligned()
    {
        string path = _folder["w.pth"];
        TorchWriter.Write(path, [new NamedWeights("state_dict", Tensors), new NamedWeights("d_style", Tensors[..1])]);
        WeightFile file = WeightFile.Open(path);
        Assert.Equal(["state_dict", "d_style"], StateDicts.Find(file).Select(one => one.Key));
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(0, tensor.FileOffset % 64));
        using ZipArchive zip = ZipFile.OpenRead(path);
        Assert.Equal("archive/data.pkl", zip.Entries[0].FullName);
        Assert.Equal(Tensors.Length + 1 + 3, zip.Entries.Count);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using Stream stream = entry.Open();
            stream.CopyTo(Stream.Null); // compares the checksum
        }
    }

    [Fact]
    public void Metadata_of_safetensors_comes_back()
    {
        string path = _folder["w.safetensors"];
        Dictionary<string, string> metadata = new() { ["method"] = "rfnet", ["format"] = "pt" };
        SafeTensorsWriter.Write(path, Tensors, metadata);
        WeightFile file = WeightFile.Open(path);
        Assert.Equal(WeightFileKind.SafeTensors, file.Kind);
        Assert.Equal(metadata.OrderBy(pair => pair.Key), file.Metadata);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5000)]
    public void Sizes_and_places_beyond_32_bits_are_read_by_others(long narrow)
    {
        string path = _folder["wide.zip"];
        byte[] large = [.. Enumerable.Range(0, 9000).Select(i => (byte)i)];
        using (FileStream file = new(path, FileMode.Create, FileAccess.ReadWrite))
        {
            StoredZipWriter writer = new(file, narrow);
            writer.Add("a/small", [1, 2, 3]);
            writer.Add("a/large", large);
            writer.Add("a/last", [4]);
            writer.Finish();
        }

        using (ZipArchive zip = ZipFile.OpenRead(path))
        {
            using MemoryStream memory = new();
            using (Stream stream = zip.GetEntry("a/large")!.Open())
                stream.CopyTo(memory);
            Assert.Equal(large, memory.ToArray());
            Assert.Equal(1, zip.GetEntry("a/last")!.Length);
        }

        using FileStream read = FileBytes.Open(path);
        Dictionary<string, StoredEntry> entries = StoredZip.Read(read);
        Assert.Equal(large, FileBytes.ReadAt(read, entries["a/large"].Offset, entries["a/large"].Length));
        Assert.All(entries.Values, entry => Assert.Equal(0, entry.Offset % 64));
        if (File.Exists(Python))
            Run("import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert not z.testzip() and len(z.read('a/large')) == 9000", path);
    }

    [Theory]
    [InlineData("w.pth")]
    [InlineData("w.safetensors")]
    public void A_tensor_with_other_than_the_promised_elements_leaves_the_old_file(string name)
    {
        string path = _folder.Write(name, [1, 2, 3]);
        foreach (int count in new[] { 3, 5 })
        {
            WeightTensor[] tensors = [WeightTensor.OfSingles("w", [4], new float[count])];
            Assert.Throws<InvalidOperationException>(() => Write(path, tensors));
        }

        WeightTensor one = WeightTensor.OfSingles("w", [4], new float[4]);
        Assert.Throws<ArgumentException>(() => Write(path, [one, one]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void PyTorch_loads_what_is_written_with_weights_only()
    {
        Assert.SkipUnless(File.Exists(Python) && Run("import torch", "", mayFail: true), $"{Python} has no torch");
        string bare = _folder["bare.pth"], nested = _folder["nested.pth"];
        Write(bare);
        TorchWriter.Write(nested, [new NamedWeights("state_dict", Tensors), new NamedWeights("d_style", Tensors[..1])]);
        const string Script = """
            import sys, collections, torch
            def check(state):
                assert isinstance(state, collections.OrderedDict)
                w = state["conv.weight"]
                assert w.shape == (200, 30, 100) and w.dtype == torch.float32 and w.is_contiguous() and not w.requires_grad
                assert torch.allclose(w.flatten(), torch.arange(600000, dtype=torch.float64).sin().float(), atol=1e-6)
                assert state["leer.ü"].shape == (0, 3) and state["scalar"].item() == 7 and state["flags"].tolist() == [True, False, True]
                assert state["steps"].tolist() == [1, -2, 3000000000] and state["half"].tolist() == [1, -2]
            for safe in (True, False):
                check(torch.load(sys.argv[1] + "/bare.pth", weights_only=safe))
                nested = torch.load(sys.argv[1] + "/nested.pth", weights_only=safe)
                assert list(nested) == ["state_dict", "d_style"] and list(nested["d_style"]) == ["conv.weight"]
                check(nested["state_dict"])
            """;
        Run(Script, _folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    private static void Write(string path, WeightTensor[]? tensors = null)
    {
        if (path.EndsWith(".pth", StringComparison.Ordinal))
            TorchWriter.Write(path, tensors ?? Tensors);
        else
            SafeTensorsWriter.Write(path, tensors ?? Tensors);
    }

    private static bool Run(string script, string argument, bool mayFail = false)
    {
        ProcessStartInfo start = new(Python, ["-c", script, argument]) { RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(mayFail || process.ExitCode == 0, error);
        return process.ExitCode == 0;
    }
}
