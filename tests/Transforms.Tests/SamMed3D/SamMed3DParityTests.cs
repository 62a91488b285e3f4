using Smml.MLNet.CueGeneration;

namespace Smml.MLNet.Tests.SamMed3D;

public sealed class SamMed3DParityTests : IDisposable
{
    private const float Tolerance = 1e-5f;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Embedding_and_both_clicks_are_those_of_the_published_network()
    {
        using SamMed3DNetwork network = SamMed3DNetwork.FromCheckpoint(SamFixture.Checkpoint(_folder), SamFixture.Tiny, threads: 1);
        float[] embedding = network.Encode(SamFixture.Array("image").ToSingle());
        Assert.InRange(SamFixture.Difference(embedding, SamFixture.Array("image_embedding")), 0, Tolerance);
        (float[] logits, float quality) = network.Decode(embedding, new float[16 * 16 * 16], Clicks("point_coords", "point_labels"));
        Assert.InRange(SamFixture.Difference(logits, SamFixture.Array("low_res_logits")), 0, Tolerance);
        Assert.Equal(SamFixture.Array("iou").ToSingle()[0], quality, Tolerance);
        (float[] second, float quality2) = network.Decode(embedding, logits, Clicks("point_coords2", "point_labels2"));
        Assert.InRange(SamFixture.Difference(second, SamFixture.Array("low_res_logits2")), 0, Tolerance);
        Assert.Equal(SamFixture.Array("iou2").ToSingle()[0], quality2, Tolerance);
    }

    [Fact]
    public void Many_threads_may_share_a_network()
    {
        using SamMed3DNetwork network = SamMed3DNetwork.FromCheckpoint(SamFixture.Checkpoint(_folder), SamFixture.Tiny, threads: 1);
        float[] image = SamFixture.Array("image").ToSingle(), expected = network.Encode(image);
        Parallel.For(0, 16, _ => Assert.Equal(expected, network.Encode(image)));
    }

    [Fact]
    public void The_cube_of_a_case_and_the_way_back_are_those_of_the_published_script()
    {
        (Volume scan, bool[] tumor) = Case();
        RegionOfInterest region = RegionOfInterest.Around(scan.Grid, tumor, 32, 1.5)!;
        int[] begin = [.. Fixtures.Json("sam/e2e.json").GetProperty("begin").EnumerateArray().Select(value => value.GetInt32())];
        Assert.Equal((begin[0], begin[1], begin[2]), region.Begin);
        Assert.False(region.CutsTumor);
        float[] cube = region.Extract(scan);
        Assert.InRange(SamFixture.Difference(cube, SamFixture.Array("e2e_roi")), 0, Tolerance);

        using SamMed3DNetwork network = SamMed3DNetwork.FromCheckpoint(SamFixture.Checkpoint(_folder), SamFixture.Tiny, threads: 1);
        (float[] logits, _) = network.Decode(network.Encode(cube), new float[16 * 16 * 16], [new(16, 16, 16)]);
        Assert.InRange(SamFixture.Difference(logits, SamFixture.Array("e2e_low")), 0, Tolerance);
        float[] probability = new float[scan.Voxels.Length];
        region.Paste(logits, probability);
        NumpyArray expected = SamFixture.Array("e2e_prob");
        Assert.InRange(SamFixture.Difference(ToRowMajor(probability, scan.Shape), expected), 0, Tolerance);
    }

    [Fact]
    public void A_scan_after_z_score_gives_the_same_cube_as_before()
    {
        (Volume scan, bool[] tumor) = Case();
        RegionOfInterest region = RegionOfInterest.Around(scan.Grid, tumor, 32, 1.5)!;
        float[] scaled = [.. scan.Voxels.ToArray().Select(value => (value - 250) / 70)];
        float[] cube = region.Extract(new Volume(scan.Grid, scaled) { Background = -250f / 70 });
        float[] expected = region.Extract(scan);
        for (int i = 0; i < cube.Length; i++)
            Assert.Equal(expected[i], cube[i], 1e-3f);
    }

