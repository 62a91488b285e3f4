using System.Text.Json.Serialization;
using Smml.MLNet.Methods.MmFormer;

namespace Smml.MLNet;

/// <summary>The sizes of an mmFormer.</summary>
/// <remarks>Window: each side a multiple of 16 from 32 to 512; default 128x128x128, whose position embeddings fix
/// it. Source: Zhang et al., MICCAI 2022.</remarks>
public sealed record MmFormerArchitecture : NetworkArchitecture
{
    // Measured with the published sizes, see docs/benchmarks.md.
    private const double Kept = 1100, Passing = 100;

    /// <summary>Makes the published network.</summary>
    public MmFormerArchitecture() => Patch = new(128, 128, 128);

    /// <summary>The published configuration: 8 base channels, transformer width 512, patches of 128x128x128 voxels.</summary>
    public static MmFormerArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network of the same shape that trains on a laptop's CPU in minutes: 4 base channels,
    /// width 64, patches of 32x32x32 voxels.</summary>
    public static MmFormerArchitecture Tiny { get; } = new()
    {
        Name = "tiny",
        BaseChannels = 4,
        TransformerWidth = 64,
        FeedForwardWidth = 128,
        Dropout = 0.0,
        Patch = new(32, 32, 32),
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => MmFormerMethod.MethodName;

    /// <summary>Channels c of the first encoder level; level l has c * 2^(l-1).</summary>
    /// <value>1 to 64; default 8.</value>
    public int BaseChannels { get; init; } = 8;

    /// <summary>Width T of the transformer tokens.</summary>
    /// <value>8 to 4096 and a multiple of <see cref="AttentionHeads"/>; default 512.</value>
    public int TransformerWidth { get; init; } = 512;

    /// <summary>Width of the transformer's feed-forward layer.</summary>
    /// <value>8 to 65536; default 4096.</value>
    public int FeedForwardWidth { get; init; } = 4096;

    /// <summary>Attention heads.</summary>
    /// <value>1 to 64; default 8.</value>
    public int AttentionHeads { get; init; } = 8;

    /// <summary>Dropout in the transformers.</summary>
    /// <value>0 to 0.9; default 0.1.</value>
    public double Dropout { get; init; } = 0.1;

    /// <summary>How fused tokens become a feature map.</summary>
    /// <value>Default <see cref="TokenLayout.Aligned"/>.</value>
    public TokenLayout TokenLayout { get; init; } = TokenLayout.Aligned;

    /// <summary>Padding of 3x3x3 convolutions in encoders and decoders.</summary>
    /// <value>Default <see cref="ConvolutionPadding.Reflect"/>.</value>
    public ConvolutionPadding Padding { get; init; } = ConvolutionPadding.Reflect;

    /// <summary>The bottleneck of the network: the patch divided by 16.</summary>
    internal VolumeShape TokenGrid => new(Patch.X / 16, Patch.Y / 16, Patch.Z / 16);

    internal override WindowAverage Average => WindowAverage.Probabilities;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    internal override string Describe() => $"{Name}, {BaseChannels} base channels, transformer width {TransformerWidth}, window {Patch}";

    internal override IEnumerable<string> Errors()
    {
        if (BaseChannels is < 1 or > 64)
            yield return $"Architecture.BaseChannels is {BaseChannels}; expected 1 to 64.";
        if (AttentionHeads is < 1 or > 64)
            yield return $"Architecture.AttentionHeads is {AttentionHeads}; expected 1 to 64.";
        else if (TransformerWidth is < 8 or > 4096 || TransformerWidth % AttentionHeads != 0)
            yield return $"Architecture.TransformerWidth is {TransformerWidth}; "
                + $"expected 8 to 4096 and a multiple of AttentionHeads ({AttentionHeads}).";
        if (FeedForwardWidth is < 8 or > 65536)
            yield return $"Architecture.FeedForwardWidth is {FeedForwardWidth}; expected 8 to 65536.";
        if (!(Dropout is >= 0 and <= 0.9))
            yield return $"Architecture.Dropout is {Dropout}; expected 0 to 0.9.";
        for (int axis = 0; axis < 3; axis++)
        {
            if (Patch[axis] < 32 || Patch[axis] % 16 != 0 || Patch[axis] > 512)
                yield return $"Architecture.Patch is {Patch}; each side must be a multiple of 16 from 32 to 512, found {Patch[axis]}.";
        }
    }
}
