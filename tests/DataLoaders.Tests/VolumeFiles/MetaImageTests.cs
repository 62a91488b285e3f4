using System.IO.Compression;
using System.Text;

namespace Smml.MLNet.Tests.VolumeFiles;

public sealed class MetaImageTests : IDisposable
{
    private const string Geometry = "TransformMatrix = 0 1 0 -1 0 0 0 0 1\nOffset = -10 -20 -30\nElementSpacing = 1 2 1.5\n";

    private static readonly short[] s_values = [.. Enumerable.Range(0, 60).Select(i => (short)((i * 997) - 20000))];

    private readonly TemporaryFolder _folder = new();

    private static byte[] Raw => [.. s_values.SelectMany(BitConverter.GetBytes)];

    [Fact]
    public void Every_way_to_store_the_voxels_gives_the_same_volume()
    {
        byte[] zlib = Zlib(Raw), swapped = [.. s_values.SelectMany(value => BitConverter.GetBytes(value).Reverse())];
        string numbers = string.Join(' ', s_values);
        _folder.Write("beside.raw", [1, 2, 3, .. Raw]);
        _folder.Write("beside.zraw", zlib);
        _folder.Write("sub/below.raw", Raw);
        (string Name, byte[] Bytes)[] files =
        [
            ("plain.mha", Mha(Raw)),
            ("crlf.mha", [.. Encoding.ASCII.GetBytes(Header("LOCAL").ReplaceLineEndings("\r\n")), .. Raw]),
            ("big.mha", Mha(swapped, "ElementByteOrderMSB = True\n")),
            ("zlib.mha", Mha(zlib, $"CompressedData = True\nCompressedDataSize = {zlib.Length}\n")),
            ("zlib_without_size.mha", Mha(zlib, "CompressedData = True\n")),
            ("gzip_inside.mha", Mha(NiftiBytes.Gzip(Raw), "CompressedData = True\n")),
            ("whole.mha.gz", NiftiBytes.Gzip(Mha(Raw))),
            ("text.mha", Mha(Encoding.ASCII.GetBytes(numbers + "\n"), "BinaryData = False\n")),
            (
                "text_without_end.mha",
                Mha(Encoding.ASCII.GetBytes(numbers.Replace(" ", "\r\n", StringComparison.Ordinal)), "BinaryData = False\n")),
            ("skip.mhd", Mhd("beside.raw", "HeaderSize = 3\n")),
            ("end.mhd", Mhd("beside.raw", "HeaderSize = -1\n")),
            ("zraw.mhd", Mhd("beside.zraw", "CompressedData = True\n")),
            ("below.mhd", Mhd("sub/below.raw")),
        ];
        foreach ((string name, byte[] bytes) in files)
        {
            Volume volume = VolumeFile.Read(_folder.Write(name, bytes));
            Assert.Equal(s_values.Select(value => (float)value), volume.Voxels.ToArray());
            Assert.Empty(volume.Warnings);

            // Axis 0 grows along LPS y, that is to anterior of RAS with the sign turned; columns are direction times spacing.
            Assert.Equal(new Affine(0, 2, 0, 10, -1, 0, 0, 20, 0, 0, 1.5, -30), volume.Grid.Affine);
            VolumeHeader header = VolumeFile.ReadHeader(_folder[name]);
            Assert.Equal((VolumeFileFormat.MetaImage, OrientationSource.Direction), (header.Format, header.Orientation));
        }
    }

    [Fact]
    public void Keys_have_aliases_and_the_object_type_may_be_missing()
    {
        string text = "NDims = 3\nDimSize = 5 4 3\nElementSize = 1 2 1.5\nPosition = -10 -20 -30\nOrientation = 0 1 0 -1 0 0 0 0 1\n"
            + "ElementType = MET_SHORT\nElementDataFile = LOCAL\n";
        Volume volume = VolumeFile.Read(_folder.Write("alias.mha", [.. Encoding.ASCII.GetBytes(text), .. Raw]));
        Assert.Equal(new Affine(0, 2, 0, 10, -1, 0, 0, 20, 0, 0, 1.5, -30), volume.Grid.Affine);
    }

