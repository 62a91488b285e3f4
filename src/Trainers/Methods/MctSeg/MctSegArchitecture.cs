using System.Text.Json.Serialization;
using Smml.MLNet.Methods.MctSeg;

namespace Smml.MLNet;

/// <summary>The sizes of an MCTSeg network: an encoder and a transformer with convolutional adapters per modality, cross-modal fusion, a
/// decoder, and for training a teacher that sees all scans.</summary>
/// <remarks>Window: each side a multiple of 16 from 32 to 512; default 128x128x128. The weights depend on it only if positions are
/// learnt. The released code works only with a transformer width of 16 * c * K and four classes; here it is free and serves any number of
/// classes. Source: Kang et al., "Multimodal Feature Distillation with CNN-Transformer Network for Brain Tumor Segmentation with Incomplete
/// Modalities" (arXiv 2404.14019), and its released code.</remarks>
public sealed record MctSegArchitecture : TransformerArchitecture
{
    // Measured with the published widths: training with windows of 96^3, scoring with 128^3.
    private const double Kept = 1260, Passing = 170;

    /// <summary>Makes the published network.</summary>
    public MctSegArchitecture() => Padding = ConvolutionPadding.Zeros;

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

    /// <summary>Channels of the convolutional adapters beside attention and feed-forward layer of each modality.</summary>
    /// <value>1 to 256; default 8.</value>
    public int AdapterWidth { get; init; } = 8;

    /// <summary>Channels of the convolutional adapter that fuses the modalities.</summary>
    /// <value>1 to 256; default 32.</value>
    public int FusionAdapterWidth { get; init; } = 32;

    /// <summary>Whether tokens have positions that are learnt.</summary>
    /// <value>Default false: the released code makes its positions anew as zeros in every pass, so that they are never learnt.</value>
    public bool LearnPositions { get; init; }

    internal override WindowAverage Average => WindowAverage.Probabilities;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    /// <summary>The same sizes with what the released code does otherwise.</summary>
    internal MctSegArchitecture As(Fidelity fidelity) =>
        fidelity == Fidelity.Reference ? this with { TokenLayout = TokenLayout.Reference } : this;

    internal override IEnumerable<string> Errors()
    {
        foreach (string error in base.Errors())
            yield return error;
        if (AdapterWidth is < 1 or > 256)
            yield return $"Architecture.AdapterWidth is {AdapterWidth}; expected 1 to 256.";
        if (FusionAdapterWidth is < 1 or > 256)
            yield return $"Architecture.FusionAdapterWidth is {FusionAdapterWidth}; expected 1 to 256.";
    }
}
