using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>While it lives, convolutions and products of matrices of this thread compute in bfloat16;
/// weights and their gradients stay float32.</summary>
/// <remarks>TorchSharp does not offer libtorch's autocast, so its functions are found by their C++ names (Itanium ABI: Linux and macOS).
/// Dispose it on the thread that made it.</remarks>
internal sealed class Autocast : IDisposable
{
    private const sbyte BFloat16 = 15; // c10::ScalarType

    private static readonly Lazy<Functions> s_functions = new(Functions.Find);

    private readonly sbyte _device; // c10::DeviceType has the values of TorchSharp's
    private readonly bool _before;

    private Autocast(DeviceType device)
    {
        _device = (sbyte)device;
        Functions functions = s_functions.Value;
        _before = functions.IsEnabled(_device) != 0;
        functions.SetType(_device, BFloat16);
        functions.SetEnabled(_device, 1);
        _ = functions.Enter();
    }

    private delegate byte GetFlag(sbyte device);

    private delegate void SetFlag(sbyte device, byte enabled);

    private delegate void SetScalarType(sbyte device, sbyte type);

    private delegate int Nest();

    private delegate void Clear();

    /// <summary>Begins a region, or none for single precision.</summary>
    /// <exception cref="PrecisionUnavailableException">The backend does not export what is needed.</exception>
    public static Autocast? Begin(TrainingPrecision precision, DeviceType device) =>
        precision == TrainingPrecision.BFloat16 ? new(device) : null;

    public void Dispose()
    {
        Functions functions = s_functions.Value;
        if (functions.Leave() == 0)
            functions.ClearCache(); // casts of weights that a step has changed, or that were made without gradients, must not be used again
        functions.SetEnabled(_device, (byte)(_before ? 1 : 0));
    }

    private sealed record Functions(GetFlag IsEnabled, SetFlag SetEnabled, SetScalarType SetType, Nest Enter, Nest Leave, Clear ClearCache)
    {
        public static Functions Find()
        {
            TorchRuntime.EnsureAvailable();
            if (!NativeLibrary.TryLoad("torch_cpu", typeof(Tensor).Assembly, null, out nint library))
                throw new PrecisionUnavailableException("the library torch_cpu was not found");
            return new(
                Of<GetFlag>(library, "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE"),
                Of<SetFlag>(library, "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb"),
                Of<SetScalarType>(library, "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE"),
                Of<Nest>(library, "_ZN2at8autocast17increment_nestingEv"),
                Of<Nest>(library, "_ZN2at8autocast17decrement_nestingEv"),
                Of<Clear>(library, "_ZN2at8autocast11clear_cacheEv"));
        }

        private static T Of<T>(nint library, string name)
            where T : Delegate => NativeLibrary.TryGetExport(library, name, out nint address)
                ? Marshal.GetDelegateForFunctionPointer<T>(address)
                : throw new PrecisionUnavailableException(
                    $"torch_cpu does not export {name} (on Windows names are others; not supported there)");
    }
}
