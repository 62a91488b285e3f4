using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Smml.MLNet;

/// <summary>Whether a device computes in bfloat16 itself. Where it does not, libtorch emulates it, which is many times slower than single
/// precision.</summary>
internal static class BFloat16Hardware
{
    /// <summary>What was measured where the processor has none: a tiny step on two cores of Zen 1 (AVX2), bfloat16 to single.</summary>
    public const double MeasuredFactor = 16;

    // Bits that CPUID leaf 7 reports, see Intel's Software Developer's Manual, volume 2, CPUID.
    private const int Leaf = 7, AmxBit = 22, Avx512Bit = 5;

    /// <summary>Whether this processor has it: AVX512-BF16 or AMX-BF16 on x64; null where that cannot be asked (Arm).</summary>
    public static bool? OfProcessor { get; } = Find();

    /// <summary>Whether a device has it; a GPU is taken to have it, as all since NVIDIA's Ampere.</summary>
    public static bool? Of(DeviceType device) => device == DeviceType.CPU ? OfProcessor : true;

    /// <summary>The precision to train in.</summary>
    /// <param name="asked">What the options say.</param>
    /// <param name="device">Where.</param>
    public static TrainingPrecision Resolve(TrainingPrecision asked, DeviceType device) => Resolve(asked, Of(device));

    /// <summary>The same where it is known what the device has.</summary>
    public static TrainingPrecision Resolve(TrainingPrecision asked, bool? hasBFloat16) => asked != TrainingPrecision.Auto ? asked
        : hasBFloat16 == true ? TrainingPrecision.BFloat16
        : TrainingPrecision.Single;

    /// <summary>What a user should know who trains in this precision; null for nothing.</summary>
    public static string? Warning(TrainingPrecision precision, bool? hasBFloat16) =>
        precision == TrainingPrecision.BFloat16 && hasBFloat16 == false
            ? "Precision is BFloat16, and this processor has no arithmetic for it (AVX512-BF16 or AMX): it is emulated. Where that was "
                + FormattableString.Invariant($"measured, a step took {MeasuredFactor:0} times as long as in single precision. ")
                + "Set Precision to Auto or Single."
            : null;

    private static bool? Find()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return null;
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Eax < Leaf)
            return false;
        bool amx = (X86Base.CpuId(Leaf, 0).Edx & (1 << AmxBit)) != 0;
        bool avx512 = (X86Base.CpuId(Leaf, 1).Eax & (1 << Avx512Bit)) != 0;
        return Avx512F.IsSupported && (amx || avx512);
    }
}
