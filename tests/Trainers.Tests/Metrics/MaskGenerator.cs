using CsCheck;
using Smml.MLNet.Metrics;

namespace Smml.MLNet.Tests.Evaluation;

/// <summary>Small masks for the metric tests.</summary>
internal static class MaskGenerator
{
    public static Gen<(double X, double Y, double Z)> Spacing { get; } = Gen.Select(
        Gen.Double[0.4, 4], Gen.Double[0.4, 4], Gen.Double[0.4, 4]);

    /// <summary>Two masks of one shape, sparse to dense, perhaps empty, often touching the border.</summary>
    public static Gen<(BinaryMask First, BinaryMask Second)> Pair { get; } =
        Gen.Select(Gen.Int[1, 8], Gen.Int[1, 7], Gen.Int[1, 6], Gen.Int[1, 12]).SelectMany((x, y, z, sparse) =>
            Gen.Select(Mask(new(x, y, z), sparse), Mask(new(x, y, z), sparse)));

    public static BinaryMask Of(VolumeShape shape, params (int X, int Y, int Z)[] voxels)
    {
        BinaryMask mask = new(shape, new bool[shape.Count]);
        foreach ((int x, int y, int z) in voxels)
            mask.Voxels[x + (shape.X * (y + (shape.Y * z)))] = true;
        return mask;
    }

    public static IEnumerable<(int X, int Y, int Z)> VoxelsOf(BinaryMask mask)
    {
        for (int i = 0; i < mask.Voxels.Length; i++)
        {
            if (mask.Voxels[i])
                yield return (i % mask.Shape.X, i / mask.Shape.X % mask.Shape.Y, i / mask.Shape.X / mask.Shape.Y);
        }
    }

    private static Gen<BinaryMask> Mask(VolumeShape shape, int sparse) =>
        Gen.Int[0, sparse].Array[(int)shape.Count].Select(draws => new BinaryMask(shape, [.. draws.Select(draw => draw == 0)]));
}
