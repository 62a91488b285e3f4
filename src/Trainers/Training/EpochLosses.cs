using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Sums of the loss terms over an epoch. They stay on the device until the epoch ends, so that a step never waits for them.</summary>
internal sealed class EpochLosses : IDisposable
{
    private int _steps;
    private int _pass; // of the current step

    /// <summary>The terms.</summary>
    public IReadOnlyList<string> Names { get; private set; } = [];

    /// <summary>The sum of each term; null before the first step.</summary>
    public Tensor? Sum { get; private set; }

    /// <summary>Makes room for the sums of steps that were done before.</summary>
    public void Begin(IReadOnlyList<string> names, int steps, Device device)
    {
        if (names.Count == 0)
            return;
        (Names, _steps) = (names, steps);
        Sum = zeros(names.Count, device: device).DetachFromDisposeScope();
    }

    /// <summary>Adds the terms of one pass; those of a step are the mean over its passes.</summary>
    /// <param name="terms">Names and values.</param>
    /// <param name="passes">How many passes a step has.</param>
    public void Add(IReadOnlyList<KeyValuePair<string, Tensor>> terms, int passes = 1)
    {
        Tensor values = stack(terms.Select(term => term.Value.detach().to(terms[0].Value.device)).ToArray());
        if (passes > 1)
            values = values.Over(passes);
        if (Sum is null)
        {
            Names = [.. terms.Select(term => term.Key)];
            Sum = values.DetachFromDisposeScope();
        }
        else
        {
            Sum.Accumulate(values);
        }

        _pass = (_pass + 1) % passes;
        if (_pass == 0)
            _steps++;
    }

    /// <summary>The mean of each term.</summary>
    public IReadOnlyDictionary<string, double> Means()
    {
        if (Sum is null)
            return new Dictionary<string, double>();
        using Tensor onCpu = Sum.cpu();
        float[] values = onCpu.data<float>().ToArray();
        return Names.Zip(values).ToDictionary(pair => pair.First, pair => (double)pair.Second / _steps);
    }

    public void Dispose()
    {
        Sum?.Dispose();
        Sum = null;
    }
}
