using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>Adam with AMSGrad parameter by parameter, the operations of TorchSharp's own (whose numbers the
/// garbage collector may free during a call).</summary>
internal sealed class PlainAdam : IDisposable
{
    private readonly List<(Parameter Parameter, Tensor Mean, Tensor Square, Tensor Largest)> _states;
    private int _steps;

    public PlainAdam(IEnumerable<Parameter> parameters)
    {
        using IDisposable guard = no_grad();
        _states = [.. parameters.Select(parameter => (parameter, zeros_like(parameter), zeros_like(parameter), zeros_like(parameter)))];
    }

    /// <summary>Sets every gradient to zero.</summary>
    public void ZeroGradients()
    {
        foreach ((Parameter parameter, _, _, _) in _states)
            parameter.grad?.zero_();
    }

    /// <summary>Moves every parameter.</summary>
    public void Step(double learningRate, double weightDecay)
    {
        _steps++;
        using IDisposable guard = no_grad();
        using Scalar decay = weightDecay, first = 0.9, firstRest = 0.1, second = 0.999, secondRest = 0.001, epsilon = 1e-8, one = 1;
        using Scalar correction = Math.Sqrt(1 - Math.Pow(0.999, _steps)), move = -learningRate / (1 - Math.Pow(0.9, _steps));
        foreach ((Parameter parameter, Tensor mean, Tensor square, Tensor largest) in _states)
        {
            using DisposeScope scope = NewDisposeScope();
            if (parameter.grad is not { } own)
                continue;
            Tensor gradient = own.add(parameter, decay);
            mean.mul_(first).add_(gradient, firstRest);
            square.mul_(second).addcmul_(gradient, gradient, secondRest);
            largest.copy_(maximum(largest, square));
            Tensor denominator = largest.sqrt().div_(correction).add_(epsilon, one);
            parameter.addcdiv_(mean, denominator, move);
        }
    }

    public void Dispose()
    {
        foreach ((_, Tensor mean, Tensor square, Tensor largest) in _states)
        {
            mean.Dispose();
            square.Dispose();
            largest.Dispose();
        }
    }
}
