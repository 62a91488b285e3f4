using System.Diagnostics;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.WeightFiles;

/// <summary>Damaged files of each format give a <see cref="CheckpointFormatException"/> or values, nothing else, and soon.</summary>
public sealed class HostileFileTests : IDisposable
{
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => ["views_legacy.pth", "small.safetensors", "small.pth"];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_file_cut_at_any_length_is_refused(string name)
    {
        byte[] bytes = Bytes(name);
        for (int length = 0; length < bytes.Length; length++)
        {
            string path = _folder.Write("cut", bytes[..length]);
            string message = Assert.Throws<CheckpointFormatException>(() => WeightFile.Open(path)).Message;
            Assert.StartsWith(path, message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_changed_byte_is_refused_by_type_or_changes_only_values(string name)
    {
        byte[] bytes = Bytes(name);
        for (int at = 0; at < bytes.Length; at++)
        {
            foreach (byte mask in new byte[] { 0x01, 0xFF })
            {
                bytes[at] ^= mask;
                ReadAll(_folder.Write("flipped", bytes));
                bytes[at] ^= mask;
            }
        }
    }

    [Theory]
    [InlineData("types.pth")]
    [InlineData("nested_4.pth")]
    [InlineData("nested_legacy_2.pth")]
    [InlineData("small.safetensors")]
    public void Random_damage_is_refused_by_type_or_changes_only_values(string name)
    {
        byte[] bytes = Bytes(name);
        SplitMix64 random = new(5);
        for (int trial = 0; trial < 1000; trial++)
        {
            byte[] damaged = [.. bytes];
            for (int i = 0; i < 5; i++)
                damaged[random.Integer(0, bytes.Length - 1)] = (byte)random.Integer(0, 255);
            ReadAll(_folder.Write("damaged", damaged));
        }
    }

    [Fact]
    public void Elements_of_a_zip_archive_that_changed_are_refused_by_their_checksum()
    {
        byte[] bytes = Bytes("small.pth");
        WeightFile file = WeightFile.Open(_folder.Write("small.pth", bytes));
        bytes[file.Tensors["a"].FileOffset] ^= 1;
        WeightFile changed = WeightFile.Open(_folder.Write("changed.pth", bytes));
        Assert.Contains(
            "the checksum of the elements of a",
            Assert.Throws<CheckpointFormatException>(() => changed.ReadSingles("a")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_was_cut_after_it_was_opened_is_refused()
    {
        byte[] bytes = Bytes("small.safetensors");
        WeightFile file = WeightFile.Open(_folder.Write("later", bytes));
        _folder.Write("later", bytes[..^4]);
        Assert.Throws<CheckpointFormatException>(() => file.ReadSingles("b"));
    }

    public void Dispose() => _folder.Dispose();

    private byte[] Bytes(string name)
    {
        WeightTensor[] tensors =
        [
            WeightTensor.OfSingles("a", [2, 3], new float[] { 1, 2, 3, 4, 5, 6 }), WeightTensor.OfIntegers("b", [1], new long[] { 9 }),
        ];
        if (name == "small.pth")
            TorchWriter.Write(_folder[name], tensors);
        else if (name == "small.safetensors")
            SafeTensorsWriter.Write(_folder[name], tensors, new Dictionary<string, string> { ["format"] = "pt" });
        else
            return WeightFixture.Bytes(name);
        return File.ReadAllBytes(_folder[name]);
    }

    private static void ReadAll(string path)
    {
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            WeightFile file = WeightFile.Open(path);
            foreach (StateDict weights in StateDicts.Find(file))
            {
                foreach ((string name, StoredTensor tensor) in weights.Tensors)
                {
                    if (tensor.ElementType != ElementType.Unsupported)
                        Assert.Equal(tensor.Count, weights.ReadSingles(name, convertIntegers: true).Length);
                }
            }
        }
        catch (CheckpointFormatException error)
        {
            Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
            Assert.InRange(error.Message.Length, 20, 4000);
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, s_soon);
    }
}
