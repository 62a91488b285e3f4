using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>Adam with AMSGrad and coupled L2 decay, and the poly schedule, as the released code trains.</summary>
internal static class SmmlOptimizer
{
    /// <summary>Makes the optimizer; call it after the modules are on their device.</summary>
    public static optim.Optimizer Create(IEnumerable<Parameter> parameters, double learningRate, double weightDecay) =>
        optim.Adam(parameters, learningRate, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: weightDecay, amsgrad: true);

    /// <summary>Learning rate of an epoch (counted from 0): initial * (1 - epoch / epochs)^0.9, rounded to eight decimals as released.</summary>
    public static double LearningRate(double initial, int epoch, int epochs) => Math.Round(initial * Math.Pow(1 - ((double)epoch / epochs), 0.9), 8);

    /// <summary>Sets the learning rate of every group.</summary>
    public static void SetLearningRate(optim.Optimizer optimizer, double learningRate)
    {
        foreach (optim.ILearningRateController group in optimizer.ParamGroups)
            group.LearningRate = learningRate;
    }
}