    [Theory]
    [InlineData("MET_CHAR", "-128 127", VoxelType.Int8)]
    [InlineData("MET_UCHAR", "0 255", VoxelType.UInt8)]
    [InlineData("MET_USHORT", "0 65535", VoxelType.UInt16)]
    [InlineData("MET_INT", "-2147483648 7", VoxelType.Int32)]
    [InlineData("MET_UINT", "4294967295 7", VoxelType.UInt32)]
    [InlineData("MET_LONG", "-5 7", VoxelType.Int32)]
    [InlineData("MET_LONG_LONG", "-9007199254740991 7", VoxelType.Int64)]
    [InlineData("MET_ULONG_LONG", "9007199254740991 7", VoxelType.UInt64)]
    [InlineData("MET_FLOAT", "-1.5e3 0.25", VoxelType.Float32)]
    [InlineData("MET_DOUBLE", "1e300 -2.5", VoxelType.Float64)]
    public void Every_scalar_type_is_read(string type, string numbers, VoxelType expected)
    {
        string text =
            $"NDims = 2\nDimSize = 2 1\nElementSpacing = 1 1\nBinaryData = False\nElementType = {type}\nElementDataFile = LOCAL\n{numbers}";
        double[] values = VolumeFile.ReadValues(_folder.Write("type.mha", Encoding.ASCII.GetBytes(text)), out VolumeHeader header);
        Assert.Equal(numbers.Split(' ').Select(number => double.Parse(number, System.Globalization.CultureInfo.InvariantCulture)), values);
        Assert.Equal(expected, header.DataType);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../secret.raw")]
    [InlineData("sub/../../secret.raw")]
    [InlineData("C:\\secret.raw")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    [InlineData("x.mhd")]
    [InlineData("LIST")]
    [InlineData("slice%03d.raw 1 3 1")]
    public void A_voxel_file_that_is_not_one_file_in_the_folder_is_refused(string name)
    {
        _folder.Write("secret.raw", Raw);
        string path = _folder.Write("in/x.mhd", Mhd(name));
        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(path));
        Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NDims = 3", "NDims = 99")]
    [InlineData("NDims = 3", "NDims = 0")]
    [InlineData("DimSize = 5 4 3", "DimSize = 5 4")]
    [InlineData("DimSize = 5 4 3", "DimSize = 5 -4 3")]
    [InlineData("DimSize = 5 4 3", "DimSize = 5 4 9223372036854775807")]
    [InlineData("DimSize = 5 4 3", "DimSize = 50 40 30")]
    [InlineData("DimSize = 5 4 3\n", "")]
    [InlineData("MET_SHORT", "MET_STRING")]
    [InlineData("MET_SHORT", "MET_FLOAT_MATRIX")]
    [InlineData("ElementSpacing = 1 2 1.5", "ElementSpacing = 1 0 1.5")]
    [InlineData("ElementSpacing = 1 2 1.5", "ElementSpacing = 1 NaN 1.5")]
    [InlineData("Offset = -10 -20 -30", "Offset = -10 1e999 -30")]
    [InlineData("TransformMatrix = 0 1 0 -1 0 0 0 0 1", "TransformMatrix = 0 1 0 0 1 0 0 0 1")]
    [InlineData("TransformMatrix = 0 1 0 -1 0 0 0 0 1", "Offset = 1 2 3")]
    [InlineData("ObjectType = Image", "ObjectType = Tube")]
    [InlineData("ObjectType = Image", "ObjectType = Image\nElementNumberOfChannels = 3")]
    [InlineData("ObjectType = Image", "ObjectType = Image\nCompressedData = Perhaps")]
    [InlineData("ObjectType = Image", "ObjectType = Image\nHeaderSize = -2")]
    [InlineData("ElementDataFile = LOCAL\n", "ElementDataFile")]
    [InlineData("ElementDataFile = LOCAL\n", "")]
    public void A_hostile_header_is_refused_before_memory_is_taken(string good, string bad)
    {
        string header = Header("LOCAL");
        Assert.Contains(good, header, StringComparison.Ordinal);
        byte[] bytes = [.. Encoding.ASCII.GetBytes(header.Replace(good, bad, StringComparison.Ordinal)), .. Raw];
        foreach (string path in new[] { _folder.Write("a.mha", bytes), _folder.Write("a.mha.gz", NiftiBytes.Gzip(bytes)) })
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(path));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
            Assert.StartsWith(path + ":", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Voxels_cut_anywhere_are_refused_and_so_is_a_flipped_bit_of_compressed_ones()
    {
        byte[] zlib = Zlib(Raw);
        for (int length = 0; length < Raw.Length; length++)
            Refused(Mha(Raw[..length]));
        for (int length = 0; length < zlib.Length; length++)
            Refused(Mha(zlib[..length], "CompressedData = True\n"));
        int refused = 0;
        for (int bit = 0; bit < zlib.Length * 8; bit++)
        {
            byte[] damaged = [.. zlib];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(
                    s_values.Select(value => (float)value),
                    VolumeFile.Read(_folder.Write("flip.mha", Mha(damaged, "CompressedData = True\n"))).Voxels.ToArray());
            }
            catch (VolumeFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, (zlib.Length - 2) * 8, zlib.Length * 8);
        foreach (string numbers in new[]
        {
            "1 2 3",
            string.Join(' ', Enumerable.Repeat("70000", 60)),
            string.Join(' ', Enumerable.Repeat("1.5", 60)),
            string.Join(' ', Enumerable.Repeat("x", 60)),
            new string('9', 5000),
        })
            Refused(Mha(Encoding.ASCII.GetBytes(numbers), "BinaryData = False\n"));

        void Refused(byte[] bytes) => Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("cut.mha", bytes)));
    }

    [Fact]
    public void A_wrong_compressed_size_is_a_warning()
    {
        Volume volume = VolumeFile.Read(_folder.Write("size.mha", Mha(Zlib(Raw), "CompressedData = True\nCompressedDataSize = 999999\n")));
        Assert.Contains("999999", Assert.Single(volume.Warnings), StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static string Header(string dataFile, string more = "") =>
        $"ObjectType = Image\nNDims = 3\n{more}{Geometry}DimSize = 5 4 3\nElementType = MET_SHORT\nElementDataFile = {dataFile}\n";

    private static byte[] Mha(byte[] data, string more = "") => [.. Encoding.ASCII.GetBytes(Header("LOCAL", more)), .. data];

    private static byte[] Mhd(string dataFile, string more = "") => Encoding.ASCII.GetBytes(Header(dataFile, more));

    private static byte[] Zlib(byte[] bytes)
    {
        using MemoryStream memory = new();
        using (ZLibStream stream = new(memory, CompressionLevel.Optimal, leaveOpen: true))
            stream.Write(bytes);
        return memory.ToArray();
    }
}
