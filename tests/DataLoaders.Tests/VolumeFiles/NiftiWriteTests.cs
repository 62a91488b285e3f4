using CsCheck;

namespace Smml.MLNet.Tests.VolumeFiles;

public sealed class NiftiWriteTests : IDisposable
{
    private static readonly Gen<VolumeShape> s_shape = Gen.Select(
        Gen.Int[1, 9], Gen.Int[1, 9], Gen.Int[1, 9], (x, y, z) => new VolumeShape(x, y, z));

    // A rotation by three angles, a mirror or not, voxel sizes and an offset.
    private static readonly Gen<Affine> s_affine = Gen.Select(
        Gen.Double[-3.1, 3.1].Array[3],
        Gen.Bool,
        Gen.Double[0.2, 6].Array[3],
        Gen.Double[-300, 300].Array[3],
        (angle, mirror, size, offset) =>
        {
            (double sa, double ca) = Math.SinCos(angle[0]);
            (double sb, double cb) = Math.SinCos(angle[1]);
            (double sc, double cc) = Math.SinCos(angle[2]);
            double z = mirror ? -size[2] : size[2];
            return new Affine(
                cb * cc * size[0], ((sa * sb * cc) - (ca * sc)) * size[1], ((ca * sb * cc) + (sa * sc)) * z, offset[0],
                cb * sc * size[0], ((sa * sb * sc) + (ca * cc)) * size[1], ((ca * sb * sc) - (sa * cc)) * z, offset[1],
                -sb * size[0], sa * cb * size[1], ca * cb * z, offset[2]);
        });

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void What_is_written_is_read_back()
    {
        Gen
            .Select(
                s_shape,
                s_affine,
                Gen.Bool,
                Gen.Select(Gen.Bool, Gen.Enum<VoxelType>().Where(type => type is not (VoxelType.Complex64 or VoxelType.Complex128))),
                Gen.UInt)
            .Sample(
                (shape, affine, compress, how, seed) =>
                {
                    (bool isSecond, VoxelType type) = how;
                    VolumeFileFormat format = isSecond ? VolumeFileFormat.Nifti2 : VolumeFileFormat.Nifti1;
                    Volume volume = new(new(shape, affine), Values(type, (int)shape.Count, seed));
                    string path = _folder[compress ? "a.nii.gz" : "a.nii"];
                    VolumeFile.Write(path, volume, type, format);
                    Volume back = VolumeFile.Read(path);
                    VolumeHeader header = VolumeFile.ReadHeader(path);
                    return back.Voxels.SequenceEqual(volume.Voxels)
                        && back.Shape == shape
                        && (isSecond ? back.Grid.Affine.Equals(affine) : back.Grid.Affine.CornerDistance(affine, shape) < 1e-3)
                        && (header.Format, header.DataType, header.QformCode, header.SformCode, header.Warnings.Count, header.IsCompressed)
                            == (format, type, 1, 1, 0, compress);
                },
                iter: 300,
                threads: 1);
    }

    [Fact]
    public void The_quaternion_says_the_same_as_the_affine()
    {
        Gen.Select(s_shape, s_affine).Sample(
            (shape, affine) =>
            {
                string path = _folder["q.nii"];
                VolumeFile.Write(path, new(new(shape, affine), new float[shape.Count]), VoxelType.UInt8);
                byte[] bytes = File.ReadAllBytes(path);
                bytes[254] = 0; // no sform
                VolumeHeader header = VolumeFile.ReadHeader(_folder.Write("qonly.nii", bytes));

                // Near a half turn the first component of the quaternion, which is not stored, is the
                // root of a rounding error of single precision.
                (double x, double y, double z) = affine.Spacing;
                double extent = (shape.X * x) + (shape.Y * y) + (shape.Z * z);
                return header.Orientation == OrientationSource.Qform && header.Grid.Affine.CornerDistance(affine, shape) < 1e-3 * extent;
            },
            iter: 300,
            threads: 1);
    }

