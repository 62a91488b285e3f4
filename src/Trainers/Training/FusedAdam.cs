using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>libtorch's one-pass Adam with AMSGrad, of which TorchSharp has no method: it is called through a one-line script.</summary>
internal static class FusedAdam
{
    private const string Script = """
        def move(parameters: List[Tensor], gradients: List[Tensor], means: List[Tensor], squares: List[Tensor], largest: List[Tensor], steps: List[Tensor], rate: float, decay: float) -> int:
            torch._fused_adam_(parameters, gradients, means, squares, largest, steps, lr=rate, beta1=0.9, beta2=0.999, weight_decay=decay, eps=1e-8, amsgrad=True, maximize=False)
            return 0

        """;

    private static readonly ThreadLocal<jit.CompilationUnit> s_script = new(() => jit.compile(Script)); // one a thread: branches move side by side

    /// <summary>One step; all lists have one element a parameter.</summary>
    public static void Move(Tensor[] parameters, Tensor[] gradients, Tensor[] means, Tensor[] squares, Tensor[] largest, Tensor[] steps, double rate, double decay) =>
        _ = s_script.Value!.invoke("move", parameters, gradients, means, squares, largest, steps, rate, decay);
}
