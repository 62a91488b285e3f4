using System.Text.Json;
using Smml.MLNet.Metrics;

namespace Smml.MLNet.Tests.Evaluation;

/// <summary>Against numbers of SciPy and NumPy that metrics_reference.py wrote.</summary>
public sealed class MetricsReferenceTests
{
    [Fact]
    public void Distances_components_and_lesions_are_those_of_SciPy()
    {
        JsonElement cases = JsonDocument.Parse(File.ReadAllText(Path.Combine(
            AppContext.BaseDirectory, "Metrics", "metrics_reference.json"))).RootElement;
        foreach (JsonElement one in cases.EnumerateArray())
        {
            int[] sides = [.. one.GetProperty("shape").EnumerateArray().Select(side => side.GetInt32())];
            VolumeShape shape = new(sides[0], sides[1], sides[2]);
            double[] s = [.. one.GetProperty("spacing").EnumerateArray().Select(length => length.GetDouble())];
            byte[] predicted = Balls(shape, one.GetProperty("predicted")), truth = Balls(shape, one.GetProperty("truth"));
            EvaluationOptions options = new()
            {
                Metrics = SegmentationMetric.All,
                Lesions = new()
                {
                    DilationIterations = one.GetProperty("dilation").GetInt32(),
                    MinimumVolume = one.GetProperty("volume").GetDouble(),
                },
            };
            Dictionary<string, double> values = SegmentationMetrics
                .Compute(
                    predicted,
                    truth,
                    LabelConvention.BraTS2018,
                    ScoredRegion.EnhancingTumor,
                    new(shape, new(s[0], 0, 0, 0, 0, s[1], 0, 0, 0, 0, s[2], 0)),
                    options)
                .ToDictionary(value => value.Metric, value => value.Value);
            Assert.Equal(one.GetProperty("hd95").GetDouble(), values[SegmentationMetrics.Hd95], 1e-9);
            Assert.Equal(one.GetProperty("lesionDice").GetDouble(), values[SegmentationMetrics.LesionDice], 1e-12);
            Assert.Equal(one.GetProperty("lesionHd95").GetDouble(), values[SegmentationMetrics.LesionHd95], 1e-9);

            BinaryMask mask = new(shape, [.. truth.Select(value => value == 3)]);
            double[] distances = [.. DistanceTransform.Squared(mask.Surface(), shape, (s[0], s[1], s[2])).Select(Math.Sqrt)];
            Assert.Equal(one.GetProperty("distanceMax").GetDouble(), distances.Max(), 1e-9);
            Assert.Equal(one.GetProperty("distanceSum").GetDouble(), distances.Sum(), 1e-6);
            Assert.Equal(one.GetProperty("trueComponents").GetInt32(), ConnectedComponents.Of(mask).Count);
            Assert.Equal(
                one.GetProperty("dilatedVoxels").GetInt32(), mask.Dilate(options.Lesions.DilationIterations).Voxels.Count(voxel => voxel));
        }

        Assert.InRange(cases.GetArrayLength(), 35, 40);
    }

    private static byte[] Balls(VolumeShape shape, JsonElement balls)
    {
        byte[] classes = new byte[shape.Count];
        foreach (int[] ball in balls.EnumerateArray().Select(ball => ball.EnumerateArray().Select(number => number.GetInt32()).ToArray()))
        {
            for (int i = 0; i < classes.Length; i++)
            {
                int x = (i % shape.X) - ball[0], y = (i / shape.X % shape.Y) - ball[1], z = (i / shape.X / shape.Y) - ball[2];
                if ((x * x) + (y * y) + (z * z) <= ball[3] * ball[3])
                    classes[i] = 3;
            }
        }

        return classes;
    }
}
