using CsCheck;
using Smml.MLNet.Metrics;

namespace Smml.MLNet.Tests.Evaluation;

public sealed class ConnectedComponentsTests
{
    [Fact]
    public void Voxels_share_a_component_where_a_path_of_neighbours_joins_them() => MaskGenerator.Pair.Sample(pair =>
    {
        BinaryMask mask = pair.First;
        ConnectedComponents components = ConnectedComponents.Of(mask);
        (int X, int Y, int Z)[] voxels = [.. MaskGenerator.VoxelsOf(mask)];
        int[] expected = [.. Enumerable.Range(0, voxels.Length)];

        // Brute force: the smallest number spreads until nothing changes.
        bool isChanged = true;
        while (isChanged)
        {
            isChanged = false;
            for (int i = 0; i < voxels.Length; i++)
            {
                for (int j = 0; j < voxels.Length; j++)
                {
                    if (expected[j] < expected[i]
                        && Math.Abs(voxels[i].X - voxels[j].X) <= 1
                        && Math.Abs(voxels[i].Y - voxels[j].Y) <= 1
                        && Math.Abs(voxels[i].Z - voxels[j].Z) <= 1)
                        (expected[i], isChanged) = (expected[j], true);
                }
            }
        }

        int[] found = [.. components.Labels.Where(label => label != 0)];
        Assert.Equal(expected.Distinct().Count(), components.Count);
        Assert.Equal(components.Labels.Select(label => label != 0), mask.Voxels);
        int[] order = [.. expected.Distinct()];
        Assert.Equal(expected.Select(one => Array.IndexOf(order, one) + 1), found);
    });

    [Fact]
    public void Dilation_adds_faces_and_edges_but_no_corners_each_time() =>
        Gen.Select(MaskGenerator.Pair, Gen.Int[0, 3]).Sample((pair, iterations) =>
        {
            BinaryMask mask = pair.First, grown = mask.Dilate(iterations);
            HashSet<(int X, int Y, int Z)> expected = [.. MaskGenerator.VoxelsOf(mask)];
            for (int iteration = 0; iteration < iterations; iteration++)
            {
                expected =
                [
                    .. from v in expected from x in Enumerable.Range(
                        -1, 3) from y in Enumerable.Range(-1, 3) from z in Enumerable.Range(-1, 3)
                       where Math.Abs(x) + Math.Abs(y) + Math.Abs(z) <= 2
                       let next = (X: v.X + x, Y: v.Y + y, Z: v.Z + z)
                       where next.X >= 0
                           && next.Y >= 0
                           && next.Z >= 0
                           && next.X < mask.Shape.X
                           && next.Y < mask.Shape.Y
                           && next.Z < mask.Shape.Z
                       select next,
                ];
            }

            Assert.True(expected.SetEquals(MaskGenerator.VoxelsOf(grown)));
        });

    [Fact]
    public void A_dilated_voxel_has_18_neighbours_and_a_diagonal_pair_is_one_component()
    {
        Assert.Equal(19, MaskGenerator.VoxelsOf(MaskGenerator.Of(new(5, 5, 5), (2, 2, 2)).Dilate(1)).Count());
        Assert.Equal(1, ConnectedComponents.Of(MaskGenerator.Of(new(5, 5, 5), (1, 1, 1), (2, 2, 2))).Count);
        Assert.Equal(2, ConnectedComponents.Of(MaskGenerator.Of(new(5, 5, 5), (1, 1, 1), (3, 1, 1))).Count);
        Assert.Equal(0, ConnectedComponents.Of(MaskGenerator.Of(new(5, 5, 5))).Count);
    }
}
