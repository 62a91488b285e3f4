using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>Sets libtorch's switches for CUDA arithmetic, of which TorchSharp 0.107.0 knows only some.</summary>
internal static unsafe class CudaSwitches
{
    // at::globalContext() and methods of at::Context, as the Itanium ABI and as Visual C++ name them.
    private static readonly string[] s_context = ["_ZN2at13globalContextEv", "?globalContext@at@@YAAEAVContext@1@XZ"];
    private static readonly string[] s_setBenchmark = ["_ZN2at7Context17setBenchmarkCuDNNEb", "?setBenchmarkCuDNN@Context@at@@QEAAX_N@Z"];
    private static readonly string[] s_setDeterministic =
    [
        "_ZN2at7Context21setDeterministicCuDNNEb",
        "?setDeterministicCuDNN@Context@at@@QEAAX_N@Z",
    ];

    /// <summary>Makes the process compute as <see cref="TorchRuntime"/> says.</summary>
    /// <exception cref="NotSupportedException">This libtorch does not export a switch.</exception>
    public static void Apply()
    {
        backends.cuda.matmul.allow_tf32 = TorchRuntime.AllowTensorFloat32;
        backends.cudnn.allow_tf32 = TorchRuntime.AllowTensorFloat32;
        Set(s_setBenchmark, TorchRuntime.CudnnBenchmark);
        Set(s_setDeterministic, !TorchRuntime.CudnnBenchmark);
    }

    /// <summary>Sets one switch of the context.</summary>
    private static void Set(string[] names, bool value)
    {
        nint context = ((delegate* unmanaged<nint>)Export(s_context))();
        ((delegate* unmanaged<nint, byte, void>)Export(names))(context, value ? (byte)1 : (byte)0);
    }

    internal static nint Export(string[] names)
    {
        nint library = NativeLibrary.Load("torch_cpu", typeof(Tensor).Assembly, null);
        foreach (string name in names)
        {
            if (NativeLibrary.TryGetExport(library, name, out nint address))
                return address;
        }

        throw new NotSupportedException(
            $"This libtorch does not export {names[0]}: TorchSharp 0.107.0 with libtorch 2.10 does. Reference that version.");
    }
}
