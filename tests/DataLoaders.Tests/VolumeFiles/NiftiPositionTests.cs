namespace Smml.MLNet.Tests.VolumeFiles;

/// <summary>Files with an sform and a qform. The sform of <see cref="NiftiBytes"/> is LPS; its quaternion is (0, 0, 1).</summary>
public sealed class NiftiPositionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Equal_positions_are_no_warning_and_neither_is_a_difference_below_the_tolerance()
    {
        Assert.Empty(VolumeFile.Read(Write(Both(1, 0, 0, 1, 10, 20, -30))).Warnings);
        Assert.Empty(VolumeFile.Read(Write(Both(1, 0, 0, 1, 10.0009f, 20, -30))).Warnings);
    }

    // A tilted scan in LPS: the component of the quaternion that is not stored is 0 but for rounding, and turns the volume by 0.03 degrees.
    [Fact]
    public void The_rounding_of_a_quaternion_is_no_warning()
    {
        double angle = 9.3 * Math.PI / 180;
        (float sin, float cos) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
        (float c, float d) = ((float)Math.Cos(angle / 2) * 0.9999999f, (float)Math.Sin(angle / 2) * 0.9999999f);
        NiftiBytes bytes = new NiftiBytes(4, false, 240, 240, 2).Int16(252, 1, 1)
            .Float(76, -1, 1, 1, 1)
            .Float(256, 0, c, d, 10, 20, -30)
            .Float(280, -1, 0, 0, 10, 0, cos, -sin, 20, 0, sin, cos, -30);

        Volume volume = VolumeFile.Read(Write(bytes));
        Volume byQform = VolumeFile.Read(Write(bytes), OrientationSource.Qform);

        Assert.Empty(volume.Warnings);
        Assert.InRange(volume.Grid.Affine.CornerDistance(byQform.Grid.Affine, volume.Shape), 0.01, 1);
        Assert.NotEmpty(VolumeFile.Read(Write(bytes.Float(268, 10.1f))).Warnings); // the origin is not rounded
    }

    [Theory]
    [InlineData("5", 1, 0, 0, 1, 15, 20, -30)] // another origin
    [InlineData("0.0011", 1, 0, 0, 1, 10.0011f, 20, -30)]
    [InlineData("2.5882", 1, 0, 0, 0.9659258f, 10, 20, -30)] // turned by 30 degrees
    public void A_shift_or_a_small_rotation_is_a_warning_with_the_distance(
        string distance, float qfac, float b, float c, float d, float x, float y, float z)
    {
        string path = Write(Both(qfac, b, c, d, x, y, z));

        Volume volume = VolumeFile.Read(path), chosen = VolumeFile.Read(path, OrientationSource.Qform);

        string warning = Assert.Single(volume.Warnings), other = Assert.Single(chosen.Warnings);
        Assert.Contains("up to " + distance, warning, StringComparison.Ordinal);
        Assert.EndsWith("; the sform is used.", warning, StringComparison.Ordinal);
        Assert.EndsWith("; the qform is used, as chosen.", other, StringComparison.Ordinal);
        Assert.Equal(10, volume.Grid.Affine[0, 3]);
        Assert.Equal(x, chosen.Grid.Affine[0, 3], 5);
    }

    [Theory]
    [InlineData("RPS", -1, 1, 0, 0, 6, 20, -30)] // left and right, the same box
    [InlineData("RAS", 1, 0, 0, 0, 10, 20, -30)] // turned by 180 degrees
    [InlineData("LPI", -1, 0, 0, 1, 10, 20, -30)] // superior and inferior
    [InlineData("ALS", 1, 0, 0, 0.70710678f, 10, 20, -30)] // the axes change places: 90 degrees
    public void Other_directions_are_refused_unless_one_is_chosen(
        string axes, float qfac, float b, float c, float d, float x, float y, float z)
    {
        string path = Write(Both(qfac, b, c, d, x, y, z));

        string message = Assert.Throws<VolumeFormatException>(() => VolumeFile.Read(path)).Message;
        Assert.All(
            [path, "sform the axes run to LPS", $"qform to {axes}", "--orientation-source"],
            part => Assert.Contains(part, message, StringComparison.Ordinal));
        Assert.Throws<VolumeFormatException>(() => VolumeFile.ReadHeader(path));
        Assert.Throws<VolumeFormatException>(() => VolumeFile.ReadAll(path));
        Assert.Throws<VolumeFormatException>(() => VolumeFile.ReadValues(path, out _));

        Volume sform = VolumeFile.Read(path, OrientationSource.Sform);
        VolumeHeader qform = VolumeFile.ReadHeader(path, OrientationSource.Qform);
        Assert.Equal(("LPS", axes), (sform.Grid.Affine.AxisCodes, qform.Grid.Affine.AxisCodes));
        Assert.Equal(OrientationSource.Qform, qform.Orientation);
        Assert.Contains($"run to LPS and {axes}; the sform is used, as chosen", Assert.Single(sform.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void An_oblique_volume_whose_codes_change_with_a_small_rotation_is_not_refused()
    {
        // 44 and 46 degrees around the third axis: the axes of one are nearest to R and A, of the other to A and L.
        (float sin, float cos) = ((float)Math.Sin(44 * Math.PI / 180), (float)Math.Cos(44 * Math.PI / 180));
        NiftiBytes bytes = Both(1, 0, 0, (float)Math.Sin(23 * Math.PI / 180), 0, 0, 0)
            .Float(280, cos, -sin, 0, 0, sin, cos, 0, 0, 0, 0, 1, 0);

        Volume volume = VolumeFile.Read(Write(bytes));

        Assert.Equal("RAS", volume.Grid.Affine.AxisCodes);
        Assert.Contains("the sform is used", Assert.Single(volume.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_choice_takes_nothing_from_a_file_that_has_one_position()
    {
        string sform = Write(new NiftiBytes());
        Assert.Equal(OrientationSource.Sform, VolumeFile.ReadHeader(sform, OrientationSource.Qform).Orientation);
        Assert.Empty(VolumeFile.ReadHeader(sform, OrientationSource.Qform).Warnings);
        string qform = Write(Both(1, 0, 0, 1, 10, 20, -30).Int16(252, 1, 0));
        Assert.Equal(OrientationSource.Qform, VolumeFile.ReadHeader(qform, OrientationSource.Sform).Orientation);
    }

    [Fact]
    public void Only_sform_and_qform_can_be_chosen() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => VolumeFile.Read(Write(new NiftiBytes()), OrientationSource.Direction));

    [Fact]
    public void Written_files_agree_with_themselves_in_every_direction()
    {
        foreach (Affine affine in (Affine[])
            [
                new(-1, 0, 0, 90, 0, -1, 0, 120, 0, 0, 1, -70),
                new(0, 0, 0.9, -80, 1.1, 0, 0, 33, 0, -1.3, 0, 60),
                new(0.8137977, -0.4698463, 0.3420201, 10, 0.5438381, 0.8231729, -0.1631759, -200, -0.2048741, 0.3187958, 0.9254166, 5),
            ])
        {
            string path = _folder["written.nii.gz"];
            VolumeFile.Write(path, new(new(new(240, 240, 155), affine), new float[240 * 240 * 155]), VoxelType.UInt8);
            Assert.Empty(VolumeFile.ReadHeader(path).Warnings);
            Assert.Equal((1, 1), (VolumeFile.ReadHeader(path).QformCode, VolumeFile.ReadHeader(path).SformCode));
        }
    }

    private static NiftiBytes Both(float qfac, float b, float c, float d, float x, float y, float z) =>
        new NiftiBytes().Int16(252, 1, 1).Float(76, qfac).Float(256, b, c, d, x, y, z);

    private string Write(NiftiBytes bytes) => _folder.Write($"{Guid.NewGuid():N}.nii", bytes.ToArray());
}
