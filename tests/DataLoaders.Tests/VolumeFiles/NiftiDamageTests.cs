namespace Smml.MLNet.Tests.VolumeFiles;

public sealed class NiftiDamageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> HostileHeaders() => [.. s_hostile.Keys];

    private static readonly Dictionary<string, Func<NiftiBytes, NiftiBytes>> s_hostile = new(StringComparer.Ordinal)
    {
        ["dim[0] = 0"] = f => f.Int16(40, 0),
        ["dim[0] = 8"] = f => f.Int16(40, 8),
        ["dim[0] swapped"] = f => f.Int16(40, 768),
        ["dim negative"] = f => f.Int16(42, -5),
        ["dim zero"] = f => f.Int16(44, 0),
        ["32767^3 voxels"] = f => f.Int16(42, 32767, 32767, 32767),
        ["32767^7 voxels"] = f => f.Int16(40, 7, 32767, 32767, 32767, 32767, 32767, 32767, 32767),
        ["2^32 voxels"] = f => f.Int16(42, 16384, 16384, 16),
        ["more voxels than bytes"] = f => f.Int16(42, 200, 200, 200),
        ["datatype 0"] = f => f.Int16(70, 0),
        ["datatype -4"] = f => f.Int16(70, -4),
        ["RGB"] = f => f.Int16(70, 128),
        ["float128"] = f => f.Int16(70, 1536),
        ["vox_offset -16"] = f => f.Float(108, -16),
        ["vox_offset 100"] = f => f.Float(108, 100),
        ["vox_offset NaN"] = f => f.Float(108, float.NaN),
        ["vox_offset infinite"] = f => f.Float(108, float.PositiveInfinity),
        ["vox_offset 1e30"] = f => f.Float(108, 1e30f),
        ["vox_offset behind the end"] = f => f.Float(108, 100000),
        ["scl_inter NaN"] = f => f.Float(112, 1, float.NaN),
        ["sform NaN"] = f => f.Float(280, float.NaN),
        ["quaternion NaN"] = f => f.Int16(252, 1, 0).Float(256, float.NaN),
        ["quaternion too long"] = f => f.Int16(252, 1, 0).Float(256, 1, 1, 1),
        ["pixdim NaN"] = f => f.Float(80, float.NaN),
        ["pixdim infinite"] = f => f.Float(80, float.PositiveInfinity),
        ["sizeof_hdr 0"] = f => f.Int32(0, 0),
        ["sizeof_hdr 540"] = f => f.Int32(0, 540),
        ["pair"] = f => f.Byte(345, (byte)'i'),
        ["magic n+3"] = f => f.Byte(346, (byte)'3'),
        ["magic without end"] = f => f.Byte(347, (byte)'1'),
        ["no magic"] = f => f.Byte(344, 0).Byte(345, 0).Byte(346, 0),
    };

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void A_hostile_header_is_refused_before_memory_is_taken(string what)
    {
        foreach (bool bigEndian in new[] { false, true })
        {
            NiftiBytes file = s_hostile[what](new NiftiBytes(4, bigEndian));
            foreach (string path in new[] { _folder.Write("a.nii", file.ToArray()), _folder.Write("a.nii.gz", file.ToGzip()) })
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(path));
                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
                Assert.StartsWith(path + ":", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] plain = Sample().ToArray(), gzip = NiftiBytes.Gzip(plain);
        for (int length = 0; length < plain.Length; length++)
            Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("cut.nii", plain[..length])));
        for (int length = 0; length < gzip.Length; length++)
            Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("cut.nii.gz", gzip[..length])));
    }

    [Fact]
    public void A_gzip_header_cut_inside_its_optional_fields_is_refused()
    {
        byte[] gzip = NiftiBytes.Gzip(Sample().ToArray());
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
            .. gzip[10..],
        ];
        for (int length = 2; length < 40; length++)
            Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("cut.nii.gz", fields[..length])));
        Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("cut.nii.gz", [.. gzip, .. fields[..12]])));
    }

    [Fact]
    public void A_large_compressed_file_cut_in_any_region_is_refused()
    {
        byte[] gzip = new NiftiBytes(4, false, 64, 64, 40).Fill(4, i => (i * 2654435761L) >> 7).ToGzip();
        foreach (int cut in new[] { 1, 4, 7, 8, 9, 100, 8192, 20000, gzip.Length / 2, gzip.Length - 200, gzip.Length - 12 })
            Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("cut.nii.gz", gzip[..^cut])));
    }

    [Fact]
    public void A_flipped_bit_of_a_compressed_file_is_refused_or_does_no_harm()
    {
        byte[] gzip = Sample().ToGzip();
        Volume expected = VolumeFile.Read(_folder.Write("whole.nii.gz", gzip));
        int refused = 0;
        for (int bit = 0; bit < gzip.Length * 8; bit++)
        {
            byte[] damaged = [.. gzip];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            string path = _folder.Write("flip.nii.gz", damaged);
            try
            {
                Volume volume = VolumeFile.Read(path);
                Assert.Equal(expected.Grid, volume.Grid);
                Assert.Equal(expected.Voxels, volume.Voxels);
            }
            catch (VolumeFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, (gzip.Length - 10) * 8, gzip.Length * 8);
    }

    [Fact]
    public void Twenty_five_flipped_bits_in_a_file_of_megabytes_are_all_found()
    {
        SplitMix64 random = new(25);
        byte[] gzip = new NiftiBytes(4, false, 128, 128, 64).Fill(4, _ => random.Integer(0, 700)).ToGzip();
        Assert.InRange(gzip.Length, 1 << 20, 4 << 20);
        for (int trial = 0; trial < 25; trial++)
        {
            byte[] damaged = [.. gzip];
            damaged[random.Integer(10, gzip.Length - 1)] ^= (byte)(1 << random.Integer(0, 7));
            Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("flip.nii.gz", damaged)));
        }
    }

    [Theory]
    [InlineData("dicm", "dcm2niix")]
    [InlineData("twice", "twice")]
    [InlineData("png", "PNG")]
    [InlineData("zip", "zip")]
    [InlineData("mha", "ElementDataFile")]
    [InlineData("text", "expected NIfTI")]
    [InlineData("nrrd", "NRRD")]
    [InlineData("lfs", "git lfs pull")]
    [InlineData("nifti2", "text mode")]
    public void The_message_names_what_the_file_is(string kind, string expected)
    {
        byte[] bytes = kind switch
        {
            "dicm" => [.. new byte[128], .. "DICM"u8, .. new byte[400]],
            "twice" => NiftiBytes.Gzip(Sample().ToGzip()),
            "png" => [0x89, 0x50, 0x4E, 0x47, .. new byte[400]],
            "zip" => [.. "PK\u0003\u0004"u8, .. new byte[400]],
            "mha" => [.. "ObjectType = Image\nNDims = 3\n"u8, .. new byte[400]],
            "nrrd" => [.. "NRRD0004\n"u8, .. new byte[400]],
            "lfs" => [.. "version https://git-lfs.github.com/spec/v1\n"u8],
            "nifti2" => [0x1C, 2, 0, 0, .. "n+2\0\n\n\u001a\n"u8, .. new byte[600]],
            _ => [.. Enumerable.Repeat((byte)'a', 600)],
        };
        VolumeFormatException e = Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(_folder.Write("x.nii", bytes)));
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_bomb_behind_the_voxels_costs_little()
    {
        using MemoryStream memory = new();
        using (System.IO.Compression.GZipStream gzip = new(memory, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Sample().ToArray());
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 256; i++)
                gzip.Write(zeros);
        }

        string path = _folder.Write("bomb.nii.gz", memory.ToArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(60, VolumeFile.Read(path).Voxels.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    public void Dispose() => _folder.Dispose();

    private static NiftiBytes Sample() => new NiftiBytes().Fill(4, i => 577 + (i * 31 % 997));
}
