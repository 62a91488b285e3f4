namespace Smml.MLNet;

/// <summary>The numbers that a training computes with.</summary>
public enum TrainingPrecision
{
    /// <summary>32-bit floating point throughout (default).</summary>
    Single,

    /// <summary>Convolutions and products of matrices in bfloat16 (8 bits of mantissa); weights, gradients of
    /// weights, losses and the optimizer stay 32-bit. Fast on GPUs and on processors with AVX512-BF16 or AMX; on others
    /// many times slower than single precision, which is logged as a warning. Linux and macOS.</summary>
    BFloat16,

    /// <summary><see cref="BFloat16"/> where the device computes in it itself, else <see cref="Single"/>; the log tells which. The weights
    /// then depend on the machine.</summary>
    Auto,
}
