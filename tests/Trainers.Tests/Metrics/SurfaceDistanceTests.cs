using CsCheck;
using Smml.MLNet.Metrics;

namespace Smml.MLNet.Tests.Evaluation;

public sealed class SurfaceDistanceTests
{
    [Fact]
    public void Distances_are_those_of_brute_force_at_any_spacing() =>
        Gen.Select(MaskGenerator.Pair, MaskGenerator.Spacing).Sample((pair, spacing) =>
        {
            BinaryMask mask = pair.First;
            double[] squared = DistanceTransform.Squared(mask.Voxels, mask.Shape, spacing);
            (int X, int Y, int Z)[] features = [.. MaskGenerator.VoxelsOf(mask)];
            for (int i = 0; i < squared.Length; i++)
            {
                double expected = Nearest(
                    (i % mask.Shape.X, i / mask.Shape.X % mask.Shape.Y, i / mask.Shape.X / mask.Shape.Y), features, spacing);
                if (features.Length == 0)
                    Assert.Equal(double.PositiveInfinity, squared[i]);
                else
                    Assert.Equal(expected, Math.Sqrt(squared[i]), 1e-9);
            }
        });

    [Fact]
    public void Hd95_is_that_of_brute_force_and_the_same_in_both_directions() =>
        Gen.Select(MaskGenerator.Pair, MaskGenerator.Spacing).Sample((pair, spacing) =>
        {
            (BinaryMask a, BinaryMask b) = pair;
            if (!a.Voxels.Contains(true) || !b.Voxels.Contains(true))
                return;
            (int X, int Y, int Z)[] ofA = Surface(a), ofB = Surface(b);
            double[] distances =
            [
                .. ofA.Select(one => Nearest(one, ofB, spacing)).Concat(ofB.Select(one => Nearest(one, ofA, spacing))).Order(),
            ];
            double position = 0.95 * (distances.Length - 1);
            int below = (int)Math.Floor(position), above = Math.Min(below + 1, distances.Length - 1);
            double expected = distances[below] + ((position - below) * (distances[above] - distances[below]));
            Assert.Equal(expected, SurfaceDistance.Hd95(a, b, spacing), 1e-9);
            Assert.Equal(expected, SurfaceDistance.Hd95(b, a, spacing), 1e-9);
            Assert.Equal(0, SurfaceDistance.Hd95(a, a, spacing));
        });

    [Fact]
    public void Two_voxels_are_as_far_apart_as_their_centres_in_millimetres()
    {
        BinaryMask a = MaskGenerator.Of(new(6, 6, 6), (0, 0, 0)),
            b = MaskGenerator.Of(new(6, 6, 6), (3, 4, 0)),
            c = MaskGenerator.Of(new(6, 6, 6), (0, 0, 5));
        Assert.Equal(5, SurfaceDistance.Hd95(a, b, (1, 1, 1)));
        Assert.Equal(10, SurfaceDistance.Hd95(a, b, (2, 2, 7)));
        Assert.Equal(12.5, SurfaceDistance.Hd95(a, c, (1, 1, 2.5)));
        Assert.Equal(Math.Sqrt((1.5 * 1.5) + (16 * 0.25)), SurfaceDistance.Hd95(a, b, (0.5, 0.5, 1)), 12);
    }

    [Fact]
    public void The_border_of_the_volume_is_surface_and_the_inside_of_a_region_is_not()
    {
        VolumeShape shape = new(5, 5, 5);
        BinaryMask all = new(shape, [.. Enumerable.Repeat(true, 125)]);
        Assert.Equal(125 - 27, all.Surface().Count(one => one));

        // The 98 border voxels lie on the full region, the one in the middle 2 mm from the nearest border voxel.
        BinaryMask middle = MaskGenerator.Of(shape, (2, 2, 2));
        Assert.Equal(2, DistanceTransform.Squared(all.Surface(), shape, (1, 1, 1)).Select(Math.Sqrt).Max());
        Assert.InRange(SurfaceDistance.Hd95(middle, all, (1, 1, 1)), 3, Math.Sqrt(12));
    }

    [Fact]
    public void The_percentile_lies_between_two_values_as_numpy_has_it()
    {
        // numpy.percentile([0, 1, ..., 10], 95) = 9.5
        Assert.Equal(9.5, SurfaceDistance.Percentile([.. Enumerable.Range(0, 11).Select(i => (double)i * i)], 0.95), 12);
        Assert.Equal(3, SurfaceDistance.Percentile([9], 0.95));
    }

    private static (int X, int Y, int Z)[] Surface(BinaryMask mask)
    {
        HashSet<(int X, int Y, int Z)> all = [.. MaskGenerator.VoxelsOf(mask)];
        return
        [
            .. all.Where(v => !(all.Contains((v.X - 1, v.Y, v.Z)) && all.Contains((v.X + 1, v.Y, v.Z)) && all.Contains((v.X, v.Y - 1, v.Z))
                && all.Contains((v.X, v.Y + 1, v.Z)) && all.Contains((v.X, v.Y, v.Z - 1)) && all.Contains((v.X, v.Y, v.Z + 1)))),
        ];
    }

    private static double Nearest((int X, int Y, int Z) from, (int X, int Y, int Z)[] to, (double X, double Y, double Z) spacing) =>
        to.Length == 0 ? double.PositiveInfinity : to.Min(one =>
        {
            double x = (one.X - from.X) * spacing.X, y = (one.Y - from.Y) * spacing.Y, z = (one.Z - from.Z) * spacing.Z;
            return Math.Sqrt((x * x) + (y * y) + (z * z));
        });
}
