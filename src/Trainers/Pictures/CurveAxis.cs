using System.Globalization;

namespace Smml.MLNet.Pictures;

/// <summary>A scale from values to pixels, with round numbers along it.</summary>
internal sealed class CurveAxis
{
    private readonly double _low;
    private readonly double _high;
    private readonly bool _isLogarithmic;
    private readonly int _from;
    private readonly int _to;

    private CurveAxis(double low, double high, bool isLogarithmic, int from, int to, IReadOnlyList<(double Value, string Text)> ticks)
    {
        (_low, _high, _isLogarithmic, _from, _to) = (low, high, isLogarithmic, from, to);
        Ticks = ticks;
    }

    /// <summary>Round values within the axis and how they are written.</summary>
    public IReadOnlyList<(double Value, string Text)> Ticks { get; }

    /// <summary>An axis with steps of 1, 2 or 5 times a power of ten.</summary>
    /// <param name="low">The value at <paramref name="from"/>.</param>
    /// <param name="high">The value at <paramref name="to"/>; above <paramref name="low"/>.</param>
    /// <param name="from">A pixel.</param>
    /// <param name="to">A pixel.</param>
    /// <param name="count">About how many ticks.</param>
    public static CurveAxis Linear(double low, double high, int from, int to, int count)
    {
        double rough = (high - low) / count, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * ((rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 });
        List<(double, string)> ticks = [];
        for (double index = Math.Ceiling(low / step); index * step <= high + (step / 1e6); index++)
            ticks.Add((index * step, (index * step).ToString("0.######", CultureInfo.InvariantCulture)));
        return new(low, high, isLogarithmic: false, from, to, ticks);
    }

    /// <summary>An axis on which each factor has the same length, with ticks at 1, 2 and 5 times the powers of ten.</summary>
    /// <param name="low">Above 0.</param>
    /// <param name="high">Above <paramref name="low"/>.</param>
    /// <param name="from">A pixel.</param>
    /// <param name="to">A pixel.</param>
    public static CurveAxis Logarithmic(double low, double high, int from, int to)
    {
        bool onlyPowers = Math.Log10(high / low) > 3;
        List<(double, string)> ticks = [];
        for (int power = (int)Math.Floor(Math.Log10(low)); power <= Math.Log10(high); power++)
        {
            foreach (int digit in onlyPowers ? new[] { 1 } : [1, 2, 5])
            {
                double value = digit * Math.Pow(10, power);
                if (value >= low && value <= high)
                    ticks.Add((value, value.ToString("0.######", CultureInfo.InvariantCulture)));
            }
        }

        return new(low, high, isLogarithmic: true, from, to, ticks);
    }

    /// <summary>The pixel of a value.</summary>
    public int Place(double value)
    {
        double share = _isLogarithmic ? Math.Log(value / _low) / Math.Log(_high / _low) : (value - _low) / (_high - _low);
        return _from + (int)Math.Round(Math.Clamp(share, 0, 1) * (_to - _from));
    }
}
