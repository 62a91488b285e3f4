namespace Smml.MLNet;

/// <summary>The numbers that a training computes with.</summary>
public enum TrainingPrecision
{
    /// <summary>32-bit floating point throughout (default).</summary>
    Single,

    /// <summary>Convolutions and products of matrices in bfloat16 (8 bits of mantissa); weights, gradients of
    /// weights, losses and the optimizer stay 32-bit. Fast on GPUs and on processors with AVX512-BF16; on others
    /// slower than single precision. Linux and macOS.</summary>
    BFloat16,
}
