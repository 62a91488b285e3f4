namespace Smml.MLNet;

/// <summary>A small seeded random stream, the same on every machine and runtime (Steele, Lea and Flood 2014).</summary>
/// <remarks>Phantoms, augmentation and masks draw from such streams; each sample has one of its own, so the
/// order of work never changes the numbers.</remarks>
internal sealed class SplitMix64(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A stream that depends on every part of a key, for example (seed, epoch, sample).</summary>
    public static SplitMix64 ForKey(params ReadOnlySpan<long> key)
    {
        ulong state = 0x243F6A8885A308D3;
        foreach (long part in key)
            state = Mix((state ^ (ulong)part) + 0x9E3779B97F4A7C15);
        return new(state);
    }

    public ulong NextUInt64() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Uniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>A whole number from low to high, both included.</summary>
    public int Integer(int low, int high) => low + (int)(NextUInt64() % (ulong)(high - low + 1));

    /// <summary>Standard normal (Box and Muller, cosine branch).</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Integer(0, i);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
