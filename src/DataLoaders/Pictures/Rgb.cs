namespace Smml.MLNet.Pictures;

/// <summary>A colour, 8 bits a channel.</summary>
internal readonly record struct Rgb(byte R, byte G, byte B)
{
    public static Rgb Black { get; } = new(0, 0, 0);

    public static Rgb White { get; } = new(255, 255, 255);

    /// <summary>A grey of a brightness from 0 to 1; what lies outside is clipped.</summary>
    public static Rgb Grey(double brightness)
    {
        byte value = (byte)Math.Round(255 * Math.Clamp(brightness, 0, 1));
        return new(value, value, value);
    }

    /// <summary>This colour under a translucent one.</summary>
    /// <param name="over">The upper colour.</param>
    /// <param name="opacity">0 shows only this colour, 1 only the upper one.</param>
    public Rgb Under(Rgb over, double opacity)
    {
        return new(Mix(R, over.R), Mix(G, over.G), Mix(B, over.B));
        byte Mix(byte below, byte above) => (byte)Math.Round(below + ((above - below) * opacity));
    }
}
