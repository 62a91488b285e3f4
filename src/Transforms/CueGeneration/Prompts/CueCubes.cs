namespace Smml.MLNet.CueGeneration;

/// <summary>Distances and components inside a cube of voxels, last axis fastest.</summary>
internal static class CueCubes
{
    /// <summary>The voxel of the mask that is farthest from every voxel outside it, beyond the cube included; null for an empty mask. The
    /// first of several wins.</summary>
    public static int? Deepest(ReadOnlySpan<bool> mask, int side)
    {
        float[] distance = SquaredDistance(mask, side);
        int best = 0;
        for (int i = 1; i < distance.Length; i++)
            best = distance[i] > distance[best] ? i : best;
        return distance.Length > 0 && distance[best] > 0 ? best : null;
    }

    /// <summary>The largest part of the mask whose voxels touch by faces; the first of several wins.</summary>
    public static bool[] LargestComponent(ReadOnlySpan<bool> mask, int side)
    {
        int[] component = new int[mask.Length];
        Queue<int> open = new();
        int count = 0, best = 0, bestSize = 0;
        int[] strides = [side * side, side, 1];
        for (int start = 0; start < mask.Length; start++)
        {
            if (!mask[start] || component[start] > 0)
                continue;
            component[start] = ++count;
            open.Enqueue(start);
            int size = 0;
            while (open.TryDequeue(out int voxel))
            {
                size++;
                foreach (int stride in strides)
                {
                    int position = voxel / stride % side;
                    if (position > 0)
                        Visit(voxel - stride, mask);
                    if (position < side - 1)
                        Visit(voxel + stride, mask);
                }
            }

            if (size > bestSize)
                (best, bestSize) = (count, size);
        }

        return [.. component.Select(value => value > 0 && value == best)];

        void Visit(int voxel, ReadOnlySpan<bool> mask)
        {
            if (!mask[voxel] || component[voxel] > 0)
                return;
            component[voxel] = count;
            open.Enqueue(voxel);
        }
    }

    /// <summary>A voxel as a click.</summary>
    public static CueClick Click(int voxel, int side, bool isInside = true) =>
        new(voxel / (side * side), voxel / side % side, voxel % side, isInside);

    /// <summary>The squared distance in voxels of each voxel of the mask to the nearest one outside it.</summary>
    /// <remarks>Exact and separable: along each axis the lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012).</remarks>
    internal static float[] SquaredDistance(ReadOnlySpan<bool> mask, int side)
    {
        float[] distance = new float[mask.Length];
        for (int i = 0; i < mask.Length; i++)
            distance[i] = mask[i] ? float.PositiveInfinity : 0;
        Envelope envelope = new(side);
        foreach (int stride in new[] { 1, side, side * side })
        {
            for (int start = 0; start < distance.Length; start++)
            {
                if (start / stride % side == 0)
                    envelope.Apply(distance, start, stride);
            }
        }

        return distance;
    }

    // One line with a voxel of distance 0 before and behind it, for beyond the cube everything is outside.
    private sealed class Envelope(int side)
    {
        private readonly double[] _values = new double[side + 2];
        private readonly int[] _vertices = new int[side + 2];
        private readonly double[] _borders = new double[side + 3];

        public void Apply(float[] distance, int start, int stride)
        {
            for (int i = 0; i < side; i++)
                _values[i + 1] = distance[start + (i * stride)];
            _values[0] = _values[side + 1] = 0;
            int last = 0;
            _vertices[0] = 0;
            (_borders[0], _borders[1]) = (double.NegativeInfinity, double.PositiveInfinity);
            for (int q = 1; q < _values.Length; q++)
            {
                if (double.IsPositiveInfinity(_values[q]))
                    continue;
                double border = Meet(q, _vertices[last]);
                while (border <= _borders[last])
                    border = Meet(q, _vertices[--last]);
                _vertices[++last] = q;
                (_borders[last], _borders[last + 1]) = (border, double.PositiveInfinity);
            }

            for (int i = 0, k = 0; i < side; i++)
            {
                while (_borders[k + 1] < i + 1)
                    k++;
                double step = i + 1 - _vertices[k];
                distance[start + (i * stride)] = (float)((step * step) + _values[_vertices[k]]);
            }
        }

        private double Meet(int q, int v) => (_values[q] + ((double)q * q) - (_values[v] + ((double)v * v))) / (2.0 * (q - v));
    }
}
