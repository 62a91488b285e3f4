using static TorchSharp.torch;

namespace Smml.MLNet.Training;

/// <summary>libtorch's one-pass Adam, of which TorchSharp has no method: it is called through a one-line script.</summary>
internal static class FusedAdam
{
    private const string Script = """
        def move(parameters: List[Tensor], gradients: List[Tensor], means: List[Tensor], squares: List[Tensor], largest: List[Tensor],
                 steps: List[Tensor], rate: float, decay: float, beta1: float, beta2: float, amsgrad: bool) -> int:
            torch._fused_adam_(parameters, gradients, means, squares, largest, steps, lr=rate, beta1=beta1, beta2=beta2,
                               weight_decay=decay, eps=1e-8, amsgrad=amsgrad, maximize=False)
            return 0

        """;

    // one a thread: branches move side by side
    private static readonly ThreadLocal<jit.CompilationUnit> s_script = new(() => jit.compile(Script));

    /// <summary>One step; all lists have one element a parameter.</summary>
    /// <param name="parameters">What moves.</param>
    /// <param name="gradients">The gradient of each.</param>
    /// <param name="state">Running means, running squares and largest squares; the last is empty without AMSGrad.</param>
    /// <param name="steps">The number of the step, counted from 1, for each.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="settings">Decay, betas, AMSGrad.</param>
    public static void Move(
        Tensor[] parameters,
        Tensor[] gradients,
        (Tensor[] Means, Tensor[] Squares, Tensor[] Largest) state,
        Tensor[] steps,
        double rate,
        AdamSettings settings) =>
        _ = s_script.Value!.invoke(
            "move",
            parameters,
            gradients,
            state.Means,
            state.Squares,
            state.Largest,
            steps,
            rate,
            settings.WeightDecay,
            settings.Beta1,
            settings.Beta2,
            settings.AmsGrad);
}