    [Theory]
    [InlineData(1, 2, 3)]
    [InlineData(-1, 2, -3)]
    [InlineData(3, -1, 2)]
    [InlineData(-2, -3, -1)]
    public void The_order_and_direction_of_the_array_axes_do_not_matter(int first, int second, int third)
    {
        // The same world: axis i of the new array is axis |p| of the old one, backwards where
        // negative. 1.5 mm, so that resampling moves nothing.
        int[] order = [first, second, third];
        VolumeShape shape = new(20, 26, 18);
        VolumeGrid grid = new(shape, new(-1.5, 0, 0, 0, 0, -1.5, 0, 40, 0, 0, 1.5, 0));
        SplitMix64 random = new(3);
        float[] values = [.. Enumerable.Range(0, (int)shape.Count).Select(_ => (float)random.Uniform(1, 9))];
        Volume scan = new(grid, values);
        bool[] tumor = Tumor(scan);
        int[] sizes = [.. order.Select(axis => shape[Math.Abs(axis) - 1])];
        VolumeShape turnedShape = new(sizes[0], sizes[1], sizes[2]);
        float[] turnedValues = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
            turnedValues[i] = values[Source(i)];
        double[] rows = new double[12];
        for (int row = 0; row < 3; row++)
        {
            rows[(row * 4) + 3] = grid.Affine[row, 3];
            for (int axis = 0; axis < 3; axis++)
            {
                int old = Math.Abs(order[axis]) - 1;
                rows[(row * 4) + axis] = Math.Sign(order[axis]) * grid.Affine[row, old];
                if (order[axis] < 0)
                    rows[(row * 4) + 3] += grid.Affine[row, old] * (shape[old] - 1);
            }
        }

        Volume turned = new(new(turnedShape, new(rows)), turnedValues);
        RegionOfInterest expected = RegionOfInterest.Around(scan.Grid, tumor, 32, 1.5)!,
            found = RegionOfInterest.Around(turned.Grid, Tumor(turned), 32, 1.5)!;
        Assert.Equal(expected.Begin, found.Begin);
        Assert.Equal(expected.Extract(scan), found.Extract(turned));

        int Source(int element)
        {
            int[] position = [element % sizes[0], element / sizes[0] % sizes[1], element / sizes[0] / sizes[1]], old = new int[3];
            for (int axis = 0; axis < 3; axis++)
                old[Math.Abs(order[axis]) - 1] = order[axis] > 0 ? position[axis] : sizes[axis] - 1 - position[axis];
            return old[0] + (shape.X * (old[1] + (shape.Y * old[2])));
        }

        static bool[] Tumor(Volume volume) => [.. volume.Voxels.ToArray().Select(value => value > 8.5f)];
    }

    public void Dispose() => _folder.Dispose();

    private static CueClick[] Clicks(string coordinates, string labels)
    {
        float[] points = SamFixture.Array(coordinates).ToSingle(), signs = SamFixture.Array(labels).ToSingle();
        return
        [
            .. signs.Select((sign, i) => new CueClick((int)points[3 * i], (int)points[(3 * i) + 1], (int)points[(3 * i) + 2], sign == 1)),
        ];
    }

    private static (Volume Scan, bool[] Tumor) Case()
    {
        NumpyArray volume = SamFixture.Array("e2e_volume"), label = SamFixture.Array("e2e_label");
        double[] affine = SamFixture.Array("e2e_affine").ToDouble();
        VolumeShape shape = new((int)volume.Shape[^3], (int)volume.Shape[^2], (int)volume.Shape[^1]);
        float[] tumor = ToColumnMajor(label.ToSingle(), shape);
        return (new(new(shape, new(affine.AsSpan(0, 12))), ToColumnMajor(volume.ToSingle(), shape)), [.. tumor.Select(value => value > 0)]);
    }

    private static float[] ToColumnMajor(float[] values, VolumeShape shape) =>
        Reorder(values.Length, shape, (row, column) => (column, row), values);

    private static float[] ToRowMajor(float[] values, VolumeShape shape) =>
        Reorder(values.Length, shape, (row, column) => (row, column), values);

    private static float[] Reorder(int count, VolumeShape shape, Func<int, int, (int To, int From)> choose, float[] values)
    {
        float[] result = new float[count];
        for (int x = 0, row = 0; x < shape.X; x++)
        {
            for (int y = 0; y < shape.Y; y++)
            {
                for (int z = 0; z < shape.Z; z++, row++)
                {
                    (int to, int from) = choose(row, x + (shape.X * (y + (shape.Y * z))));
                    result[to] = values[from];
                }
            }
        }

        return result;
    }
}
