namespace Smml.MLNet.Html;

/// <summary>What a box plot shows of some values: quartiles with linear interpolation between ranks, whiskers to the farthest value within
/// 1.5 interquartile ranges of the box.</summary>
internal sealed class BoxStatistics
{
    private BoxStatistics(double[] sorted)
    {
        (First, Median, Third) = (Quantile(sorted, 0.25), Quantile(sorted, 0.5), Quantile(sorted, 0.75));
        double reach = 1.5 * (Third - First);
        double[] near = [.. sorted.Where(value => value >= First - reach && value <= Third + reach)];

        // Interpolated quartiles can lie outside every value that is near; a whisker never ends inside the box.
        (Low, High) = (Math.Min(near[0], First), Math.Max(near[^1], Third));
        Outliers = [.. sorted.Where(value => value < First - reach || value > Third + reach)];
    }

    public double Low { get; }

    public double First { get; }

    public double Median { get; }

    public double Third { get; }

    public double High { get; }

    public IReadOnlyList<double> Outliers { get; }

    /// <summary>The statistics of at least one value.</summary>
    public static BoxStatistics Of(IEnumerable<double> values) => new([.. values.Order()]);

    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
