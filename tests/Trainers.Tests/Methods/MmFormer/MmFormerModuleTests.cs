using Smml.MLNet.Methods.MmFormer;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Methods.MmFormer;

public sealed class MmFormerModuleTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public MmFormerModuleTests() => TorchRuntime.EnsureAvailable();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Every_weight_is_read_from_where_the_network_was_moved_to()
    {
        using MmFormerModule module = new(MmFormerArchitecture.Tiny, 4, training: false);
        using IDisposable guard = no_grad();
        module.eval();
        foreach (Modality modality in ModalitySet.All)
            module.get_parameter($"{modality.ToString().ToLowerInvariant()}_pos")!.normal_();
        Tensor scans = randn([1, 4, 32, 32, 32]), mask = ones([1, 4], ScalarType.Bool);
        Tensor before = module.call(scans, mask).Logits;

        // A move to another type replaces parameters as a move to another device does, which a machine need not have.
        module.to(ScalarType.Float64);
        Tensor after = module.call(scans.to(ScalarType.Float64), mask).Logits;
        TensorAssert.Close(after, before, 1e-2, "logits");
    }
}
