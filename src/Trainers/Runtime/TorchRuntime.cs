using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using TorchSharp;
using static TorchSharp.torch;

namespace Smml.MLNet;

/// <summary>Loads the native TorchSharp backend and says which device is used. No call is needed in ordinary use.</summary>
/// <remarks>
/// <para>When this assembly is loaded it sets the OpenMP wait policy and lets the Linux binding of TorchSharp load on systems whose
/// libstdc++ is older than the one it was built with (Debian 12, Ubuntu 22.04). Call <see cref="Initialize"/> first in a program that
/// touches TorchSharp before any type of Smml.MLNet.</para>
/// </remarks>
public static class TorchRuntime
{
    /// <summary>Native libraries are those of the application and its packages. The loader's own search would take another libtorch of the
    /// system, for example that of a Python, and never give it back.</summary>
    internal const DllImportSearchPath OwnFiles = DllImportSearchPath.AssemblyDirectory;

    private static readonly Lock s_gate = new();
    private static bool s_available;

    /// <summary>The GPU on which loaded models score; null (default) scores on the CPU. Set it before the first row is scored.</summary>
    /// <remarks>A loaded ML.NET model cannot see the <c>MLContext</c> that loaded it, hence this process-wide setting.</remarks>
    public static int? GpuDeviceId { get; set; }

    /// <summary>Whether scoring falls back to the CPU when <see cref="GpuDeviceId"/> is set and no
    /// such GPU is there; true by default.</summary>
    public static bool FallbackToCpu { get; set; } = true;

    /// <summary>Whether CUDA devices may compute 32-bit products with the 10-bit mantissa of TensorFloat-32, which is faster; false
    /// (default) keeps all 23 bits. One for the process; set it before training or scoring begins.</summary>
    public static bool AllowTensorFloat32 { get; set; }

    /// <summary>Whether cuDNN may try its algorithms and take the fastest, which differ in the last bits from run to run; false (default)
    /// uses deterministic ones, as the released code does. One for the process; set it before training or scoring begins.</summary>
    public static bool CudnnBenchmark { get; set; }

    /// <summary>Prepares the process: OpenMP policy, allocator hint, loading of the native library. Safe to call more than once.</summary>
    [ModuleInitializer]
    public static void Initialize()
    {
        // Two OpenMP threads that spin on busy cores are slower than one; a value that the user set stays.
        NativeEnvironment.SetDefault("OMP_WAIT_POLICY", "PASSIVE");

        // Large pages for libtorch's CPU buffers: page faults otherwise cost as much as the arithmetic.
        NativeEnvironment.SetDefault("THP_MEM_ALLOC_ENABLE", "1");
        TorchLibraries.Register(AssemblyLoadContext.Default);
    }

    /// <summary>Loads the native backend, which training needs; scoring finds what it needs by itself
    /// (<see cref="ScoringRuntime"/>).</summary>
    /// <exception cref="TorchBackendMissingException">No backend package is referenced by the
    /// application, or it cannot be loaded.</exception>
    public static void EnsureAvailable()
    {
        if (Missing(out Exception? cause) is { } reason)
            throw new TorchBackendMissingException(reason, cause);
    }

    /// <summary>Loads the native backend, and says why it cannot be loaded; null if it was.</summary>
    internal static string? Missing() => Missing(out _);

    private static string? Missing(out Exception? cause)
    {
        cause = null;
        lock (s_gate)
        {
            if (s_available)
                return null;
            Assembly binding = typeof(Tensor).Assembly;
            TorchLibraries.Register(AssemblyLoadContext.GetLoadContext(binding)!);
            if (TorchLibraries.Load(binding, out cause) is { } failure)
                return failure;

            // Probe with the loader, not by calling TorchSharp: its own search copies every
            // native file and fails for the life of the process.
            if (!NativeLibrary.TryLoad("torch_cpu", binding, OwnFiles, out _) || !NativeLibrary.TryLoad("torch", binding, OwnFiles, out _))
                return TorchLibraries.Missing(binding.Location);
            if (!NativeLibrary.TryLoad("LibTorchSharp", binding, OwnFiles, out _))
                return $"LibTorchSharp cannot be loaded{(TorchLibraries.Failure is null ? "" : " (" + TorchLibraries.Failure + ")")}";
            try
            {
                using Tensor probe = zeros(1);
            }
            catch (Exception exception) when (exception is TypeInitializationException or NotSupportedException or DllNotFoundException)
            {
                cause = exception;
                return exception.GetBaseException().Message.Split('\n')[0];
            }

            s_available = true;
            return null;
        }
    }

    /// <summary>The device for ML.NET's two settings, with the meaning they have in Microsoft's own deep learning trainers.</summary>
    /// <exception cref="InvalidOperationException">A GPU was asked for, there is none, and falling back is not allowed.</exception>
    internal static Device ResolveDevice(int? gpuDeviceId, bool fallbackToCpu)
    {
        EnsureAvailable();
        if (gpuDeviceId is not { } id)
            return CPU;
        if (cuda.is_available() && id < cuda.device_count())
        {
            CudaSwitches.Apply();
            return device(DeviceType.CUDA, id);
        }

        if (fallbackToCpu)
            return CPU;
        throw new InvalidOperationException(
            $"GpuDeviceId is {id} and FallbackToCpu is false, "
            + $"but {(cuda.is_available() ? $"only {cuda.device_count()} CUDA devices were found" : "no CUDA device was found")}. "
            + "Reference TorchSharp-cuda-linux or TorchSharp-cuda-windows (property TorchBackend=cuda), or set FallbackToCpu to true.");
    }

    /// <summary>The GPU of a process among several on a node: they take one after another. Where a launcher shows each process its own GPU
    /// only, that one.</summary>
    /// <param name="first">The GPU of the first process; null for the CPU.</param>
    /// <param name="localRank">Which process of the node, counted from 0.</param>
    internal static int? DeviceOf(int? first, int localRank)
    {
        EnsureAvailable();
        return first is not { } id ? null : cuda.is_available() && cuda.device_count() == 1 ? id : id + localRank;
    }

    /// <summary>The device of each branch: one for all, or one for each.</summary>
    /// <param name="gpuDeviceIds">One id, or as many as there are branches.</param>
    /// <param name="branches">How many branches there are.</param>
    /// <param name="fallbackToCpu">Whether the CPU may take the place of devices that are not there.</param>
    /// <exception cref="InvalidOperationException">A device is not there, and falling back is not allowed.</exception>
    internal static IReadOnlyList<Device> ResolveDevices(IReadOnlyList<int> gpuDeviceIds, int branches, bool fallbackToCpu)
    {
        Device[] devices = [.. gpuDeviceIds.Select(id => ResolveDevice(id, fallbackToCpu))];
        if (devices.Any(one => one.type == DeviceType.CPU))
            return [.. Enumerable.Repeat(CPU, branches)]; // never half on the CPU
        return devices.Length == branches ? devices : [.. Enumerable.Repeat(devices[0], branches)];
    }

    /// <summary>Seeds libtorch's global stream (initialisation, dropout); the only place that does.</summary>
    internal static void Seed(long seed)
    {
        EnsureAvailable();
#pragma warning disable RS0030 // the one place that seeds
        manual_seed(seed);
#pragma warning restore RS0030
    }
}
