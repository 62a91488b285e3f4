using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>Adam with AMSGrad and coupled L2 decay, and the poly schedule, as the released code trains.</summary>
/// <remarks>Kingma and Ba 2015; Reddi et al. 2018. The arithmetic is that of PyTorch's Adam (amsgrad=True). TorchSharp's own is not used: see <see cref="ScalarMath"/>.</remarks>
internal sealed class SmmlOptimizer : IDisposable
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    private const double Epsilon = 1e-8;

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

    /// <summary>Sets every gradient to zero.</summary>
    public void ZeroGradients()
    {
        foreach (State state in _states)
            state.Parameter.grad?.zero_();
    }

    /// <summary>Moves every parameter that has had a gradient. One whose gradient is missing in this step, because its network did not run, moves as with a gradient of zero.</summary>
    public void Step()
    {
        Steps++;
        using IDisposable guard = no_grad();
        using Scalar decay = _weightDecay, first = FirstDecay, firstRest = 1 - FirstDecay, second = SecondDecay, secondRest = 1 - SecondDecay, epsilon = Epsilon, one = 1;
        using Scalar correction = Math.Sqrt(1 - Math.Pow(SecondDecay, Steps)), move = -LearningRate / (1 - Math.Pow(FirstDecay, Steps));
        foreach (State state in _states)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor? own = state.Parameter.grad;
            if (own is null && !state.HasMoved)
                continue;
            state.HasMoved = true;
            own ??= zeros_like(state.Parameter); // after a training was resumed; otherwise the gradient of an earlier step is there, set to zero
            Tensor gradient = own.add(state.Parameter, decay);
            state.Mean.mul_(first).add_(gradient, firstRest);
            state.Square.mul_(second).addcmul_(gradient, gradient, secondRest);
            state.Largest.copy_(maximum(state.Largest, state.Square));
            Tensor denominator = state.Largest.sqrt().div_(correction).add_(epsilon, one);
            state.Parameter.addcdiv_(state.Mean, denominator, move);
        }
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
