using System.Text.Json.Serialization;
using Smml.MLNet.Methods.MmFormer;

namespace Smml.MLNet;

/// <summary>The sizes of an mmFormer.</summary>
/// <remarks>Window: each side a multiple of 16 from 32 to 512; default 128x128x128, whose position embeddings fix
/// it. Source: Zhang et al., MICCAI 2022.</remarks>
public sealed record MmFormerArchitecture : TransformerArchitecture
{
    // Measured with the published sizes, see docs/benchmarks.md.
    private const double Kept = 1100, Passing = 100;

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

    internal override WindowAverage Average => WindowAverage.Probabilities;

    internal override double TrainingBytesPerVoxel => Kept * BaseChannels;

    internal override double ScoringBytesPerVoxel => Passing * BaseChannels;

    /// <summary>The mmFormer with the sizes of a network that is built of one.</summary>
    internal static MmFormerArchitecture Of(TransformerArchitecture sizes) => new()
    {
        Name = sizes.Name,
        Patch = sizes.Patch,
        BaseChannels = sizes.BaseChannels,
        TransformerWidth = sizes.TransformerWidth,
        FeedForwardWidth = sizes.FeedForwardWidth,
        AttentionHeads = sizes.AttentionHeads,
        Dropout = sizes.Dropout,
        TokenLayout = sizes.TokenLayout,
        Padding = sizes.Padding,
    };
}
