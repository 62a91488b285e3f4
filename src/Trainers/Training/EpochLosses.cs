using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Sums of the loss terms over an epoch. They stay on the device until the epoch ends,
/// so that a step never waits for them.</summary>
internal sealed class EpochLosses : IDisposable
{
    private readonly List<(string Name, int? Network, LossRole Role)> _terms = [];
    private int _steps;
    private int _pass; // of the current step

    /// <summary>The labels of the terms, in the order of the sums.</summary>
    public IReadOnlyList<string> Labels { get; private set; } = [];

    /// <summary>The sum of each term; null before the first step.</summary>
    public Tensor? Sum { get; private set; }

    /// <summary>Makes room for the sums of steps that were done before.</summary>
    public void Begin(IReadOnlyList<string> labels, int steps, Device device)
    {
        if (labels.Count == 0)
            return;
        (Labels, _steps) = (labels, steps);
        Sum = zeros(labels.Count, device: device).DetachFromDisposeScope();
    }

    /// <summary>Adds the terms of one pass; those of a step are the mean over its passes.</summary>
    /// <param name="terms">The terms, the same ones in each step of an epoch.</param>
    /// <param name="passes">How many passes a step has.</param>
    public void Add(IReadOnlyList<LossTerm> terms, int passes = 1)
    {
        if (_terms.Count == 0)
            _terms.AddRange(terms.Select(term => (term.Name, term.Network, term.Role)));
        Tensor values = stack(terms.Select(term => term.Value.detach().to(terms[0].Value.device)).ToArray());
        if (passes > 1)
            values = values.Over(passes);
        if (Sum is null)
        {
            Labels = [.. terms.Select(term => term.Label)];
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
    public IReadOnlyList<LossValue> Means()
    {
        if (Sum is null)
            return [];
        using Tensor onCpu = Sum.cpu();
        float[] values = onCpu.data<float>().ToArray();
        return [.. _terms.Zip(values, (term, value) => new LossValue(term.Name, term.Network, term.Role, (double)value / _steps))];
    }

    public void Dispose()
    {
        Sum?.Dispose();
        Sum = null;
    }
}
