namespace Smml.MLNet;

/// <summary>The sizes of an RFNet network: an encoder per modality and a decoder that fuses the modalities region by region.</summary>
/// <remarks>Source: Ding, Yu and Yang, "RFNet: Region-aware Fusion Network for Incomplete Multi-modal Brain Tumor Segmentation"
/// (ICCV 2021), and its released configuration.</remarks>
public sealed record RFNetArchitecture
{
    /// <summary>The published configuration: 16 base channels, patches of 80x80x80 voxels; 8,984,960 parameters with K = 4.</summary>
    public static RFNetArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network that trains on a laptop's CPU in minutes: 4 base channels, patches of 32x32x32 voxels.</summary>
    public static RFNetArchitecture Tiny { get; } = new()
    {
        Name = "tiny",
        BaseChannels = 4,
        Patch = new(32, 32, 32),
    };

    /// <summary>A name for logs and the model card.</summary>
    /// <value>Any text; the default is <c>custom</c>.</value>
    public string Name { get; init; } = "custom";

    /// <summary>The channels of the first encoder level; each of the three levels below has twice as many as the one above.</summary>
    /// <value>A multiple of 4 from 4 to 64; the default is 16.</value>
    public int BaseChannels { get; init; } = 16;

    /// <summary>The window that the network sees, in voxels.</summary>
    /// <value>Each side is a multiple of 8 from 16 to 512; the default is 80x80x80.</value>
    public VolumeShape Patch { get; init; } = new(80, 80, 80);

    /// <summary>The padding of 3x3x3 convolutions.</summary>
    /// <value><see cref="ConvolutionPadding.Reflect"/> (default) or <see cref="ConvolutionPadding.Zeros"/>.</value>
    /// <remarks>The released checkpoints were trained with PyTorch 1.2, which padded with zeros: set
    /// <see cref="ConvolutionPadding.Zeros"/> for them.</remarks>
    public ConvolutionPadding Padding { get; init; } = ConvolutionPadding.Reflect;

    /// <summary>Every rule that the sizes break, one sentence each; empty when they are valid.</summary>
    internal IEnumerable<string> Errors()
    {
        if (BaseChannels is < 4 or > 64 || BaseChannels % 4 != 0)
            yield return $"Architecture.BaseChannels is {BaseChannels}; expected a multiple of 4 from 4 to 64.";
        if (!Enum.IsDefined(Padding))
            yield return $"Architecture.Padding is {Padding}; expected {string.Join(" or ", Enum.GetNames<ConvolutionPadding>())}.";
        for (int axis = 0; axis < 3; axis++)
        {
            if (Patch[axis] is < 16 or > 512 || Patch[axis] % 8 != 0)
                yield return $"Architecture.Patch is {Patch}; each side must be a multiple of 8 from 16 to 512, found {Patch[axis]}.";
        }
    }
}
