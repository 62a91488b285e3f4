using System.Text.Json.Serialization;
using Smml.MLNet.Methods.Smml;

namespace Smml.MLNet;

/// <summary>The sizes of an SMML network: mmFormer students, two unless said otherwise, with a refinement network each.</summary>
/// <remarks>Window: each side a multiple of 16 from 32 to 512; default 128x128x128, whose position embeddings fix it.
/// Source: mmFormer (MICCAI 2022), SMML (AAAI 2025) and their released configurations.</remarks>
public sealed record SmmlArchitecture : TransformerArchitecture
{
    /// <summary>The published configuration: 8 base channels, transformer width 512, patches of 128x128x128 voxels;
    /// 78.8 million parameters with K = 4.</summary>
    public static SmmlArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network of the same shape that trains on a laptop's CPU in minutes: 4 base channels,
    /// width 64, patches of 32x32x32 voxels.</summary>
    public static SmmlArchitecture Tiny { get; } = new()
    {
        Name = "tiny",
        BaseChannels = 4,
        TransformerWidth = 64,
        FeedForwardWidth = 128,
        Dropout = 0.0,
        Patch = new(32, 32, 32),
        RefinementChannels = 8,
    };

    /// <inheritdoc/>
    [JsonIgnore]
    public override MethodName Method => SmmlMethod.MethodName;

    /// <summary>How many students: two teach each other; one is an mmFormer alone, without anything that couples students (PBC, FRC), as in
    /// the upper rows of the paper's Table 4.</summary>
    /// <value>1 or 2; default 2.</value>
    public int BranchCount { get; init; } = 2;

    /// <summary>Channels of the first level of the refinement network.</summary>
    /// <value>1 to 64; default 32 (published).</value>
    public int RefinementChannels { get; init; } = 32;

    /// <summary>A student's backbone.</summary>
    internal MmFormerArchitecture Backbone => MmFormerArchitecture.Of(this);

    /// <inheritdoc/>
    [JsonIgnore]
    public override int NetworkCount => BranchCount;

    internal override double TrainingBytesPerVoxel => Backbone.TrainingBytesPerVoxel;

    internal override double ScoringBytesPerVoxel => Backbone.ScoringBytesPerVoxel;

    internal override string Describe() => $"{base.Describe()}, {BranchCount} branch{(BranchCount == 1 ? "" : "es")}";

    internal override IEnumerable<string> Errors()
    {
        if (BranchCount is < 1 or > 2)
            yield return $"Architecture.BranchCount is {BranchCount}; expected 1 or 2.";
        foreach (string error in base.Errors())
            yield return error;
        if (RefinementChannels is < 1 or > 64)
            yield return $"Architecture.RefinementChannels is {RefinementChannels}; expected 1 to 64.";
    }
}
