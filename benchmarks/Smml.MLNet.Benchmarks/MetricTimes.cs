using System.Diagnostics;

namespace Smml.MLNet.Benchmarks;

/// <summary>Times each metric on labels of BraTS' size: a tumour of 110 mL beside one that is moved by three voxels, alone and with small
/// false positives scattered all over the volume.</summary>
internal static class MetricTimes
{
    private static readonly VolumeGrid s_grid = new(new(240, 240, 155), Affine.Identity);
    private static readonly ScoredRegion[] s_regions = Enum.GetValues<ScoredRegion>();

    /// <summary>The median milliseconds of a case, all four regions.</summary>
    /// <param name="rounds">How often each metric runs.</param>
    public static void Run(int rounds)
    {
        byte[] truth = new byte[s_grid.Shape.Count];
        Tumour(truth, 100, 130);
        foreach (int scattered in new[] { 0, 10, 2000 })
        {
            byte[] predicted = new byte[truth.Length];
            Tumour(predicted, 103, 128);
            Random random = new(1);
            for (int i = 0; i < scattered; i++)
                Ball(predicted, random.Next(40, 200), random.Next(40, 200), random.Next(10, 145), 2, (byte)random.Next(1, 4));
            foreach (SegmentationMetric metric in Enum.GetValues<SegmentationMetric>())
            {
                EvaluationOptions options = new() { Metrics = metric };
                double[] times = new double[rounds];
                for (int round = -1; round < rounds; round++)
                {
                    long start = Stopwatch.GetTimestamp();
                    foreach (ScoredRegion region in s_regions)
                        SegmentationMetrics.Compute(predicted, truth, LabelConvention.BraTS2018, region, s_grid, options);
                    if (round >= 0)
                        times[round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                }

                Array.Sort(times);
                Console.Out.WriteLine(FormattableString.Invariant(
                    $"{scattered,5} scattered  {metric,-12} min {times[0],7:0.0} ms   median {times[rounds / 2],7:0.0} ms"));
            }
        }
    }

    private static void Tumour(byte[] classes, int x, int y)
    {
        Ball(classes, x, y, 80, 30, 2);
        Ball(classes, x, y, 80, 20, 3);
        Ball(classes, x, y, 80, 12, 1);
    }

    private static void Ball(byte[] classes, int x, int y, int z, int radius, byte value)
    {
        VolumeShape shape = s_grid.Shape;
        for (int k = z - radius; k <= z + radius; k++)
        {
            for (int j = y - radius; j <= y + radius; j++)
            {
                for (int i = x - radius; i <= x + radius; i++)
                {
                    if (((i - x) * (i - x)) + ((j - y) * (j - y)) + ((k - z) * (k - z)) <= radius * radius)
                        classes[i + (shape.X * (j + (shape.Y * k)))] = value;
                }
            }
        }
    }
}
