using System.Globalization;

namespace Smml.MLNet;

/// <summary>The number of voxels along the three array axes of a volume; X is the axis whose voxels are neighbours in memory.</summary>
public readonly record struct VolumeShape(int X, int Y, int Z)
{
    /// <summary>The number of voxels, X * Y * Z.</summary>
    /// <exception cref="OverflowException">The product does not fit 64 bits.</exception>
    public long Count => checked((long)X * Y * Z);

    /// <summary>The size along axis 0, 1 or 2.</summary>
    public int this[int axis] => axis switch
    {
        0 => X,
        1 => Y,
        2 => Z,
        _ => throw new ArgumentOutOfRangeException(nameof(axis), axis, "A volume has the axes 0, 1 and 2."),
    };

    /// <summary>For example <c>240x240x155</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{X}x{Y}x{Z}");
}
