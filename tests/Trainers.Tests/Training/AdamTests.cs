using Smml.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Training;

public sealed class AdamTests
{
    [Fact]
    public void Ten_steps_are_those_of_the_library_optimizer()
    {
        TorchRuntime.EnsureAvailable();
        using DisposeScope scope = NewDisposeScope();
        Tensor start = randn([5, 7]);
        Parameter own = nn.Parameter(start.clone()), reference = nn.Parameter(start.clone()), idle = nn.Parameter(start.clone());
        using AdamOptimizer optimizer = new([own, idle], 1e-2, new(WeightDecay: 1e-4));
        using optim.Optimizer library = optim.Adam([reference], 1e-2, 0.9, 0.999, 1e-8, 1e-4, amsgrad: true);
        for (int step = 0; step < 10; step++)
        {
            optimizer.ZeroGradients();
            library.zero_grad();
            Tensor target = randn([5, 7]) * (step + 1);
            (own - target).pow(2).sum().backward();
            (reference - target).pow(2).sum().backward();
            optimizer.Step();
            library.step();
            TensorAssert.Close(reference, own, 1e-6, $"step {step}");
        }

        TensorAssert.Close(start, idle, 0, "a parameter without gradient");
    }
}
