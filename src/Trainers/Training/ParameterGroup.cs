using TorchSharp.Modules;

namespace Smml.MLNet.Training;

/// <summary>Parameters that one optimizer moves.</summary>
internal sealed class ParameterGroup : IDisposable
{
    private readonly Func<int, double> _rate;

    /// <summary>Makes the optimizer; the parameters are on their device.</summary>
    /// <param name="parameters">Each under its name in checkpoints, unique in the training.</param>
    /// <param name="settings">The optimizer's constants.</param>
    /// <param name="rate">The learning rate of an epoch, counted from 0.</param>
    public ParameterGroup(IEnumerable<(string Name, Parameter Parameter)> parameters, AdamSettings settings, Func<int, double> rate)
    {
        _rate = rate;
        (string Name, Parameter Parameter)[] all = [.. parameters];
        Names = [.. all.Select(pair => pair.Name)];
        Optimizer = new(all.Select(pair => pair.Parameter), rate(0), settings);
    }

    /// <summary>The names of the parameters, in the order of <see cref="AdamOptimizer.States"/>.</summary>
    public IReadOnlyList<string> Names { get; }

    public AdamOptimizer Optimizer { get; }

    /// <summary>Each parameter's name and state.</summary>
    public IEnumerable<(string Name, AdamOptimizer.State State)> States => Names.Zip(Optimizer.States);

    /// <summary>Sets the learning rate of an epoch, counted from 0.</summary>
    public void BeginEpoch(int epoch) => Optimizer.LearningRate = _rate(epoch);

    public void Dispose() => Optimizer.Dispose();
}
