using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet.Tests.Runtime;

/// <summary>The switches exist in every libtorch, also in one without CUDA, and can be read back.</summary>
public sealed class CudaSwitchesTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void The_process_computes_as_the_runtime_says(bool tensorFloat32, bool benchmark)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the names of the getters are those of the Itanium ABI");
        TorchRuntime.EnsureAvailable();
        (bool, bool) before = (TorchRuntime.AllowTensorFloat32, TorchRuntime.CudnnBenchmark);
        try
        {
            (TorchRuntime.AllowTensorFloat32, TorchRuntime.CudnnBenchmark) = (tensorFloat32, benchmark);
            CudaSwitches.Apply();
            Assert.Equal((tensorFloat32, tensorFloat32), (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
            Assert.Equal((benchmark, !benchmark), (Get("_ZNK2at7Context14benchmarkCuDNNEv"), Get("_ZNK2at7Context18deterministicCuDNNEv")));
        }
        finally
        {
            (TorchRuntime.AllowTensorFloat32, TorchRuntime.CudnnBenchmark) = before;
            CudaSwitches.Apply();
        }
    }

    [Fact]
    public void A_switch_that_libtorch_does_not_have_is_an_error_that_names_the_version() =>
        Assert.Contains(
            "TorchSharp 0.107.0",
            Assert.Throws<NotSupportedException>(() => CudaSwitches.Export(["_ZN2at7Context4noneEv"])).Message,
            StringComparison.Ordinal);

    private static bool Get(string name)
    {
        nint context = Marshal.GetDelegateForFunctionPointer<GlobalContext>(CudaSwitches.Export(["_ZN2at13globalContextEv"]))();
        return Marshal.GetDelegateForFunctionPointer<Getter>(CudaSwitches.Export([name]))(context) != 0;
    }

    private delegate nint GlobalContext();

    private delegate byte Getter(nint context);
}
