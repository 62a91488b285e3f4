using System.Text.Json.Serialization;
using Smml.MLNet.Methods.RFNet;

namespace Smml.MLNet;

/// <summary>The sizes of an RFNet network: an encoder per modality and a decoder that fuses the modalities region by region.</summary>
/// <remarks>Window: each side a multiple of 8 from 16 to 512; default 80x80x80. The weights do not depend on it. Source:
/// Ding, Yu and Yang, "RFNet: Region-aware Fusion Network for Incomplete Multi-modal Brain Tumor Segmentation" (ICCV
/// 2021), and its released configuration.</remarks>
public sealed record RFNetArchitecture : NetworkArchitecture
{
    // Measured with the published sizes, see docs/benchmarks.md.
    private const double Kept = 900, Passing = 140;

    /// <summary>Makes the published network.</summary>
    public RFNetArchitecture() => Patch = new(80, 80, 80);

    /// <summary>The published configuration: 16 base channels, patches of 80x80x80 voxels; 8,984,960 parameters with K = 4.</summary>
    public static RFNetArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network that trains on a laptop's CPU in minutes: 4 base channels, patches of 32x32x32 voxels.</summary>
    public static RFNetArchitecture Tiny { get; } = new()
    {
        Name = "tiny",
        BaseChannels = 4,
        Patch = new(32, 32, 32),
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => RFNetMethod.MethodName;

    /// <summary>The channels of the first encoder level; each of the three levels below has twice as many as the one above.</summary>
    /// <value>A multiple of 4 from 4 to 64; the default is 16.</value>
    public int BaseChannels { get; init; } = 16;

    /// <summary>The padding of 3x3x3 convolutions.</summary>
    /// <value><see cref="ConvolutionPadding.Reflect"/> (default) or <see cref="ConvolutionPadding.Zeros"/>.</value>
    /// <remarks>The released checkpoints were trained with PyTorch 1.2, which padded with zeros: set
    /// <see cref="ConvolutionPadding.Zeros"/> for them.</remarks>
    public ConvolutionPadding Padding { get; init; } = ConvolutionPadding.Reflect;

    internal override WindowAverage Average => WindowAverage.Probabilities;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    internal override string Describe() => $"{Name}, {BaseChannels} base channels, window {Patch}";

    internal override IEnumerable<string> Errors()
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
