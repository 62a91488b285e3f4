using CsCheck;
using Microsoft.ML;
using Smml.MLNet.Geometry;
using Smml.MLNet.VolumeStages;

namespace Smml.MLNet.Tests;

public sealed class ResampleVolumesTests
{
    private static readonly VolumeShape s_shape = new(6, 7, 8);

    [Fact]
    public void It_keeps_the_contract() => StageContract.Holds<VolumeRow>(
        ml => ml.Transforms.ResampleVolumes(2),
        [
            new()
            {
                Flair = Volumes.Brain(s_shape, 1),
                T1ce = Volumes.Brain(s_shape, 2),
                T1 = Volumes.Brain(s_shape, 3),
                T2 = Volumes.Brain(s_shape, 4),
                Label = Volumes.Brain(s_shape, 5),
            },
            new() { T1 = Volumes.Brain(s_shape, 6) },
        ],
        new(),
        "Flair",
        "T1ce",
        "T1",
        "T2",
        "Label");

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.0009)]
    public void A_volume_that_has_the_spacing_already_is_not_touched(double now)
    {
        Volume scan = Spaced(Volumes.Noise(s_shape, 1), now, now, now);
        VolumeSet volumes = CaseScans.Of(scan, null, null, null, scan);
        Assert.Same(scan, Resample(volumes, 1, 1, 1)[Modality.Flair]);
        Assert.Same(scan, Resample(volumes, 1, 1, 1).Label);
    }

    [Fact]
    public void Resampling_twice_is_resampling_once()
    {
        VolumeSet once = Resample(CaseScans.Of(Spaced(Volumes.Noise(s_shape, 1), 1.3, 0.7, 2.9), null, null, null, null), 1, 1, 1);
        Assert.Equal(new VolumeShape(8, 5, 23), once[Modality.Flair]!.Shape);
        Assert.Same(once[Modality.Flair], Resample(once, 1, 1, 1)[Modality.Flair]);
    }

    [Fact]
    public void The_outer_edges_of_the_field_of_view_stay() =>
        Gen.Select(Gen.Int[1, 9].Array[3], Gen.Double[0.4, 4].Array[3], Gen.Double[0.5, 3]).Sample((size, spacing, wanted) =>
        {
            VolumeShape shape = new(size[0], size[1], size[2]);
            VolumeGrid before = Spaced(Volumes.Noise(shape, 1), spacing[0], spacing[1], spacing[2]).Grid,
                after = SpacedGrid.Of(before, [wanted, wanted, wanted]);
            foreach (double end in new[] { 0.0, 1.0 })
            {
                (double X, double Y, double Z) Edge(VolumeGrid grid) =>
                    grid.Affine.Apply((end * grid.Shape.X) - 0.5, (end * grid.Shape.Y) - 0.5, (end * grid.Shape.Z) - 0.5);
                Assert.Equal(Edge(before).X, Edge(after).X, 1e-9);
                Assert.Equal(Edge(before).Y, Edge(after).Y, 1e-9);
                Assert.Equal(Edge(before).Z, Edge(after).Z, 1e-9);
            }
        });

    [Fact]
    public void A_linear_ramp_in_the_world_stays_that_ramp_between_the_outer_centres() =>
        Gen.Select(Gen.Double[0.5, 3.5].Array[3], Gen.Double[0.6, 3]).Sample((spacing, wanted) =>
        {
            static double Ramp((double X, double Y, double Z) at) => 100 + (3 * at.X) - (2 * at.Y) + (0.5 * at.Z);
            VolumeGrid grid = Spaced(Volumes.Noise(new(9, 8, 7), 1), spacing[0], spacing[1], spacing[2]).Grid;
            Volume ramp = new(grid, Volumes.Of(grid.Shape, (x, y, z) => (float)Ramp(grid.Affine.Apply(x, y, z))).Voxels.ToArray());
            Volume resampled = Resample(CaseScans.Of(ramp, null, null, null, null), wanted, wanted, wanted)[Modality.Flair]!;
            for (int z = 0; z < resampled.Shape.Z; z++)
            {
                for (int y = 0; y < resampled.Shape.Y; y++)
                {
                    for (int x = 0; x < resampled.Shape.X; x++)
                    {
                        (double X, double Y, double Z) at = resampled.Grid.Affine.Apply(x, y, z);
                        (double i, double j, double k) = grid.Affine.Invert(at.X, at.Y, at.Z);
                        if (i >= 0 && j >= 0 && k >= 0 && i <= grid.Shape.X - 1 && j <= grid.Shape.Y - 1 && k <= grid.Shape.Z - 1)
                            Assert.Equal(Ramp(at), resampled[x, y, z], 1e-4);
                    }
                }
            }
        });

    [Fact]
    public void A_ball_in_thick_slices_comes_back_from_one_millimetre()
    {
        Volume label = Spaced(Ball(new(60, 60, 20), 18, 1, 3), 1, 1, 3);
        VolumeSet fine = Resample(CaseScans.Of(Spaced(Volumes.Brain(label.Shape, 1), 1, 1, 3), null, null, null, label), 1, 1, 1);
        Volume back = fine.Label!.ToSourceGrid(0);

        Assert.Equal(new VolumeShape(60, 60, 60), fine.Label.Shape);
        Assert.Equal(fine[Modality.Flair]!.Grid, fine.Label.Grid);
        Assert.Equal([0, 2], fine.Label.Voxels.ToArray().Distinct().Order());
        Assert.Equal(label.Grid, back.Grid);
        Assert.Equal(Millilitres(label), Millilitres(fine.Label), Millilitres(label) * 1e-6);
        Assert.Equal(label.Voxels, back.Voxels);
    }

    [Fact]
    public void What_is_drawn_at_one_millimetre_lies_right_in_thick_slices()
    {
        VolumeGrid stored = Spaced(Volumes.Brain(new(60, 60, 20), 1), 1, 1, 3).Grid;
        Volume scan = new Volume(stored, Volumes.Noise(stored.Shape, 1).Voxels.ToArray()).Reorient(AxisOrder.To(stored.Affine, "LPS"));
        Volume fine = Resample(CaseScans.Of(scan, null, null, null, null), 1, 1, 1)[Modality.Flair]!.Crop(5, 6, 7, new(50, 48, 46));
        Volume found = fine.WithVoxels(Ball(fine, 18), 0).ToSourceGrid(0),
            truth = new(stored, Ball(new(stored, new float[stored.Shape.Count]), 18));
        Assert.Equal(stored, found.Grid);
        int both = found.Voxels.ToArray().Zip(truth.Voxels.ToArray()).Count(pair => pair.First != 0 && pair.Second != 0);
        double dice = 2.0 * both / (Count(found) + Count(truth));
        Assert.True(dice > 0.97, $"Dice {dice}");
    }

    [Fact]
    public void Coarser_voxels_come_back_by_the_nearest_centre()
    {
        Volume label = Ball(new(40, 41, 42), 15, 1, 1);
        Volume back = Resample(CaseScans.Of(Volumes.Brain(label.Shape, 1), null, null, null, label), 2, 2, 2).Label!.ToSourceGrid(0);
        int both = back.Voxels.ToArray().Zip(label.Voxels.ToArray()).Count(pair => pair.First != 0 && pair.Second != 0);
        Assert.True(2.0 * both / (Count(back) + Count(label)) > 0.9);
    }

    [Fact]
    public void Bad_rows_and_options_are_refused()
    {
        MLContext ml = new();
        Assert.Contains(
            "more than 0", Assert.Throws<ArgumentException>(() => ml.Transforms.ResampleVolumes(0)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "has 2 values",
            Assert.Throws<ArgumentException>(() => ml.Transforms.ResampleVolumes(new ResampleVolumesOptions { Spacing = [1, 1] })).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "larger spacing",
            Assert.Throws<InvalidDataException>(
                () => Resample(CaseScans.Of(Spaced(Volumes.Noise(s_shape, 1), 4, 4, 4), null, null, null, null), 1e-3, 1e-3, 1e-3)).Message,
            StringComparison.Ordinal);
    }

    private static VolumeSet Resample(VolumeSet volumes, params double[] spacing) =>
        ResampleVolumesEstimator.Resample(volumes, new() { Spacing = spacing });

    // Axes to the right, anterior and superior.
    private static Volume Spaced(Volume volume, double x, double y, double z) =>
        new(new(volume.Shape, new(x, 0, 0, -30, 0, y, 0, 12, 0, 0, z, 5)), volume.Voxels.ToArray());

    private static Volume Ball(VolumeShape shape, double radius, double inPlane, double slice) =>
        new(new(shape, Affine.Identity), Ball(Spaced(Volumes.Noise(shape, 1), inPlane, inPlane, slice), radius));

    // A ball of 2 around the place (-3, 40, 36) mm.
    private static float[] Ball(Volume like, double radius) => Volumes.Of(like.Shape, (x, y, z) =>
    {
        (double wx, double wy, double wz) = like.Grid.Affine.Apply(x, y, z);
        return ((wx + 3) * (wx + 3)) + ((wy - 40) * (wy - 40)) + ((wz - 36) * (wz - 36)) < radius * radius ? 2 : 0;
    }).Voxels.ToArray();

    private static int Count(Volume volume) => volume.Voxels.ToArray().Count(voxel => voxel != 0);

    private static double Millilitres(Volume volume) => Count(volume) * volume.Grid.VoxelVolume / 1000;
}
