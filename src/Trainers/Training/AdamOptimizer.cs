using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>Adam with coupled L2 decay over one group of parameters.</summary>
/// <remarks>Kingma and Ba 2015; AMSGrad: Reddi et al. 2018. The arithmetic is that of PyTorch's Adam. TorchSharp's own is not used: see
/// <see cref="ScalarMath"/>; it would also pass over memory six times per step.</remarks>
internal sealed class AdamOptimizer : IDisposable
{
    private readonly List<State> _states;
    private readonly AdamSettings _settings;

    /// <summary>Makes the optimizer; call it after the modules are on their device, because moving replaces parameters.</summary>
    public AdamOptimizer(IEnumerable<Parameter> parameters, double learningRate, AdamSettings settings)
    {
        LearningRate = learningRate;
        _settings = settings;
        using IDisposable guard = no_grad();
        _states = [.. parameters.Select(parameter => new State(parameter, settings.AmsGrad))];
    }

    /// <summary>The step size of the next step.</summary>
    public double LearningRate { get; set; }

    /// <summary>How many steps were done.</summary>
    public long Steps { get; set; }

    /// <summary>The state of each parameter, in their order.</summary>
    public IReadOnlyList<State> States => _states;

    /// <summary>Whether a parameter has a gradient.</summary>
    public bool HasGradients => _states.Any(state => state.Parameter.grad is not null);

    /// <summary>Begins anew: no steps, and means of gradients that are 0.</summary>
    public void Restart()
    {
        Steps = 0;
        foreach (State state in _states)
            state.Reset();
    }

    /// <summary>Forgets every gradient.</summary>
    public void ZeroGradients()
    {
        foreach (State state in _states)
            state.Parameter.grad = null;
    }

    /// <summary>Has parameters move from now on although they have had no gradient; not those that are frozen.</summary>
    public void Include(IEnumerable<Parameter> parameters)
    {
        HashSet<nint> handles = [.. parameters.Select(parameter => parameter.Handle)];
        foreach (State state in _states.Where(state => state.Parameter.requires_grad && handles.Contains(state.Parameter.Handle)))
            state.HasMoved = true;
    }

    /// <summary>Moves every parameter that has had a gradient. A parameter whose gradient is missing in this step, because its network did
    /// not run, moves as with a gradient of zero. One that never had a gradient stays, without decay.</summary>
    public void Step()
    {
        Steps++;
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        List<(State State, Tensor Gradient)> moved = [];
        foreach (State state in _states)
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
            (
                [.. moved.Select(pair => pair.State.Mean)],
                [.. moved.Select(pair => pair.State.Square)],
                [.. moved.Select(pair => pair.State.Largest).OfType<Tensor>()]),
            counts,
            LearningRate,
            _settings);
    }

    public void Dispose()
    {
        foreach (State state in _states)
            state.Dispose();
    }

    /// <summary>A parameter, the running means of its gradient and of the square, and, with AMSGrad, the largest such square.</summary>
    internal sealed class State(Parameter parameter, bool amsGrad) : IDisposable
    {
        public Parameter Parameter { get; } = parameter;

        /// <summary>Whether the parameter has had a gradient.</summary>
        public bool HasMoved { get; set; }

        public Tensor Mean { get; } = zeros_like(parameter).DetachFromDisposeScope();

        public Tensor Square { get; } = zeros_like(parameter).DetachFromDisposeScope();

        public Tensor? Largest { get; } = amsGrad ? zeros_like(parameter).DetachFromDisposeScope() : null;

        public void Reset()
        {
            Mean.zero_();
            Square.zero_();
            Largest?.zero_();
        }

        /// <summary>What a checkpoint keeps, by name.</summary>
        public IEnumerable<KeyValuePair<string, Tensor>> Tensors(string name)
        {
            yield return new($"adam/{name}/mean", Mean);
            yield return new($"adam/{name}/square", Square);
            if (Largest is not null)
                yield return new($"adam/{name}/largest", Largest);
        }

        public void Dispose()
        {
            Mean.Dispose();
            Square.Dispose();
            Largest?.Dispose();
        }
    }
}
