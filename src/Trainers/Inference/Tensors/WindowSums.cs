using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Inference;

/// <summary>Sums of what is predicted in the windows of a volume, and their weighted means.</summary>
internal sealed class WindowSums : IDisposable
{
    private readonly WindowBlending _blending;
    private readonly VolumeShape _window;
    private readonly Device _device;
    private readonly Tensor _weights;
    private readonly Tensor _visits;
    private readonly Tensor[] _sums;

    /// <summary>Makes room for some maps.</summary>
    /// <param name="shape">The volume.</param>
    /// <param name="channels">The channels of a map.</param>
    /// <param name="maps">How many maps there are.</param>
    /// <param name="window">The network's window.</param>
    /// <param name="blending">How much a prediction counts at each place of the window.</param>
    /// <param name="device">Where windows are summed.</param>
    /// <param name="type">The type of the sums.</param>
    public WindowSums(
        VolumeShape shape,
        int channels,
        int maps,
        VolumeShape window,
        WindowBlending blending,
        Device device,
        ScalarType type = ScalarType.Float32)
    {
        _blending = blending;
        _window = window;
        _device = device;
        _weights = TensorWindows.Weights(window, blending).to(type).to(device);
        _visits = zeros([1, shape.X, shape.Y, shape.Z], dtype: type, device: device);
        _sums = [.. Enumerable.Range(0, maps).Select(_ => zeros([channels, shape.X, shape.Y, shape.Z], dtype: type, device: device))];
    }

    /// <summary>Whether the first channel is that of the background.</summary>
    public bool HasBackground { get; init; } = true;

    /// <summary>Adds one prediction of some windows to a map.</summary>
    /// <param name="map">Which map.</param>
    /// <param name="predictions">(B, K, x, y, z).</param>
    /// <param name="starts">Where each of the B windows begins.</param>
    public void Add(int map, Tensor predictions, IReadOnlyList<(int X, int Y, int Z)> starts)
    {
        using DisposeScope scope = NewDisposeScope();
        for (int i = 0; i < starts.Count; i++)
        {
            Tensor prediction = predictions[i].to(_device);
            TensorWindows.Part(_sums[map], starts[i], _window)
                .Accumulate(_blending == WindowBlending.Constant ? prediction : prediction * _weights);
        }
    }

    /// <summary>Counts windows whose predictions were all added.</summary>
    public void Visit(IReadOnlyList<(int X, int Y, int Z)> starts)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach ((int X, int Y, int Z) start in starts)
            TensorWindows.Part(_visits, start, _window).Accumulate(_weights);
    }

    /// <summary>Divides the sums by the sums of the weights.</summary>
    /// <param name="passes">For each map, how many predictions were added per window.</param>
    /// <returns>(K, X, Y, Z) per map; where no window was predicted, all is 0 but the channel of the background, which is 1.</returns>
    public Tensor[] Means(IReadOnlyList<int> passes)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] means = new Tensor[_sums.Length];
        Tensor unseen = _visits.eq(zeros_like(_visits)).to(_visits.dtype);
        _visits.Accumulate(unseen); // else 0 / 0
        for (int map = 0; map < means.Length; map++)
        {
            using Tensor sum = _sums[map], count = _visits.Times(passes[map]); // with 15 subsets the sums are the largest thing in memory
            Tensor mean = sum / count;
            if (HasBackground)
                mean.narrow(0, 0, 1).Accumulate(unseen);
            means[map] = mean.MoveToOuterDisposeScope();
        }

        return means;
    }

    public void Dispose()
    {
        _weights.Dispose();
        _visits.Dispose();
        foreach (Tensor sum in _sums)
            sum.Dispose();
    }
}
