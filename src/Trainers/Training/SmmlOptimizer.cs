using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>Adam with AMSGrad and coupled L2 decay, and the poly schedule, as the released code trains.</summary>
/// <remarks>Kingma and Ba 2015; Reddi et al. 2018. The arithmetic is that of PyTorch's Adam (amsgrad=True). TorchSharp's own is not used: see <see cref="ScalarMath"/>; it would also pass over memory six times a step.</remarks>
internal sealed class SmmlOptimizer : IDisposable
{
    private readonly List<State> _states;
    private readonly double _weightDecay;

    /// <summary>Makes the optimizer; call it after the modules are on their device, because moving replaces parameters.</summary>
    public SmmlOptimizer(IEnumerable<Parameter> parameters, double learningRate, double weightDecay)
    {
        LearningRate = learningRate;
        _weightDecay = weightDecay;
        using IDisposable guard = no_grad();
        _states = [.. parameters.Select(parameter => new State(parameter))];
    }

    /// <summary>The step size of the next step.</summary>
    public double LearningRate { get; set; }

    /// <summary>How many steps were done.</summary>
    public long Steps { get; set; }

    /// <summary>The state of each parameter, in their order.</summary>
    public IReadOnlyList<State> States => _states;

    /// <summary>Learning rate of an epoch (counted from 0): initial * (1 - epoch / epochs)^0.9, rounded to eight decimals as released.</summary>
    public static double Schedule(double initial, int epoch, int epochs) => Math.Round(initial * Math.Pow(1 - ((double)epoch / epochs), 0.9), 8);

    /// <summary>Forgets every gradient.</summary>
    public void ZeroGradients()
    {
        foreach (State state in _states)
            state.Parameter.grad = null;
    }

    /// <summary>Moves every parameter that has had a gradient. One whose gradient is missing in this step, because its network did not run, moves as with a gradient of zero.</summary>
    public void Step()
    {
        Begin();
        Move(0, _states.Count);
    }

    /// <summary>Counts a step; its parameters are then moved in parts, which may be on several threads.</summary>
    public void Begin() => Steps++;

    /// <summary>Has parameters move from now on although they have had no gradient.</summary>
    public void Include(int start, int count, IEnumerable<Parameter> parameters)
    {
        HashSet<nint> handles = [.. parameters.Select(parameter => parameter.Handle)];
        foreach (State state in _states.GetRange(start, count).Where(state => handles.Contains(state.Parameter.Handle)))
            state.HasMoved = true;
    }

    /// <summary>Moves a part of the parameters.</summary>
    /// <param name="start">The first.</param>
    /// <param name="count">How many.</param>
    public void Move(int start, int count)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<(State State, Tensor Gradient)> moved = [];
        foreach (State state in _states.GetRange(start, count))
        {
            Tensor? gradient = state.Parameter.grad;
            if (gradient is null && !state.HasMoved)
                continue;
            state.HasMoved = true;
            moved.Add((state, gradient ?? zeros_like(state.Parameter)));
        }

        if (moved.Count == 0)
            return;
        Tensor steps = tensor((float)Steps);
        Tensor[] counts = new Tensor[moved.Count];
        Array.Fill(counts, steps.to(moved[0].Gradient.device));
        FusedAdam.Move(
            [.. moved.Select(pair => (Tensor)pair.State.Parameter)],
            [.. moved.Select(pair => pair.Gradient)],
            [.. moved.Select(pair => pair.State.Mean)],
            [.. moved.Select(pair => pair.State.Square)],
            [.. moved.Select(pair => pair.State.Largest)],
            counts,
            LearningRate,
            _weightDecay);
    }

    public void Dispose()
    {
        foreach (State state in _states)
            state.Dispose();
    }

    /// <summary>A parameter, the running means of its gradient and of the square, and the largest such square.</summary>
    internal sealed class State(Parameter parameter) : IDisposable
    {
        public Parameter Parameter { get; } = parameter;

        /// <summary>Whether the parameter has had a gradient.</summary>
        public bool HasMoved { get; set; }

        public Tensor Mean { get; } = zeros_like(parameter).DetachFromDisposeScope();

        public Tensor Square { get; } = zeros_like(parameter).DetachFromDisposeScope();

        public Tensor Largest { get; } = zeros_like(parameter).DetachFromDisposeScope();

        public void Dispose()
        {
            Mean.Dispose();
            Square.Dispose();
            Largest.Dispose();
        }
    }
}
