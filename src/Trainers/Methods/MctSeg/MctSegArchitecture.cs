using System.Text.Json.Serialization;
using Smml.MLNet.Methods.MctSeg;

namespace Smml.MLNet;

/// <summary>The sizes of an MCTSeg network: an encoder and a transformer with convolutional adapters per modality, cross-modal fusion, a
/// decoder, and for training a teacher that sees all scans.</summary>
/// <remarks>Window: each side a multiple of 16 from 32 to 512; default 128x128x128. The weights depend on it only if positions are
/// learnt. Source: Kang et al., "Multimodal Feature Distillation with CNN-Transformer Network for Brain Tumor Segmentation with Incomplete
/// Modalities" (arXiv 2404.14019), and its released code.</remarks>
public sealed record MctSegArchitecture : NetworkArchitecture
{
    // Measured with the published widths: training with windows of 96^3, scoring with 128^3.
    private const double Kept = 1260, Passing = 170;

    /// <summary>Makes the published network.</summary>
    public MctSegArchitecture() => Patch = new(128, 128, 128);

    /// <summary>The published configuration: 8 base channels, transformer width 512, patches of 128x128x128 voxels.</summary>
    public static MctSegArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network of the same shape that trains on a laptop's CPU in minutes: 4 base channels,
    /// width 64, patches of 32x32x32 voxels.</summary>
    public static MctSegArchitecture Tiny { get; } = new()
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
    public override MethodName Method => MctSegMethod.MethodName;

    /// <summary>Channels c of the first encoder level; level l has c * 2^(l-1).</summary>
    /// <value>1 to 64; default 8.</value>
    public int BaseChannels { get; init; } = 8;

    /// <summary>Width T of the transformer tokens and of the fused bottleneck.</summary>
    /// <value>8 to 4096 and a multiple of <see cref="AttentionHeads"/>; default 512.</value>
    /// <remarks>The released code works only with T = 16 * c * K and four classes; here T is free and serves any number of
    /// classes.</remarks>
    public int TransformerWidth { get; init; } = 512;

    /// <summary>Width of the transformer's feed-forward layer.</summary>
    /// <value>8 to 65536; default 4096.</value>
    public int FeedForwardWidth { get; init; } = 4096;

    /// <summary>Attention heads.</summary>
    /// <value>1 to 64; default 8.</value>
    public int AttentionHeads { get; init; } = 8;

    /// <summary>Channels of the convolutional adapters beside attention and feed-forward layer of each modality.</summary>
    /// <value>1 to 256; default 8.</value>
    public int AdapterWidth { get; init; } = 8;

    /// <summary>Channels of the convolutional adapter that fuses the modalities.</summary>
    /// <value>1 to 256; default 32.</value>
    public int FusionAdapterWidth { get; init; } = 32;

    /// <summary>Dropout in transformers and adapters.</summary>
    /// <value>0 to 0.9; default 0.1.</value>
    public double Dropout { get; init; } = 0.1;

    /// <summary>How fused tokens become a feature map.</summary>
    /// <value>Default <see cref="TokenLayout.Aligned"/>; <see cref="TokenLayout.Reference"/> for released checkpoints.</value>
    public TokenLayout TokenLayout { get; init; } = TokenLayout.Aligned;

    /// <summary>Whether tokens have positions that are learnt.</summary>
    /// <value>Default false: the released code makes its positions anew as zeros in every pass, so that they are never learnt.</value>
    public bool LearnPositions { get; init; }

    /// <summary>Padding of 3x3x3 convolutions in encoders and decoders.</summary>
    /// <value>Default <see cref="ConvolutionPadding.Zeros"/> (released code).</value>
    public ConvolutionPadding Padding { get; init; } = ConvolutionPadding.Zeros;

    /// <summary>The bottleneck of the network: the patch divided by 16.</summary>
    internal VolumeShape TokenGrid => new(Patch.X / 16, Patch.Y / 16, Patch.Z / 16);

    internal override WindowAverage Average => WindowAverage.Probabilities;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    /// <summary>The same sizes with what the released code does otherwise.</summary>
    internal MctSegArchitecture As(Fidelity fidelity) =>
        fidelity == Fidelity.Reference ? this with { TokenLayout = TokenLayout.Reference } : this;

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
        if (AdapterWidth is < 1 or > 256)
            yield return $"Architecture.AdapterWidth is {AdapterWidth}; expected 1 to 256.";
        if (FusionAdapterWidth is < 1 or > 256)
            yield return $"Architecture.FusionAdapterWidth is {FusionAdapterWidth}; expected 1 to 256.";
        if (!(Dropout is >= 0 and <= 0.9))
            yield return $"Architecture.Dropout is {Dropout}; expected 0 to 0.9.";
        if (!Enum.IsDefined(TokenLayout))
            yield return $"Architecture.TokenLayout is {TokenLayout}; expected {string.Join(" or ", Enum.GetNames<TokenLayout>())}.";
        if (!Enum.IsDefined(Padding))
            yield return $"Architecture.Padding is {Padding}; expected {string.Join(" or ", Enum.GetNames<ConvolutionPadding>())}.";
        for (int axis = 0; axis < 3; axis++)
        {
            if (Patch[axis] is < 32 or > 512 || Patch[axis] % 16 != 0)
                yield return $"Architecture.Patch is {Patch}; each side must be a multiple of 16 from 32 to 512, found {Patch[axis]}.";
        }
    }
}
