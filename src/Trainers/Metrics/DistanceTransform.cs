namespace Smml.MLNet.Metrics;

/// <summary>The exact Euclidean distance transform of Felzenszwalb and Huttenlocher (Theory of Computing 8, 2012): one axis after the
/// other, each line the lower envelope of the parabolas over its voxels. Voxels may have another length along each axis.</summary>
internal static class DistanceTransform
{
    /// <summary>The squared distance in mm2 from the centre of each voxel to that of the nearest
    /// feature; infinite where there is none.</summary>
    /// <param name="features">The voxels to which distances are taken, first axis fastest.</param>
    /// <param name="shape">Their shape.</param>
    /// <param name="spacing">The length of a voxel along each axis in mm.</param>
    public static double[] Squared(bool[] features, VolumeShape shape, (double X, double Y, double Z) spacing)
    {
        double[] squared = new double[features.Length];
        for (int i = 0; i < squared.Length; i++)
            squared[i] = features[i] ? 0 : double.PositiveInfinity;
        int slice = shape.X * shape.Y;
        Envelope envelope = new(Math.Max(shape.X, Math.Max(shape.Y, shape.Z)));
        for (int row = 0; row < squared.Length; row += shape.X)
            envelope.Replace(squared, row, 1, shape.X, spacing.X);
        for (int z = 0; z < shape.Z; z++)
        {
            for (int x = 0; x < shape.X; x++)
                envelope.Replace(squared, (z * slice) + x, shape.X, shape.Y, spacing.Y);
        }

        for (int line = 0; line < slice; line++)
            envelope.Replace(squared, line, slice, shape.Z, spacing.Z);
        return squared;
    }

    /// <summary>The lower envelope of the parabolas f(v) + (width (q - v))^2 over a line of voxels.</summary>
    private sealed class Envelope(int longest)
    {
        private readonly int[] _vertex = new int[longest];
        private readonly double[] _height = new double[longest];
        private readonly double[] _from = new double[longest];

        public void Replace(double[] values, int start, int step, int length, double width)
        {
            double area = width * width;
            int last = -1;
            for (int q = 0; q < length; q++)
            {
                double height = values[start + (q * step)];
                if (double.IsPositiveInfinity(height))
                    continue;
                double from = double.NegativeInfinity;
                while (last >= 0)
                {
                    // Where the new parabola falls below the last one, in voxels.
                    from = (((height - _height[last]) / (area * (q - _vertex[last]))) + q + _vertex[last]) / 2;
                    if (from > _from[last])
                        break;
                    last--;
                    from = double.NegativeInfinity;
                }

                last++;
                (_vertex[last], _height[last], _from[last]) = (q, height, from);
            }

            if (last < 0)
                return;
            for (int q = 0, k = 0; q < length; q++)
            {
                while (k < last && _from[k + 1] < q)
                    k++;
                int apart = q - _vertex[k];
                values[start + (q * step)] = _height[k] + (area * apart * apart);
            }
        }
    }
}
