using TorchSharp.Modules;

namespace Smml.MLNet.Training;

/// <summary>Parameters that one optimizer moves.</summary>
internal sealed class ParameterGroup : IDisposable
{
    private readonly Func<int, double> _rate;
    private readonly int _first, _end;

    /// <summary>Makes the optimizer; the parameters are on their device.</summary>
    /// <param name="parameters">Each under its name in checkpoints, unique in the training.</param>
    /// <param name="settings">The optimizer's constants.</param>
    /// <param name="rate">The learning rate of an epoch, counted from 0.</param>
    /// <param name="first">The first epoch, counted from 0, in which the optimizer moves the parameters.</param>
    /// <param name="end">The first epoch after those in which it does.</param>
    public ParameterGroup(
        IEnumerable<(string Name, Parameter Parameter)> parameters,
        AdamSettings settings,
        Func<int, double> rate,
        int first = 0,
        int end = int.MaxValue)
    {
        (_rate, _first, _end) = (rate, first, end);
        (string Name, Parameter Parameter)[] all = [.. parameters];
        Names = [.. all.Select(pair => pair.Name)];
        Optimizer = new(all.Select(pair => pair.Parameter), rate(first), settings);
    }

    /// <summary>The names of the parameters, in the order of <see cref="AdamOptimizer.States"/>.</summary>
    public IReadOnlyList<string> Names { get; }

    public AdamOptimizer Optimizer { get; }

    /// <summary>Each parameter's name and state.</summary>
    public IEnumerable<(string Name, AdamOptimizer.State State)> States => Names.Zip(Optimizer.States);

    /// <summary>Whether the optimizer moves the parameters in an epoch, counted from 0.</summary>
    public bool ActsIn(int epoch) => epoch >= _first && epoch < _end;

    /// <summary>How many steps the optimizer does of the first steps of a training.</summary>
    /// <param name="steps">Steps of the training.</param>
    /// <param name="perEpoch">Steps of an epoch.</param>
    public long StepsAmong(long steps, int perEpoch) => Math.Clamp(steps - ((long)_first * perEpoch), 0, ((long)_end - _first) * perEpoch);

    /// <summary>Sets the learning rate of an epoch, counted from 0, in which the optimizer acts.</summary>
    public void BeginEpoch(int epoch)
    {
        if (ActsIn(epoch))
            Optimizer.LearningRate = _rate(epoch);
    }

    public void Dispose() => Optimizer.Dispose();
}
