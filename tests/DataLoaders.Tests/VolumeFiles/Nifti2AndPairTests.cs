using System.Buffers.Binary;
using Smml.MLNet.Volumes;

namespace Smml.MLNet.Tests.VolumeFiles;

public sealed class Nifti2AndPairTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nifti_2_says_the_same_as_nifti_1(bool bigEndian)
    {
        byte[] header = new byte[544];
        void Int16(int at, short value) => Order(header.AsSpan(at, 2), span => BinaryPrimitives.WriteInt16LittleEndian(span, value));
        void Int32(int at, int value) => Order(header.AsSpan(at, 4), span => BinaryPrimitives.WriteInt32LittleEndian(span, value));
        void Int64(int at, long value) => Order(header.AsSpan(at, 8), span => BinaryPrimitives.WriteInt64LittleEndian(span, value));
        void Double(int at, double value) => Order(header.AsSpan(at, 8), span => BinaryPrimitives.WriteDoubleLittleEndian(span, value));
        void Order(Span<byte> span, NiftiBytes.Store store)
        {
            store(span);
            if (bigEndian)
                span.Reverse();
        }

        Int32(0, 540);
        "n+2\0\r\n\u001a\n"u8.CopyTo(header.AsSpan(4));
        Int16(12, 4);
        Int16(14, 16);
        foreach ((int axis, long size) in new (int, long)[] { (0, 3), (1, 5), (2, 4), (3, 3), (4, 0) })
            Int64(16 + (8 * axis), size);
        Int64(168, 544);
        Double(176, 0.5);
        Double(184, -7);
        Int32(348, 1);
        double[] rows = [-1, 0, 0, 10, 0, -1, 0, 20, 0, 0, 1, -30];
        for (int i = 0; i < rows.Length; i++)
            Double(400 + (8 * i), rows[i]);
        Int32(500, 2);
        NiftiBytes like = new NiftiBytes(4, bigEndian).Fill(4, i => 577 - (i * 31)).Float(112, 0.5f, -7);

        Volume one = VolumeFile.Read(_folder.Write("one.nii", like.ToArray()));
        Volume two = VolumeFile.Read(_folder.Write("two.nii.gz", NiftiBytes.Gzip([.. header, .. like.Voxels])));

        Assert.Equal(one.Voxels, two.Voxels);
        Assert.Equal(one.Grid, two.Grid);
        Assert.Equal(VolumeFileFormat.Nifti2, VolumeFile.ReadHeader(_folder["two.nii.gz"]).Format);
        Int64(24, 1L << 62);
        Int64(32, 1L << 62);
        VolumeFormatException e = Assert.Throws<VolumeFormatException>(
            () => VolumeFile.Read(_folder.Write("huge.nii", [.. header, .. like.Voxels])));
        Assert.Contains("4611686018427387904", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pair_is_read_by_either_name_compressed_or_not_and_its_offset_counts_in_the_voxel_file()
    {
        NiftiBytes file = new NiftiBytes().Fill(4, i => i * 3).Byte(345, (byte)'i').Float(108, 16);
        byte[] header = file.ToArray()[..348], voxels = [.. new byte[16], .. file.Voxels];
        _folder.Write("plain.hdr", header);
        _folder.Write("plain.img", voxels);
        _folder.Write("small.hdr.gz", NiftiBytes.Gzip(header));
        _folder.Write("small.img.gz", NiftiBytes.Gzip(voxels));
        float[] expected = [.. Enumerable.Range(0, 60).Select(i => i * 3f)];
        foreach (string name in new[] { "plain.hdr", "plain.img", "small.hdr.gz", "small.img.gz" })
            Assert.Equal(expected, VolumeFile.Read(_folder[name]).Voxels.ToArray());
    }

    [Fact]
    public void A_pair_without_voxels_shows_its_header_and_refuses_the_rest()
    {
        string path = _folder.Write("alone.hdr", new NiftiBytes().Byte(345, (byte)'i').Float(108, 0).ToArray()[..348]);
        Assert.Contains("missing", Assert.Single(VolumeFile.ReadHeader(path).Warnings), StringComparison.Ordinal);
        Assert.StartsWith(path, Assert.Throws<FileNotFoundException>(() => VolumeFile.Read(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Analyze_is_read_with_a_warning_that_left_and_right_are_not_known()
    {
        NiftiBytes file = new NiftiBytes().Fill(4, i => i).Byte(344, 0).Byte(345, 0).Byte(346, 0).Float(80, 2, 2, 3).Float(108, 0);
        _folder.Write("old.img", file.Voxels);
        string path = _folder.Write("old.hdr", file.ToArray()[..348]);
        Volume volume = VolumeFile.Read(path);
        Assert.Equal(new Affine(-2, 0, 0, 4, 0, 2, 0, -3, 0, 0, 3, -3), volume.Grid.Affine);
        Assert.Contains("left and right", Assert.Single(volume.Warnings), StringComparison.Ordinal);
        Assert.Equal(
            new(VolumeWarningKind.Orientation, volume.Warnings[0]),
            Assert.Single(volume.Crop(0, 0, 0, new(1, 1, 1)).WithWarnings([]).FileWarnings));
        Assert.Equal(OrientationSource.Unknown, volume.Crop(0, 0, 0, new(1, 1, 1)).Orientation);
        Assert.Equal(OrientationSource.Unknown, VolumeFile.ReadHeader(path).Orientation);
        Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("old.nii", file.ToArray())));
    }

    [Fact]
    public void Several_volumes_of_a_file_are_read_one_by_one_or_together()
    {
        NiftiBytes file = new NiftiBytes(4, false, 5, 4, 3, 2, 2).Fill(4, i => i);
        string path = _folder.Write("four.nii.gz", file.ToGzip());
        Assert.Equal(4, VolumeFile.ReadHeader(path).VolumeCount);
        IReadOnlyList<Volume> all = VolumeFile.ReadAll(path);
        Assert.Equal(4, all.Count);
        for (int i = 0; i < 4; i++)
        {
            Volume one = VolumeFile.Read($"{path}#{i}");
            Assert.Equal(Enumerable.Range(60 * i, 60).Select(value => (float)value), one.Voxels.ToArray());
            Assert.Equal(one.Voxels, all[i].Voxels);
            Assert.Equal($"{path}#{i}", all[i].Source);
        }

        Assert.Contains("#0", Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(path)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "4 volumes", Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(path + "#4")).Message, StringComparison.Ordinal);
        byte[] damaged = file.ToGzip();
        damaged[^6] ^= 1;
        Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("damaged.nii.gz", damaged) + "#0"));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(1792)]
    public void Complex_voxels_are_read_as_their_magnitude_with_a_warning(int type)
    {
        foreach (bool bigEndian in new[] { false, true })
        {
            int part = type == 32 ? 4 : 8;
            NiftiBytes file = new(type, bigEndian, 2, 1, 1) { Voxels = new byte[4 * part] };
            double[] numbers = [3, -4, 0, 7];
            for (int i = 0; i < 4; i++)
            {
                Span<byte> to = file.Voxels.AsSpan(i * part, part);
                if (type == 32)
                    BinaryPrimitives.WriteSingleLittleEndian(to, (float)numbers[i]);
                else
                    BinaryPrimitives.WriteDoubleLittleEndian(to, numbers[i]);
                if (bigEndian)
                    to.Reverse();
            }

            file.Int16(72, (short)(16 * part));
            Volume volume = VolumeFile.Read(_folder.Write("complex.nii", file.ToArray()));
            Assert.Equal([5f, 7f], volume.Voxels.ToArray());
            Assert.Contains("magnitude", Assert.Single(volume.Warnings), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_is_odd_about_a_file_becomes_a_warning()
    {
        NiftiBytes file = new NiftiBytes(16).Fill(16, i => BitConverter.SingleToInt32Bits(i < 2 ? float.NaN : i));
        Assert.Contains("2 voxels", Warning(_folder.Write("nan.nii", file.ToArray())), StringComparison.Ordinal);
        NiftiBytes plain = new NiftiBytes().Fill(4, i => i);
        Assert.Contains(".gz", Warning(_folder.Write("named.nii", plain.ToGzip())), StringComparison.Ordinal);
        Assert.Contains(".gz", Warning(_folder.Write("named.nii.gz", plain.ToArray())), StringComparison.Ordinal);
        Assert.Contains("4 bytes", Warning(_folder.Write("tail.nii.gz", [.. plain.ToGzip(), 1, 2, 3, 4])), StringComparison.Ordinal);
        Assert.Contains(
            "bitpix",
            Warning(_folder.Write("bits.nii", new NiftiBytes().Fill(4, i => i).Int16(72, 8).ToArray())),
            StringComparison.Ordinal);
        foreach (int size in new[] { -16, 0, 13, 1 << 30, 48 })
        {
            byte[] extension = new byte[32];
            BinaryPrimitives.WriteInt32LittleEndian(extension, size);
            NiftiBytes extended = new NiftiBytes { Extensions = extension }.Fill(4, i => i).Byte(348, 1).Float(108, 384);
            string path = _folder.Write("extended.nii", extended.ToArray());
            Assert.Contains("extension", Warning(path), StringComparison.Ordinal);
            Assert.Equal(59, VolumeFile.Read(path).Voxels[^1]);
        }

        static string Warning(string path) => Assert.Single(VolumeFile.Read(path).Warnings);
    }

    public void Dispose() => _folder.Dispose();
}
