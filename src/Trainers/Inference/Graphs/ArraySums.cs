using System.Numerics.Tensors;

namespace Smml.MLNet.Inference;

/// <summary>Sums of what is predicted in the windows of a volume, and their weighted means: what <see cref="WindowSums"/> is for tensors,
/// in arrays with the last axis fastest.</summary>
internal sealed class ArraySums
{
    private readonly VolumeShape _shape;
    private readonly VolumeShape _window;
    private readonly int _channels;
    private readonly float[]? _weights;
    private readonly float[] _visits;
    private readonly float[][] _sums;
    private readonly float[] _weighted;

    /// <summary>Makes room for some maps.</summary>
    /// <param name="padding">The padded case, and the networks' window.</param>
    /// <param name="channels">The channels of a map, background first.</param>
    /// <param name="maps">How many maps there are.</param>
    /// <param name="blending">How much a prediction counts at each place of the window.</param>
    public ArraySums(CasePadding padding, int channels, int maps, WindowBlending blending)
    {
        _shape = padding.Padded;
        _window = padding.Window;
        _channels = channels;
        _weights = SlidingWindow.Weights(_window, blending);
        _weighted = new float[_window.Z];
        _visits = new float[_shape.Count];
        _sums = [.. Enumerable.Range(0, maps).Select(_ => new float[checked(channels * _shape.Count)])];
    }

    /// <summary>Adds one prediction of a window to a map.</summary>
    /// <param name="map">Which map.</param>
    /// <param name="prediction">(K, x, y, z).</param>
    /// <param name="start">Where the window begins.</param>
    /// <param name="flips">Along which axes the prediction is mirrored; it is added as the volume lies.</param>
    public void Add(int map, ReadOnlySpan<float> prediction, (int X, int Y, int Z) start, FlipAxes flips)
    {
        int voxels = prediction.Length / _channels;
        for (int channel = 0; channel < _channels; channel++)
        {
            Span<float> sum = _sums[map].AsSpan(channel * _visits.Length, _visits.Length);
            ReadOnlySpan<float> values = prediction.Slice(channel * voxels, voxels);
            for (int x = 0; x < _window.X; x++)
            {
                int i = flips.HasFlag(FlipAxes.X) ? _window.X - 1 - x : x;
                for (int y = 0; y < _window.Y; y++)
                {
                    int j = flips.HasFlag(FlipAxes.Y) ? _window.Y - 1 - y : y;
                    AddRow(sum.Slice(Index(start, x, y), _window.Z), values.Slice(Row(i, j), _window.Z), Row(x, y), flips);
                }
            }
        }
    }

    /// <summary>Counts a window whose predictions were all added.</summary>
    public void Visit((int X, int Y, int Z) start)
    {
        for (int x = 0; x < _window.X; x++)
        {
            for (int y = 0; y < _window.Y; y++)
            {
                Span<float> visits = _visits.AsSpan(Index(start, x, y), _window.Z);
                if (_weights is null)
                    TensorPrimitives.Add(visits, 1, visits);
                else
                    TensorPrimitives.Add(visits, _weights.AsSpan(Row(x, y), _window.Z), visits);
            }
        }
    }

    /// <summary>Divides the sums by the sums of the weights.</summary>
    /// <param name="passes">For each map, how many predictions were added per window.</param>
    /// <returns>(K, X, Y, Z) per map; where no window was predicted, all is 0 but the channel of the background, which is 1.</returns>
    public float[][] Means(IReadOnlyList<int> passes)
    {
        float[] counts = new float[_shape.Count];
        for (int map = 0; map < _sums.Length; map++)
        {
            for (int i = 0; i < counts.Length; i++)
                counts[i] = (_visits[i] == 0 ? 1 : _visits[i]) * passes[map]; // else 0 / 0
            for (int channel = 0; channel < _channels; channel++)
            {
                Span<float> mean = _sums[map].AsSpan(channel * counts.Length, counts.Length);
                TensorPrimitives.Divide(mean, counts, mean);
            }

            for (int i = 0; i < counts.Length; i++)
            {
                if (_visits[i] == 0)
                    _sums[map][i] = 1;
            }
        }

        return _sums;
    }

    private void AddRow(Span<float> sum, ReadOnlySpan<float> values, int row, FlipAxes flips)
    {
        if (flips.HasFlag(FlipAxes.Z))
        {
            values.CopyTo(_weighted);
            _weighted.AsSpan().Reverse();
            values = _weighted;
        }

        if (_weights is not null)
        {
            TensorPrimitives.Multiply(values, _weights.AsSpan(row, _window.Z), _weighted);
            values = _weighted;
        }

        TensorPrimitives.Add(sum, values, sum);
    }

    private int Row(int x, int y) => ((x * _window.Y) + y) * _window.Z;

    private int Index((int X, int Y, int Z) start, int x, int y) =>
        ((((start.X + x) * _shape.Y) + start.Y + y) * _shape.Z) + start.Z;
}
