using System.IO.Compression;
using System.Text;
using CsCheck;

namespace Smml.MLNet.Tests.VolumeFiles;

/// <summary>A small stand-in for the fuzzer (<c>tests/Fuzz</c>) that always runs: random damage leads to typed refusals or to a volume,
/// never to anything else.</summary>
public sealed class MutationTests : IDisposable
{
    private static readonly (string Name, byte[] Bytes)[] s_seeds = Seeds();

    private static readonly Gen<(int Position, byte Value)[]> s_damage = Gen.Select(
        Gen.Int[0, 1 << 20], Gen.Int[0, 511].Select(Damage)).Array[1, 6];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Random_damage_is_refused_by_type_or_does_no_harm()
    {
        int read = 0, refused = 0;
        Gen.Select(Gen.Int[0, s_seeds.Length - 1], s_damage, Gen.Int[0, 9]).Sample(
            (seed, damage, cut) =>
            {
                byte[] bytes = [.. s_seeds[seed].Bytes];
                foreach ((int position, byte value) in damage)
                    bytes[position % (position % 3 == 0 ? bytes.Length : Math.Min(bytes.Length, 420))] = value;
                if (cut == 0)
                    bytes = bytes[..(damage[0].Position % bytes.Length)];
                string path = _folder.Write(s_seeds[seed].Name, bytes);
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    Volume volume = VolumeFile.Read(path);
                    Assert.Equal(volume.Shape.Count, volume.Voxels.Length);
                    Assert.True(double.IsFinite(volume.Grid.Affine.Determinant));
                    read++;
                }
                catch (Exception e) when (e is VolumeFormatException or FileNotFoundException)
                {
                    Assert.InRange(e.Message.Length, 20, 2000);
                    refused++;
                }

                return GC.GetAllocatedBytesForCurrentThread() - before <= (2L << 20) + (bytes.Length * 1033L * sizeof(float));
            },
            iter: 4000,
            threads: 1);
        Assert.True(read > 400 && refused > 400, $"{read} read, {refused} refused");
    }

    // Half of the time a value at which readers stumble.
    private static byte Damage(int draw) => (byte)(draw < 256 ? draw : "\0\u0001\u007F\u0080\u00FF 9-"[draw % 8]);

    public void Dispose() => _folder.Dispose();

    private static (string Name, byte[] Bytes)[] Seeds()
    {
        NiftiBytes small = new NiftiBytes().Fill(4, i => i * 37 % 500),
            big = new NiftiBytes(16, bigEndian: true).Fill(16, i => BitConverter.SingleToInt32Bits(i * 0.25f));
        string header = "ObjectType = Image\nNDims = 3\nTransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = -10 -20 -30\n"
            + "ElementSpacing = 1 1 1.5\nDimSize = 5 4 3\nElementType = MET_SHORT\n";
        using MemoryStream memory = new();
        using (ZLibStream zlib = new(memory, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(small.Voxels);
        return
        [
            ("a.nii", small.ToArray()),
            ("b.nii", big.ToArray()),
            ("c.nii.gz", small.ToGzip()),
            ("d.mha", [.. Encoding.ASCII.GetBytes(header + "ElementDataFile = LOCAL\n"), .. small.Voxels]),
            ("e.mha", [.. Encoding.ASCII.GetBytes(header + "CompressedData = True\nElementDataFile = LOCAL\n"), .. memory.ToArray()]),
            ("f.mha", Encoding.ASCII.GetBytes(
                header + "BinaryData = False\nElementDataFile = LOCAL\n" + string.Join(' ', Enumerable.Range(0, 60)))),
        ];
    }
}
