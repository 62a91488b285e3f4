using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Sums of the loss terms over an epoch. They stay on the device until the epoch ends, so that a step never waits for them.</summary>
internal sealed class EpochLosses
{
    private string[] _names = [];
    private Tensor? _sum;
    private int _steps;

    /// <summary>Adds the terms of one step.</summary>
    public void Add(IReadOnlyList<KeyValuePair<string, Tensor>> terms)
    {
        Tensor values = stack(terms.Select(term => term.Value.detach()).ToArray());
        if (_sum is null)
        {
            _names = [.. terms.Select(term => term.Key)];
            _sum = values.DetachFromDisposeScope();
        }
        else
        {
            _sum.Accumulate(values);
        }

        _steps++;
    }

    /// <summary>The mean of each term; the sums are given back.</summary>
    public IReadOnlyDictionary<string, double> Means()
    {
        if (_sum is null)
            return new Dictionary<string, double>();
        using Tensor onCpu = _sum.cpu();
        float[] values = onCpu.data<float>().ToArray();
        _sum.Dispose();
        _sum = null;
        return _names.Zip(values).ToDictionary(pair => pair.First, pair => (double)pair.Second / _steps);
    }
}
