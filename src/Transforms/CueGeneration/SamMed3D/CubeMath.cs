namespace Smml.MLNet.CueGeneration;

/// <summary>Enlarges a cube of logits; last axis fastest.</summary>
internal static class CubeMath
{
    /// <summary>Trilinear enlargement with <c>align_corners=False</c>, as PyTorch's <c>interpolate</c> does it.</summary>
    /// <param name="cube">side^3 values.</param>
    /// <param name="newSide">The side of the result.</param>
    public static float[] Enlarge(ReadOnlySpan<float> cube, int newSide)
    {
        int side = (int)Math.Round(Math.Cbrt(cube.Length));
        float[] values = cube.ToArray();
        int outer = 1, inner = side * side;
        for (int axis = 0; axis < 3; axis++)
        {
            values = Along(values, outer, side, inner, newSide);
            outer *= newSide;
            inner /= side;
        }

        return values;
    }

    private static float[] Along(float[] values, int outer, int side, int inner, int newSide)
    {
        float[] result = new float[outer * newSide * inner];
        for (int i = 0; i < newSide; i++)
        {
            double position = Math.Clamp(((i + 0.5) * side / newSide) - 0.5, 0, side - 1);
            int low = (int)position, high = Math.Min(low + 1, side - 1);
            float weight = (float)(position - low);
            for (int o = 0; o < outer; o++)
            {
                ReadOnlySpan<float> from = values.AsSpan(((o * side) + low) * inner, inner), to = values.AsSpan(((o * side) + high) * inner, inner);
                Span<float> target = result.AsSpan(((o * newSide) + i) * inner, inner);
                for (int j = 0; j < inner; j++)
                    target[j] = from[j] + ((to[j] - from[j]) * weight);
            }
        }

        return result;
    }
}
