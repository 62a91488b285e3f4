using CsCheck;
using Smml.MLNet.Geometry;

namespace Smml.MLNet.Tests.Geometry;

public sealed class OrientationTests
{
    private static readonly int[][] s_orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    private static readonly Gen<Affine> s_affines = Gen.Select(
        Gen.Int[0, 47], Gen.Double[0.3, 4].Array[3], Gen.Double[-300, 300].Array[3], Gen.Double[-0.3, 0.3].Array[3])
        .Select((orientation, spacing, origin, tilt) => Oblique(Signed(orientation, spacing, origin), tilt));

    [Fact]
    public void All_48_orientations_become_LPS_and_come_back_voxel_for_voxel()
    {
        HashSet<string> codes = [];
        for (int orientation = 0; orientation < 48; orientation++)
        {
            Volume stored = Noise(new(3, 4, 5), Signed(orientation, [1, 2, 3], [-7, 11, 0.5]));
            Volume canonical = stored.Reorient(AxisOrder.To(stored.Grid.Affine, "LPS"));
            Volume back = canonical.ToSourceGrid(0);
            codes.Add(stored.Grid.Affine.AxisCodes);
            Assert.Equal("LPS", canonical.Grid.Affine.AxisCodes);
            Assert.Equal(stored.Grid, canonical.SourceGrid);
            Assert.Equal(stored.Grid, back.Grid);
            Assert.Equal(stored.Voxels, back.Voxels);
        }

        Assert.Equal(48, codes.Count);
    }

    [Fact]
    public void A_volume_that_is_LPS_already_is_not_copied()
    {
        Volume stored = Noise(new(3, 4, 5), new(-1, 0, 0, 0, 0, -1, 0, 239, 0, 0, 1, 0));
        Assert.Same(stored, stored.Reorient(AxisOrder.To(stored.Grid.Affine, "LPS")));
    }

    [Fact]
    public void Reorienting_moves_no_voxel_in_the_world() =>
        Gen.Select(s_affines, Gen.Int[1, 6], Gen.Int[1, 6], Gen.Int[1, 6]).Sample((affine, x, y, z) =>
        {
            Volume stored = Noise(new(x, y, z), affine);
            Volume canonical = stored.Reorient(AxisOrder.To(affine, "LPS"));
            for (int k = 0; k < canonical.Shape.Z; k++)
            {
                for (int j = 0; j < canonical.Shape.Y; j++)
                {
                    for (int i = 0; i < canonical.Shape.X; i++)
                    {
                        (double wx, double wy, double wz) = canonical.Grid.Affine.Apply(i, j, k);
                        (double si, double sj, double sk) = affine.Invert(wx, wy, wz);
                        Assert.Equal(
                            0, Math.Abs(si - Math.Round(si)) + Math.Abs(sj - Math.Round(sj)) + Math.Abs(sk - Math.Round(sk)), 1e-6);
                        Assert.Equal(stored[(int)Math.Round(si), (int)Math.Round(sj), (int)Math.Round(sk)], canonical[i, j, k]);
                    }
                }
            }
        });

    [Fact]
    public void A_crop_of_a_reoriented_volume_finds_its_way_back() =>
        Gen.Select(s_affines, Gen.Int[-2, 4].Array[3], Gen.Int[1, 8].Array[3]).Sample((affine, start, size) =>
        {
            Volume stored = Noise(new(4, 5, 6), affine);
            Volume back = stored.Reorient(AxisOrder.To(affine, "LPS"))
                .Crop(start[0], start[1], start[2], new(size[0], size[1], size[2]))
                .ToSourceGrid(-1);
            AxisOrder order = AxisOrder.To(affine, "LPS");
            Assert.Equal(stored.Grid, back.Grid);
            for (int k = 0; k < 6; k++)
            {
                for (int j = 0; j < 5; j++)
                {
                    for (int i = 0; i < 4; i++)
                    {
                        int[] from = [i, j, k];
                        bool kept = Enumerable.Range(0, 3).All(axis =>
                        {
                            (int old, bool isFlipped) = order.Axes[axis];
                            int index = isFlipped ? stored.Shape[old] - 1 - from[old] : from[old];
                            return index >= start[axis] && index < start[axis] + size[axis];
                        });
                        Assert.Equal(kept ? stored[i, j, k] : -1, back[i, j, k]);
                    }
                }
            }
        });

