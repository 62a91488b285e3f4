namespace Smml.MLNet;

/// <summary>How 3x3x3 convolutions of encoders and decoders see beyond the border.</summary>
public enum ConvolutionPadding
{
    /// <summary>Mirror without repeating the border voxel (default, PyTorch 1.10 and later).</summary>
    Reflect,

    /// <summary>Zeros, as PyTorch 1.2 did whatever was asked for (checkpoints of that time).</summary>
    Zeros,
}
