using System.Text;
using Smml.MLNet.CueGeneration;
using Smml.MLNet.Tests.WeightFiles;
using Smml.MLNet.WeightFiles;
using static Smml.MLNet.Tests.WeightFiles.PickleBytes;

namespace Smml.MLNet.Tests.SamMed3D;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_tensor_of_a_checkpoint_is_found_with_its_shape_and_place()
    {
        string path = SamFixture.Checkpoint(_folder);
        StateDict checkpoint = SamMed3DWeights.Open(path);
        Assert.Equal(
            [3, 8],
            checkpoint.Tensors["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"].Shape.Select(size => (int)Math.Min(size, 8)));
        Assert.True(checkpoint.Tensors.Count is 173 or 174, $"{checkpoint.Tensors.Count} tensors");
        foreach (string name in checkpoint.Tensors.Keys)
            Assert.All(checkpoint.ReadSingles(name), value => Assert.True(float.IsFinite(value)));
        Assert.All(checkpoint.Tensors.Values, tensor => Assert.Equal(0, tensor.FileOffset % 64));
    }

    [Fact]
    public void A_checkpoint_cut_anywhere_is_refused()
    {
        byte[] bytes = File.ReadAllBytes(SamFixture.Checkpoint(_folder));
        SplitMix64 random = new(1);
        foreach (int length in Enumerable.Range(0, 60)
            .Select(_ => random.Integer(0, bytes.Length - 1))
            .Concat([0, 1, 3, 4, 21, bytes.Length - 1, bytes.Length - 22]))
        {
            CheckpointFormatException error = Assert.Throws<CheckpointFormatException>(
                () => SamMed3DWeights.Open(_folder.Write("cut.pth", bytes[..length])));
            Assert.Contains("cut.pth", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Random_damage_is_refused_by_type_or_does_no_harm()
    {
        byte[] bytes = File.ReadAllBytes(SamFixture.Checkpoint(_folder));
        int directory = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8) - 8000;
        SplitMix64 random = new(7);
        for (int trial = 0; trial < 400; trial++)
        {
            byte[] damaged = [.. bytes];
            for (int i = 0; i < 4; i++)
                damaged[trial % 2 == 0 ? random.Integer(60, 20000) : random.Integer(directory, bytes.Length - 1)] = (byte)random.Integer(
                    0, 255);
            try
            {
                SamMed3DWeights.Open(_folder.Write("damaged.pth", damaged));
            }
            catch (CheckpointFormatException)
            {
            }
        }
    }

    [Fact]
    public void A_pickle_of_before_PyTorch_1_6_and_other_files_are_named()
    {
        Assert.Contains("before PyTorch 1.6", Refused([0x80, 2, 0x8A, 10, .. new byte[100]]), StringComparison.Ordinal);
        Assert.Contains("expected the zip format", Refused(WeightFixture.Bytes("types_legacy.pth")), StringComparison.Ordinal);
        Assert.Contains("504B0304", Refused([.. Encoding.ASCII.GetBytes("<html>not found</html>")]), StringComparison.Ordinal);
        Assert.Contains("data.pkl", Refused(Zip(("model/other.txt", [1, 2, 3]))), StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => SamMed3DWeights.Open(_folder["none.pth"]));

        string Refused(byte[] bytes) =>
            Assert.Throws<CheckpointFormatException>(() => SamMed3DWeights.Open(_folder.Write("odd.pth", bytes))).Message;
    }

    [Fact]
    public void A_pickle_that_would_run_a_command_runs_nothing()
    {
        string trace = _folder["trace"];
        byte[] command = Encoding.ASCII.GetBytes($"touch {trace}");
        byte[] pickle =
        [
            0x80,
            2,
            .. "cposix\nsystem\n"u8,
            (byte)'X',
            (byte)command.Length,
            0,
            0,
            0,
            .. command,
            0x85,
            (byte)'R',
            (byte)'.',
        ];
        Assert.Contains(
            "no dictionary",
            Assert.Throws<CheckpointFormatException>(
                () => SamMed3DWeights.Open(_folder.Write("evil.pth", Zip(("m/data.pkl", pickle))))).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(trace));
    }

    [Fact]
    public void Unknown_objects_beside_the_weights_do_not_matter_and_a_prefix_is_taken_off()
    {
        // {"args": argparse.Namespace(), "model_state_dict": {"module.w": tensor of 3}}
        byte[] pickle =
        [
            0x80, 2, (byte)'}', (byte)'(', .. Text("args"), .. "cargparse\nNamespace\n"u8, (byte)')', 0x81, (byte)'}', (byte)'b', .. Text(
                "model_state_dict"), (byte)'}', .. Text("module.w"),
            .. "ctorch._utils\n_rebuild_tensor_v2\n"u8, (byte)'(', (byte)'(', .. Text(
                "storage"), .. "ctorch\nFloatStorage\n"u8, .. Text("0"), .. Text("cpu"), (byte)'K', 4, (byte)'t', (byte)'Q',
            (byte)'K', 1, (byte)'K', 3, 0x85, (byte)'K', 1, 0x85, 0x89, (byte)'}', (byte)'t', (byte)'R', (byte)'s', (byte)'u', (byte)'.',
        ];
        byte[] numbers = [.. new float[] { 9, 1, 2, 3 }.SelectMany(BitConverter.GetBytes)];
        StateDict checkpoint = SamMed3DWeights.Open(_folder.Write("more.pth", Zip(("m/data.pkl", pickle), ("m/data/0", numbers))));
        Assert.Equal([1f, 2f, 3f], checkpoint.ReadSingles("w"));
        Assert.Contains(
            "does not fit",
            Assert.Throws<CheckpointFormatException>(
                () => SamMed3DWeights.Open(_folder.Write("short.pth", Zip(("m/data.pkl", pickle), ("m/data/0", numbers[..12]))))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "missing",
            Assert.Throws<CheckpointFormatException>(
                () => SamMed3DWeights.Open(_folder.Write("less.pth", Zip(("m/data.pkl", pickle))))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_network_is_refused_before_any_case()
    {
        string tiny = SamFixture.Checkpoint(_folder);
        CheckpointFormatException error = Assert.Throws<CheckpointFormatException>(() => SamMed3DCueProvider.FromCheckpoint(tiny));
        Assert.Contains("expected [", error.Message, StringComparison.Ordinal);
        Assert.StartsWith(tiny, error.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
