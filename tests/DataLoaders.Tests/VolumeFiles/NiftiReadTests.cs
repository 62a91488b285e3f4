using System.IO.Compression;
using System.Text;

namespace Smml.MLNet.Tests.VolumeFiles;

public sealed class NiftiReadTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<VoxelType, bool, float> Types()
    {
        TheoryData<VoxelType, bool, float> data = [];
        foreach (VoxelType type in Enum.GetValues<VoxelType>().Except([VoxelType.Complex64, VoxelType.Complex128]))
        {
            foreach (bool bigEndian in new[] { false, true })
            {
                foreach (float slope in new[] { 0f, 1f, 2.5f, float.NaN })
                    data.Add(type, bigEndian, slope);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_scalar_type_is_read_in_both_byte_orders_with_and_without_scaling(VoxelType type, bool bigEndian, float slope)
    {
        bool signed = type is not (VoxelType.UInt8 or VoxelType.UInt16 or VoxelType.UInt32 or VoxelType.UInt64);
        double Value(int i) => type is VoxelType.UInt8 or VoxelType.Int8 ? i + (signed ? -70 : 60) : (i * 257) + (signed ? -9000 : 0);
        long Bits(int i) => type switch
        {
            VoxelType.Float32 => BitConverter.SingleToInt32Bits((float)Value(i)),
            VoxelType.Float64 => BitConverter.DoubleToInt64Bits(Value(i)),
            _ => (long)Value(i),
        };
        NiftiBytes file = new NiftiBytes((int)type, bigEndian, 5, 7, 3).Fill((int)type, Bits).Float(112, slope, -7);

        Volume volume = VolumeFile.Read(_folder.Write("a.nii", file.ToArray()));
        Volume inflated = VolumeFile.Read(_folder.Write("a.nii.gz", file.ToGzip()));

        Assert.Equal(new VolumeShape(5, 7, 3), volume.Shape);
        Assert.Equal(
            Enumerable.Range(0, 105).Select(i => (float)(slope >= 1 ? (slope * Value(i)) - 7 : Value(i))), volume.Voxels.ToArray());
        Assert.Equal(volume.Voxels, inflated.Voxels);
    }

    [Fact]
    public void Gzip_is_found_by_content_and_may_have_several_members_padding_and_optional_fields()
    {
        NiftiBytes file = Sample();
        byte[] plain = file.ToArray();
        float[] expected = VolumeFile.Read(_folder.Write("plain.nii.gz", plain)).Voxels.ToArray();
        byte[] one = NiftiBytes.Gzip(plain), empty = NiftiBytes.Gzip([]);
        byte[] fields =
        [
            0x1F,
            0x8B,
            8,
            4 + 8 + 16 + 2,
            0,
            0,
            0,
            0,
            0,
            255,
            3,
            0,
            1,
            2,
            3,
            .. "name\0"u8,
            .. "comment\0"u8,
            9,
            9,
            .. one[10..],
        ];
        (string Name, byte[] Bytes)[] files =
        [
            ("named.nii", one),
            ("stored.nii.gz", NiftiBytes.Gzip(plain, CompressionLevel.NoCompression)),
            ("members.nii.gz", [
                .. NiftiBytes.Gzip(plain.AsSpan(0, 100)),
                .. NiftiBytes.Gzip(plain.AsSpan(100, 270)),
                .. NiftiBytes.Gzip(plain.AsSpan(370)),
            ]),
            ("empty.nii.gz", [.. empty, .. one, .. empty]),
            ("emptymembers.nii.gz", [.. EmptyMember, .. EmptyMember, .. one, .. EmptyMember]),
            ("zeros.nii.gz", [.. one, .. new byte[512]]),
            ("junk.nii.gz", [.. one, .. "not gzip"u8]),
            ("more.nii.gz", NiftiBytes.Gzip([.. plain, 1, 2, 3])),
            ("fields.nii.gz", fields),
        ];

        foreach ((string name, byte[] bytes) in files)
            Assert.Equal(expected, VolumeFile.Read(_folder.Write(name, bytes)).Voxels.ToArray());
    }

    [Fact]
    public void Extensions_are_skipped_whatever_they_claim()
    {
        byte[] plain = Sample().ToArray();
        float[] expected = VolumeFile.Read(_folder.Write("plain.nii", plain)).Voxels.ToArray();
        foreach (int claimed in new[] { 32, 0, -16, 13, int.MaxValue, 1024 })
        {
            NiftiBytes file = Sample().Float(108, 384).Byte(348, 1);
            file.Extensions =
            [
                .. BitConverter.GetBytes(claimed),
                4,
                0,
                0,
                0,
                .. Encoding.ASCII.GetBytes("a name of a person  12345")[..24],
            ];
            Assert.Equal(expected, VolumeFile.Read(_folder.Write("ext.nii", file.ToArray())).Voxels.ToArray());
            Assert.Equal(expected, VolumeFile.Read(_folder.Write("ext.nii.gz", file.ToGzip())).Voxels.ToArray());
        }
    }

    [Fact]
    public void Lengths_are_millimetres_whatever_unit_the_file_uses()
    {
        foreach ((byte code, float size) in new[] { ((byte)0, 2f), ((byte)1, 0.002f), ((byte)2, 2f), ((byte)3, 2000f) })
        {
            byte[] bytes = Sample().Byte(123, code).Float(280, size, 0, 0, 0, 0, size, 0, 0, 0, 0, size, 0).ToArray();
            Assert.Equal(2, VolumeFile.Read(_folder.Write("unit.nii", bytes)).Grid.Affine.Spacing.Z, 5);
        }
    }

    [Fact]
    public void The_sform_wins_then_the_qform_and_without_both_the_header_warns()
    {
        VolumeHeader sform = Header(Sample().Int16(252, 1, 1).Float(256, 0, 0, 1, 10, 20, -30));
        VolumeHeader qform = Header(Sample().Int16(252, 1, 0).Float(76, -1, 2, 3, 4).Float(256, 0, 0, 1, 7, 8, 9));
        VolumeHeader singular = Header(Sample().Int16(252, 1, 1).Float(280, new float[12]).Float(256, 0, 0, 1));
        VolumeHeader none = Header(Sample().Int16(252, 0, 0));

        Assert.Equal((OrientationSource.Sform, "LPS"), (sform.Orientation, sform.Grid.Affine.AxisCodes));
        Assert.Equal(OrientationSource.Qform, qform.Orientation);
        Assert.Equal("[-2 0 0 7; 0 -3 0 8; 0 0 -4 9]", qform.Grid.Affine.ToString());
        Assert.Equal((OrientationSource.Qform, 1), (singular.Orientation, singular.Warnings.Count));
        Assert.Equal((OrientationSource.Unknown, 1), (none.Orientation, none.Warnings.Count));
        Assert.Empty(sform.Warnings);
    }

    [Fact]
    public void One_and_two_dimensions_become_three_and_four_are_refused()
    {
        Assert.Equal(new VolumeShape(60, 1, 1), Read(new NiftiBytes(4, false, 60)).Shape);
        Assert.Equal(new VolumeShape(5, 12, 1), Read(new NiftiBytes(4, false, 5, 12)).Shape);
        Assert.Equal(new VolumeShape(5, 4, 3), Read(new NiftiBytes(4, false, 5, 4, 3, 1, 1)).Shape);
        Assert.Equal(4, Header(new NiftiBytes(4, false, 5, 4, 3, 4)).VolumeCount);
        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => Read(new NiftiBytes(4, false, 5, 4, 3, 4)));
        Assert.Contains("4 volumes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_voxel_that_is_not_a_number_stays_one()
    {
        byte[] bytes = new NiftiBytes(16).Fill(16, i => BitConverter.SingleToInt32Bits(i == 7 ? float.NaN : i)).ToArray();
        Assert.True(float.IsNaN(VolumeFile.Read(_folder.Write("nan.nii", bytes)).Voxels[7]));
    }

    [Fact]
    public void A_missing_file_is_a_missing_file() =>
        Assert.Equal(_folder["absent.nii"], Assert.Throws<FileNotFoundException>(() => VolumeFile.Read(_folder["absent.nii"])).FileName);

    [Theory]
    [InlineData("a.nii")]
    [InlineData("a.nii.gz")]
    public void Reading_takes_little_more_memory_than_the_voxels(string name)
    {
        NiftiBytes file = new NiftiBytes(4, false, 128, 128, 64).Fill(4, i => i % 613);
        string path = _folder.Write(name, name.EndsWith("gz", StringComparison.Ordinal) ? file.ToGzip() : file.ToArray());
        VolumeFile.Read(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Volume volume = VolumeFile.Read(path);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / (4.0 * volume.Voxels.Length), 1, 1.2);
    }

    public void Dispose() => _folder.Dispose();

    // Deflate's shortest empty block, then eight zeros.
    private static byte[] EmptyMember => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private static NiftiBytes Sample() => new NiftiBytes().Fill(4, i => 577 + (i * 31 % 997));

    private Volume Read(NiftiBytes file) => VolumeFile.Read(_folder.Write("file.nii", file.ToArray()));

    private VolumeHeader Header(NiftiBytes file) => VolumeFile.ReadHeader(_folder.Write("file.nii", file.ToArray()));
}
