using System.Buffers;

namespace Smml.MLNet.CueGeneration;

/// <summary>Enlarges a cube of logits; last axis fastest.</summary>
internal static class CubeMath
{
    /// <summary>Trilinear enlargement with <c>align_corners=False</c>, as PyTorch's <c>interpolate</c> does it.</summary>
    /// <param name="cube">side^3 values.</param>
    /// <param name="newSide">The side of the result.</param>
    /// <param name="result">Takes newSide^3 values.</param>
    public static void Enlarge(ReadOnlySpan<float> cube, int newSide, Span<float> result)
    {
        int side = (int)Math.Round(Math.Cbrt(cube.Length));
        float[] first = ArrayPool<float>.Shared.Rent(newSide * side * side),
            second = ArrayPool<float>.Shared.Rent(newSide * newSide * side);
        Along(cube, first, 1, side, side * side, newSide);
        Along(first, second, newSide, side, side, newSide);
        Along(second, result, newSide * newSide, side, 1, newSide);
        ArrayPool<float>.Shared.Return(first);
        ArrayPool<float>.Shared.Return(second);
    }

    private static void Along(ReadOnlySpan<float> values, Span<float> result, int outer, int side, int inner, int newSide)
    {
        for (int i = 0; i < newSide; i++)
        {
            double position = Math.Clamp(((i + 0.5) * side / newSide) - 0.5, 0, side - 1);
            int low = (int)position, high = Math.Min(low + 1, side - 1);
            float weight = (float)(position - low);
            for (int o = 0; o < outer; o++)
            {
                ReadOnlySpan<float> from = values.Slice(((o * side) + low) * inner, inner),
                    to = values.Slice(((o * side) + high) * inner, inner);
                Span<float> target = result.Slice(((o * newSide) + i) * inner, inner);
                for (int j = 0; j < inner; j++)
                    target[j] = from[j] + ((to[j] - from[j]) * weight);
            }
        }
    }
}
