using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Compression;
using Smml.MLNet.WeightFiles;

namespace Smml.MLNet.Tests.WeightFiles;

/// <summary>Pickles and archives that were made to do harm.</summary>
public sealed class HostilePickleTests : IDisposable
{
    private const long Huge = 1L << 60;

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(new long[] { 4 }, new long[] { 1 }, 0, new float[] { 0, 1, 2, 3 })]
    [InlineData(new long[] { 2, 2 }, new long[] { 1, 2 }, 0, new float[] { 0, 2, 1, 3 })]
    [InlineData(new long[] { 3, 2 }, new long[] { 0, 1 }, 2, new float[] { 2, 3, 2, 3, 2, 3 })]
    [InlineData(new long[] { 0, Huge, Huge }, new long[] { 1, 1, 1 }, 0, new float[] { })]
    [InlineData(new long[] { 1, 2 }, new long[] { long.MaxValue, 3 }, 0, new float[] { 0, 3 })]
    public void Views_are_read_as_they_are(long[] shape, long[] strides, long offset, float[] expected) =>
        Assert.Equal(expected, Open(PickleBytes.Dictionary("w", PickleBytes.Tensor(shape, strides, offset))).ReadSingles("w"));

    [Theory]
    [InlineData(new long[] { 5 }, new long[] { 1 }, 0, "does not fit its 16 bytes")]
    [InlineData(new long[] { 4 }, new long[] { 1 }, 1, "does not fit")]
    [InlineData(new long[] { 4 }, new long[] { 1 }, -1, "does not fit")]
    [InlineData(new long[] { 4 }, new long[] { -1 }, 3, "does not fit")]
    [InlineData(new long[] { -4 }, new long[] { 1 }, 0, "does not fit")]
    [InlineData(new long[] { 2 }, new long[] { long.MaxValue }, 0, "does not fit")]
    [InlineData(new long[] { 2, 2, 2 }, new long[] { long.MaxValue, long.MaxValue, long.MaxValue }, long.MaxValue, "does not fit")]
    [InlineData(new long[] { Huge, Huge, Huge }, new long[] { 1, 1, 1 }, 0, "does not fit")]
    [InlineData(new long[] { Huge, Huge, Huge }, new long[] { 0, 0, 0 }, 0, "elements")]
    [InlineData(new long[] { 1L << 31 }, new long[] { 0 }, 0, "elements")]
    [InlineData(new long[] { 1_000_000 }, new long[] { 0 }, 0, "too often")]
    public void Views_that_claim_more_than_there_is_are_refused(long[] shape, long[] strides, long offset, string part)
    {
        WeightFile file = Open(PickleBytes.Dictionary("w", PickleBytes.Tensor(shape, strides, offset)));
        foreach (Action read in new Action[] { () => file.ReadSingles("w"), () => StateDicts.Find(file) })
            Assert.Contains(part, Assert.Throws<CheckpointFormatException>(read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_view_with_too_many_axes_is_refused()
    {
        WeightFile file = Open(PickleBytes.Dictionary("w", PickleBytes.Tensor([.. Enumerable.Repeat(1L, 1000)], new long[1000])));
        Assert.Contains(
            "1000 axes", Assert.Throws<CheckpointFormatException>(() => StateDicts.Find(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_of_a_storage_begins_where_it_says()
    {
        byte[] view = [(byte)'(', .. PickleBytes.Text("part"), .. PickleBytes.Long(1), .. PickleBytes.Long(3), (byte)'t'];
        WeightFile file = Open(PickleBytes.Dictionary("w", PickleBytes.Tensor([2], [1], offset: 1, view: view)));
        Assert.Equal([2f, 3f], file.ReadSingles("w"));
    }

    [Fact]
    public void A_view_of_few_elements_of_a_large_storage_is_read()
    {
        const int Elements = 5_000_000;
        byte[] numbers = new byte[Elements * sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(numbers.AsSpan(4), 1);
        BinaryPrimitives.WriteSingleLittleEndian(numbers.AsSpan(numbers.Length - 4), 2);
        byte[] pickle = PickleBytes.Dictionary("w", PickleBytes.Tensor([2], [Elements - 2], offset: 1, elements: Elements));
        byte[] archive = PickleBytes.Zip(("m/data.pkl", pickle), ("m/data/0", numbers));
        Assert.Equal([1f, 2f], WeightFile.Open(_folder.Write("sparse.pth", archive)).ReadSingles("w"));
        archive[archive.Length / 2] ^= 1;
        Assert.Throws<CheckpointFormatException>(() => WeightFile.Open(_folder.Write("sparse.pth", archive)).ReadSingles("w"));
    }

    [Theory]
    [InlineData("../0")]
    [InlineData("/etc/passwd")]
    [InlineData("1")]
    [InlineData("")]
    public void Elements_outside_the_archive_are_missing(string key)
    {
        WeightFile file = Open(PickleBytes.Dictionary("w", PickleBytes.Tensor([4], [1], key: key)));
        Assert.Contains("missing", Assert.Throws<CheckpointFormatException>(() => StateDicts.Find(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pickles_that_claim_huge_values_are_refused_without_taking_memory()
    {
        byte[][] pickles =
        [
            [0x80, 2, (byte)'X', 0xFF, 0xFF, 0xFF, 0x7F, 1],
            [0x80, 2, (byte)'X', 0xFF, 0xFF, 0xFF, 0xFF, 1],
            [0x80, 4, 0x8D, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 1],
            [0x80, 4, 0x8E, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
            [0x80, 5, 0x96, 0, 0, 0, 0, 1, 0, 0, 0, 1],
            [0x80, 2, 0x8B, 0xFF, 0xFF, 0xFF, 0x7F, 1],
            [0x80, 2, (byte)'N', (byte)'r', 0xFF, 0xFF, 0x3F, 0, (byte)'.'],
            [0x80, 2, (byte)'j', 0xFF, 0xFF, 0xFF, 0xFF, (byte)'.'],
            [0x80, 2, (byte)'h', 0, (byte)'.'],
            [0x80, 2, (byte)'c', (byte)'a'],
            [0x80, 9, (byte)'N', (byte)'.'],
            [0x80, 2, (byte)'t', (byte)'.'],
            [0x80, 2, (byte)'N', (byte)'(', (byte)'a', (byte)'.'],
            [0x80, 2, (byte)'R', (byte)'.'],
            [0x80, 2, (byte)'Q', (byte)'.'],
            [0x80, 2, 0x97, (byte)'.'],
            [0x80, 2],
            [],
        ];
        foreach (byte[] pickle in pickles)
        {
            string path = _folder.Write("huge.pth", PickleBytes.Torch(pickle));
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<CheckpointFormatException>(() => WeightFile.Open(path));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }
    }

    [Fact]
    public void Pickle_bombs_end_soon()
    {
        // Enough for a square of it to take minutes.
        byte[] many(params byte[] code) => [.. Enumerable.Repeat(code, 200_000).SelectMany(part => part)];
        byte[] doubling = [(byte)']', .. Enumerable.Range(0, 60).SelectMany(i => new byte[] { (byte)'q', (byte)i, (byte)']', (byte)'(',
            (byte)'h', (byte)i, (byte)'h', (byte)i, (byte)'e' })];
        byte[][] pickles =
        [
            [.. many((byte)'}'), (byte)'.'],
            [.. many((byte)'('), .. many((byte)'1'), (byte)'N', (byte)'.'],
            [.. many((byte)'('), .. many((byte)'t'), (byte)'.'],
            [(byte)'N', .. many(0x85), (byte)'.'],
            [(byte)']', .. many((byte)']', (byte)'a'), (byte)'.'],
            [(byte)'}', .. many((byte)'2', (byte)'0'), (byte)'.'],
            [(byte)']', (byte)'q', 0, .. many((byte)'h', 0, (byte)'a'), (byte)'.'],
            [.. many((byte)'N', (byte)'2', (byte)'2', (byte)'2', (byte)'2', (byte)'2'), (byte)'.'],
            [(byte)'}', .. doubling, (byte)'.'],
            [(byte)'}', .. PickleBytes.Text("w"), .. doubling, (byte)'s', (byte)'.'],
            [(byte)'}', (byte)'q', 0, .. PickleBytes.Text("self"), (byte)'h', 0, (byte)'s', (byte)'.'],
            [(byte)'}', .. Collisions(), (byte)'.'],
        ];
        foreach (byte[] pickle in pickles)
        {
            Stopwatch watch = Stopwatch.StartNew();
            try
            {
                WeightFile file = Open([0x80, 2, .. pickle]);
                Assert.Empty(file.Tensors);
                Assert.Empty(StateDicts.Find(file));
            }
            catch (CheckpointFormatException)
            {
            }

            Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }

        // Whole numbers with one hash.
        static IEnumerable<byte> Collisions() => Enumerable.Range(0, 100_000)
            .SelectMany(i => PickleBytes.Long(((long)i << 32) | (uint)i).Append((byte)'N').Append((byte)'s'));
    }

    [Fact]
    public void Two_types_of_one_storage_are_refused()
    {
        byte[] pickle =
        [
            0x80, 2, (byte)'}', .. PickleBytes.Text("a"), .. PickleBytes.Tensor([4], [1]), (byte)'s', .. PickleBytes.Text("b"),
            .. PickleBytes.Tensor([4], [1], elements: 5), .. "s."u8,
        ];
        Assert.Contains(
            "elsewhere 5", Assert.Throws<CheckpointFormatException>(() => Open(pickle)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Archives_that_lie_are_refused()
    {
        byte[] pickle = PickleBytes.Dictionary("w", PickleBytes.Tensor([4], [1])), numbers = new byte[16];
        Refuse(PickleBytes.Zip(("m/data.pkl", pickle), ("m/data/0", numbers), ("m/data/0", numbers)), "two entries m/data/0");
        Refuse(PickleBytes.Zip(("m/data.pkl", pickle), ("n/data.pkl", pickle)), "more than one data.pkl");
        Refuse(PickleBytes.Zip(("m/data.pkl", pickle), ("m/byteorder", "big"u8.ToArray())), "byte order");
        Refuse(PickleBytes.Zip(CompressionLevel.Optimal, ("m/data.pkl", [.. pickle, .. new byte[1000]])), "compressed entry m/data.pkl");
        byte[] right = PickleBytes.Torch(pickle);
        int central = right.AsSpan().IndexOf("PK\u0001\u0002"u8), last = right.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        Refuse(Changed(last + 42, (uint)right.Length + 5), "outside the file");
        Refuse(Changed(last + 42, 3), "damaged or cut short");
        Refuse(Changed(last + 42, 0), "outside the file"); // the header of another entry
        Refuse(Changed(central + 16, 1), "the checksum of m/data.pkl");
        Refuse([.. right, 0], "directory");

        byte[] Changed(int at, uint value)
        {
            byte[] bytes = [.. right];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
            return bytes;
        }

        void Refuse(byte[] bytes, string part) => Assert.Contains(
            part,
            Assert.Throws<CheckpointFormatException>(() => WeightFile.Open(_folder.Write("zip.pth", bytes))).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private WeightFile Open(byte[] pickle) => WeightFile.Open(_folder.Write("made.pth", PickleBytes.Torch(pickle)));
}