    [Fact]
    public void Positions_of_single_precision_files_come_back_exactly() =>
        Gen.Select(s_affines, Gen.Int[100, 400]).Sample((affine, length) =>
        {
            Affine rounded = new([.. affine.ToArray().Select(value => (double)(float)value)]);
            Volume stored = Noise(new(length, 2, 3), rounded);
            Assert.Equal(stored.Voxels, stored.Reorient(AxisOrder.To(rounded, "LPS")).ToSourceGrid(0).Voxels);
        });

    [Fact]
    public void An_affine_is_inverted() => Gen.Select(s_affines, Gen.Double[-50, 300].Array[3]).Sample((affine, index) =>
    {
        (double x, double y, double z) = affine.Apply(index[0], index[1], index[2]);
        (double i, double j, double k) = affine.Invert(x, y, z);
        Assert.Equal(index[0], i, 1e-8);
        Assert.Equal(index[1], j, 1e-8);
        Assert.Equal(index[2], k, 1e-8);
    });

    [Fact]
    public void A_grid_that_does_not_lie_along_the_other_is_refused()
    {
        VolumeGrid source = new(new(10, 10, 10), Affine.Identity), turned = new(source.Shape, Oblique(Affine.Identity, [0, 0, 0.4]));
        Assert.Throws<InvalidOperationException>(
            () => new Volume(turned, new float[1000]) { SourceGrid = source, FrameGrid = turned }.ToSourceGrid(0));
        Assert.Throws<InvalidOperationException>(() => new Affine(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0).Invert(0, 0, 0));
    }

    [Fact]
    public void A_volume_made_of_another_keeps_what_it_knows()
    {
        Affine ras = Affine.Identity;
        Volume stored = new(new(new(3, 4, 5), ras), new float[60])
        {
            Source = "a.nii",
            Background = -2,
            LabelConvention = LabelConvention.BraTS2023,
            Warnings = ["odd"],
        };
        Volume turned = stored.Reorient(AxisOrder.To(ras, "LPS")), cropped = turned.Crop(1, 1, 1, new(2, 2, 2));
        Volume changed = cropped.WithVoxels(new float[8], -3).WithConvention(LabelConvention.BraTS2018);
        Assert.Equal(
            ("a.nii", -2f, LabelConvention.BraTS2023, "odd"),
            (cropped.Source, cropped.Background, cropped.LabelConvention, Assert.Single(cropped.Warnings)));
        Assert.Equal((stored.Grid, turned.Grid, (1, 1, 1)), (cropped.SourceGrid, cropped.FrameGrid, cropped.Offset));
        Assert.Equal(
            ("a.nii", -3f, LabelConvention.BraTS2018, "odd"),
            (changed.Source, changed.Background, changed.LabelConvention, Assert.Single(changed.Warnings)));
        Assert.Equal((stored.Grid, turned.Grid, (1, 1, 1)), (changed.SourceGrid, changed.FrameGrid, changed.Offset));
        Volume labels = LabelConvention.BraTS2018.ToVolume(new byte[8], changed);
        Assert.Equal(
            (null, 0f, LabelConvention.BraTS2018, stored.Grid, turned.Grid, (1, 1, 1)),
            (labels.Source, labels.Background, labels.LabelConvention, labels.SourceGrid, labels.FrameGrid, labels.Offset));
        Assert.Equal((stored.Grid, "odd"), (labels.ToSourceGrid(0).Grid, Assert.Single(labels.ToSourceGrid(0).Warnings)));
    }

    private static Volume Noise(VolumeShape shape, Affine affine) =>
        new(new(shape, affine), [.. Enumerable.Range(0, (int)shape.Count).Select(i => (float)((i * 7919) % 104729))]);

    private static Affine Signed(int orientation, double[] spacing, double[] origin)
    {
        double[] rows = new double[12];
        for (int column = 0; column < 3; column++)
            rows[(s_orders[orientation / 8][column] * 4) + column] = (orientation & (1 << column)) == 0
                ? spacing[column]
                : -spacing[column];
        for (int row = 0; row < 3; row++)
            rows[(row * 4) + 3] = origin[row];
        return new(rows);
    }

    // Turned about the three world axes in order, angles in radians.
    private static Affine Oblique(Affine affine, double[] angles)
    {
        double[] m = affine.ToArray();
        for (int axis = 0; axis < 3; axis++)
        {
            (double sine, double cosine) = Math.SinCos(angles[axis]);
            int a = (axis + 1) % 3, b = (axis + 2) % 3;
            for (int column = 0; column < 4; column++)
                (m[(a * 4) + column], m[(b * 4) + column]) = (
                    (cosine * m[(a * 4) + column]) - (sine * m[(b * 4) + column]),
                    (sine * m[(a * 4) + column]) + (cosine * m[(b * 4) + column]));
        }

        return new(m);
    }
}