    [Fact]
    public void Volumes_on_one_grid_are_written_as_one_file_and_others_are_refused()
    {
        Volume[] volumes =
        [
            .. Enumerable.Range(0, 4).Select(i => new Volume(new(new(2, 3, 4), Affine.Identity), Values(VoxelType.Int16, 24, (uint)i))),
        ];
        VolumeFile.WriteAll(_folder["four.nii.gz"], volumes, VoxelType.Int16);
        IReadOnlyList<Volume> back = VolumeFile.ReadAll(_folder["four.nii.gz"]);
        Assert.Equal(volumes.Select(volume => volume.Voxels.ToArray()), back.Select(volume => volume.Voxels.ToArray()));
        volumes[2] = new(new(new(2, 3, 4), Affine.Identity.Translate(1, 0, 0)), new float[24]);
        Assert.Throws<ArgumentException>(() => VolumeFile.WriteAll(_folder["four.nii.gz"], volumes));
        Assert.Throws<ArgumentException>(() => VolumeFile.WriteAll(_folder["four.nii.gz"], []));
        Assert.Equal(4, VolumeFile.ReadAll(_folder["four.nii.gz"]).Count);
    }

    [Fact]
    public void Nothing_of_a_source_files_text_is_written()
    {
        byte[] text = [.. "Jane Doe, 1960-02-29"u8];
        NiftiBytes named = new NiftiBytes { Extensions = [32, 0, 0, 0, 6, 0, 0, 0, .. text, 0, 0, 0, 0] }.Byte(348, 1).Float(108, 384);
        foreach (int field in new[] { 4, 14, 148, 228, 328 }) // data_type, db_name, descrip, aux_file, intent_name
        {
            for (int i = 0; i < 10; i++)
                named.Byte(field + i, text[i]);
        }

        Volume volume = VolumeFile.Read(_folder.Write("named.nii", named.ToArray()));
        foreach (VolumeFileFormat format in new[] { VolumeFileFormat.Nifti1, VolumeFileFormat.Nifti2 })
        {
            VolumeFile.Write(_folder["out.nii"], volume, VoxelType.Float32, format);
            Assert.Equal(-1, File.ReadAllBytes(_folder["out.nii"]).AsSpan().IndexOf("Jane"u8));
        }
    }

    [Fact]
    public void A_sheared_grid_is_written_without_a_quaternion()
    {
        Affine sheared = new(1, 0.5, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);
        VolumeFile.Write(_folder["s.nii"], new(new(new(2, 2, 2), sheared), new float[8]));
        VolumeHeader header = VolumeFile.ReadHeader(_folder["s.nii"]);
        Assert.Equal((0, 1), (header.QformCode, header.SformCode));
        Assert.Equal(sheared, header.Grid.Affine);
    }

    [Theory]
    [InlineData(VoxelType.UInt8, 256f)]
    [InlineData(VoxelType.UInt8, -1f)]
    [InlineData(VoxelType.UInt8, 0.5f)]
    [InlineData(VoxelType.UInt8, float.NaN)]
    [InlineData(VoxelType.Int16, 32768f)]
    [InlineData(VoxelType.Int32, 2147483648f)]
    [InlineData(VoxelType.Int64, 9.223372036854775807e18f)]
    [InlineData(VoxelType.UInt64, float.PositiveInfinity)]
    public void A_value_that_does_not_fit_is_refused_and_the_old_file_stays(VoxelType type, float value)
    {
        string path = _folder.Write("old.nii", [1, 2, 3]);
        ArgumentException e = Assert.Throws<ArgumentException>(
            () => VolumeFile.Write(path, new(new(new(1, 1, 1), Affine.Identity), [value]), type));
        Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Another_extension_is_refused() =>
        Assert.Throws<ArgumentException>(() => VolumeFile.Write(_folder["a.mha"], new(new(new(1, 1, 1), Affine.Identity), [0])));

    public void Dispose() => _folder.Dispose();

    private static float[] Values(VoxelType type, int count, uint seed)
    {
        SplitMix64 random = new(seed);
        (int low, int high) = type switch
        {
            VoxelType.UInt8 => (0, 255),
            VoxelType.Int8 => (-128, 127),
            VoxelType.Int16 => (-32768, 32767),
            VoxelType.UInt16 or VoxelType.UInt32 or VoxelType.UInt64 => (0, 65535),
            _ => (-1 << 24, 1 << 24),
        };
        float scale = type is VoxelType.Float32 or VoxelType.Float64 ? 0.37f : 1;
        return [.. Enumerable.Range(0, count).Select(_ => random.Integer(low, high) * scale)];
    }
}
