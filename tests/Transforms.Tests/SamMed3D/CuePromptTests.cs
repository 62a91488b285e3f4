using CsCheck;
using Smml.MLNet.CueGeneration;

namespace Smml.MLNet.Tests.SamMed3D;

public sealed class CuePromptTests
{
    private const int Side = 7;

    [Fact]
    public void Distances_are_those_of_brute_force() => Gen.Bool.Array[Side * Side * Side].Select(Gen.Int[0, 3]).Sample(
        (random, sparse) =>
        {
            // Mostly inside, so that distances beyond 1 occur.
            bool[] mask = [.. random.Select((value, i) => value || i % (sparse + 2) != 0)];
            float[] distance = CueCubes.SquaredDistance(mask, Side);
            for (int i = 0; i < mask.Length; i++)
                Assert.Equal(BruteForce(mask, i), distance[i]);
        },
        iter: 60);

    [Fact]
    public void The_centre_click_takes_the_deepest_voxel_then_the_larger_error()
    {
        GroundTruthCentreClick prompt = new();
        bool[] target = Cube((x, y, z) => x is >= 1 and <= 5 && y is >= 1 and <= 5 && z is >= 1 and <= 5);
        Assert.Equal(new CueClick(3, 3, 3), prompt.Next(Request(target)));
        Assert.Equal(new CueClick(3, 3, 3), prompt.Next(Request(target, found: new bool[target.Length])));
        bool[] much = Cube((_, _, _) => true);
        Assert.False(prompt.Next(Request(target, found: much))!.Value.IsInside);
        Assert.Null(prompt.Next(Request(target, found: target)));
        Assert.Null(prompt.Next(Request(new bool[target.Length])));
    }

    [Fact]
    public void The_random_click_lies_where_the_mask_is_wrong_and_is_fixed_by_its_seed()
    {
        bool[] target = Cube((x, y, _) => x < 3 && y < 4), found = Cube((x, y, _) => x < 2 || y > 5);
        GroundTruthRandomClick prompt = new(5);
        HashSet<CueClick> clicks = [];
        for (long seed = 0; seed < 60; seed++)
        {
            CueClick first = prompt.Next(Request(target, seed: seed))!.Value, later = prompt.Next(Request(target, found, seed))!.Value;
            Assert.True(target[Index(first)] && first.IsInside);
            Assert.NotEqual(target[Index(later)], found[Index(later)]);
            Assert.Equal(target[Index(later)], later.IsInside);
            Assert.Equal(first, prompt.Next(Request(target, seed: seed)));
            clicks.Add(first);
        }

        Assert.True(clicks.Count > 20);
        Assert.Null(prompt.Next(Request(target, target)));
    }

    [Fact]
    public void The_prediction_click_takes_the_middle_of_the_largest_part_and_never_looks_at_the_truth()
    {
        PredictionCentreClick prompt = new();
        bool[] truth = Cube((x, _, _) => x == 0);
        bool[] predicted = Cube((x, y, z) => (x is >= 3 && y >= 3 && z >= 3) || (x == 0 && y == 0 && z < 4));
        CueClick click = prompt.Next(Request(truth, predicted: predicted))!.Value;
        Assert.Equal(new CueClick(4, 4, 4), click);
        Assert.Null(prompt.Next(Request(truth, found: predicted, predicted: predicted)));
        Assert.Null(prompt.Next(Request(truth, predicted: new bool[truth.Length])));
        Assert.Contains(
            "PredictionColumnName",
            Assert.Throws<InvalidOperationException>(() => prompt.Next(Request(truth))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_intensity_click_takes_the_middle_of_the_brightest_part()
    {
        float[] image = [.. Enumerable.Range(0, Side * Side * Side).Select(i => -1f)];
        for (int i = 0; i < image.Length; i++)
        {
            (int x, int y, int z) = (i / (Side * Side), i / Side % Side, i % Side);
            if (x > 0)
                image[i] = x is >= 2 and <= 4 && y is >= 2 and <= 4 && z is >= 2 and <= 4 ? 5 + (0.01f * z) : (i % 5) * 0.1f;
        }

        IntensityClick prompt = new(0.1);
        Assert.Equal(new CueClick(3, 3, 3), prompt.Next(Request(new bool[image.Length], image: image)));
        Assert.Null(prompt.Next(Request(new bool[image.Length], image: image, modality: Modality.T1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntensityClick(0.6));
    }

    private static CuePromptRequest Request(
        bool[] target,
        bool[]? found = null,
        long seed = 0,
        bool[]? predicted = null,
        float[]? image = null,
        Modality modality = Modality.Flair) =>
        new()
        {
            Side = Side,
            Image = image ?? new float[target.Length],
            Target = target,
            Predicted = predicted,
            Found = found,
            ClassIndex = 1,
            Modality = modality,
            Seed = seed,
        };

    private static bool[] Cube(Func<int, int, int, bool> value) =>
        [.. Enumerable.Range(0, Side * Side * Side).Select(i => value(i / (Side * Side), i / Side % Side, i % Side))];

    private static int Index(CueClick click) => (((click.X * Side) + click.Y) * Side) + click.Z;

    private static float BruteForce(bool[] mask, int voxel)
    {
        int best = int.MaxValue, vx = voxel / (Side * Side), vy = voxel / Side % Side, vz = voxel % Side;
        for (int x = -1; x <= Side; x++)
        {
            for (int y = -1; y <= Side; y++)
            {
                for (int z = -1; z <= Side; z++)
                {
                    bool isOutside = Math.Min(x, Math.Min(y, z)) < 0
                        || Math.Max(x, Math.Max(y, z)) >= Side
                        || !mask[(((x * Side) + y) * Side) + z];
                    if (isOutside)
                        best = Math.Min(best, ((x - vx) * (x - vx)) + ((y - vy) * (y - vy)) + ((z - vz) * (z - vz)));
                }
            }
        }

        return best;
    }
}
