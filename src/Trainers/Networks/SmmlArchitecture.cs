namespace Smml.MLNet;

/// <summary>How the fused tokens become a feature map (algorithms: mmFormer's <c>multimodal_decode_conv</c> input).</summary>
public enum TokenLayout
{
    /// <summary>Default: a voxel's channels are the tokens of the four modalities at that position.</summary>
    Aligned,

    /// <summary>The released networks' row-major reshape, which packs four consecutive tokens of one modality into a voxel; for imported checkpoints.</summary>
    Reference,
}

/// <summary>How 3x3x3 convolutions of encoders and decoders see beyond the border.</summary>
public enum ConvolutionPadding
{
    /// <summary>Mirror without repeating the border voxel (default, PyTorch 1.10 and later).</summary>
    Reflect,

    /// <summary>Zeros, as PyTorch 1.2 did whatever was asked for (checkpoints of that time).</summary>
    Zeros,
}

/// <summary>The sizes of an SMML network: mmFormer branches, two unless said otherwise, with a refinement network each.</summary>
/// <remarks>Source: mmFormer (MICCAI 2022), SMML (AAAI 2025) and their released configurations.</remarks>
public sealed class SmmlArchitecture
{
    /// <summary>Makes the published network.</summary>
    public SmmlArchitecture()
    {
    }

    private SmmlArchitecture(SmmlArchitecture other)
    {
        Name = other.Name;
        BranchCount = other.BranchCount;
        BaseChannels = other.BaseChannels;
        TransformerWidth = other.TransformerWidth;
        FeedForwardWidth = other.FeedForwardWidth;
        AttentionHeads = other.AttentionHeads;
        Dropout = other.Dropout;
        Patch = other.Patch;
        RefinementChannels = other.RefinementChannels;
        TokenLayout = other.TokenLayout;
        Padding = other.Padding;
    }

    /// <summary>The published configuration: 8 base channels, transformer width 512, patches of 128x128x128 voxels; 78.8 million parameters with K = 4.</summary>
    public static SmmlArchitecture Paper { get; } = new() { Name = "paper" };

    /// <summary>A network of the same shape that trains on a laptop's CPU in minutes: 4 base channels, width 64, patches of 32x32x32 voxels.</summary>
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

    /// <summary>A name for logs and the model card.</summary>
    public string Name { get; init; } = "custom";

    /// <summary>How many students: 2 (default) teach each other; 1 is an mmFormer alone, without anything that couples branches (PBC, FRC), as in the upper
    /// rows of the paper's Table 4. Range 1 to 2.</summary>
    public int BranchCount { get; init; } = 2;

    /// <summary>Channels c of the first encoder level; level l has c * 2^(l-1). Range 1 to 64.</summary>
    public int BaseChannels { get; init; } = 8;

    /// <summary>Width T of the transformer tokens; a multiple of <see cref="AttentionHeads"/>. Range 8 to 4096.</summary>
    public int TransformerWidth { get; init; } = 512;

    /// <summary>Width of the transformer's feed-forward layer. Range 8 to 65536.</summary>
    public int FeedForwardWidth { get; init; } = 4096;

    /// <summary>Attention heads. Range 1 to 64.</summary>
    public int AttentionHeads { get; init; } = 8;

    /// <summary>Dropout in the transformers. Range 0 to 0.9.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>The window that the network sees, in voxels: each side a multiple of 16 and at least 32.</summary>
    public VolumeShape Patch { get; init; } = new(128, 128, 128);

    /// <summary>Channels of the first level of the refinement network (the published value is 32). Range 1 to 64.</summary>
    public int RefinementChannels { get; init; } = 32;

    /// <summary>How fused tokens become a feature map.</summary>
    public TokenLayout TokenLayout { get; init; } = TokenLayout.Aligned;

    /// <summary>Padding of 3x3x3 convolutions in encoders and decoders.</summary>
    public ConvolutionPadding Padding { get; init; } = ConvolutionPadding.Reflect;

    /// <summary>The bottleneck of the network: the patch divided by 16.</summary>
    internal VolumeShape TokenGrid => new(Patch.X / 16, Patch.Y / 16, Patch.Z / 16);

    /// <summary>The same network with its tokens laid out otherwise.</summary>
    public SmmlArchitecture WithTokenLayout(TokenLayout layout) => new(this) { TokenLayout = layout };

    /// <summary>The same architecture for another window.</summary>
    public SmmlArchitecture WithPatch(VolumeShape patch) => new(this) { Patch = patch };

    /// <summary>The same architecture with another number of branches.</summary>
    public SmmlArchitecture WithBranches(int count) => new(this) { BranchCount = count };

    /// <summary>Every rule that the sizes break, as sentences; empty when they are sound.</summary>
    internal IEnumerable<string> Errors()
    {
        if (BranchCount is < 1 or > 2)
            yield return $"Architecture.BranchCount is {BranchCount}; expected 1 or 2.";
        if (BaseChannels is < 1 or > 64)
            yield return $"Architecture.BaseChannels is {BaseChannels}; expected 1 to 64.";
        if (AttentionHeads is < 1 or > 64)
            yield return $"Architecture.AttentionHeads is {AttentionHeads}; expected 1 to 64.";
        else if (TransformerWidth is < 8 or > 4096 || TransformerWidth % AttentionHeads != 0)
            yield return $"Architecture.TransformerWidth is {TransformerWidth}; expected 8 to 4096 and a multiple of AttentionHeads ({AttentionHeads}).";
        if (FeedForwardWidth is < 8 or > 65536)
            yield return $"Architecture.FeedForwardWidth is {FeedForwardWidth}; expected 8 to 65536.";
        if (!(Dropout is >= 0 and <= 0.9))
            yield return $"Architecture.Dropout is {Dropout}; expected 0 to 0.9.";
        if (RefinementChannels is < 1 or > 64)
            yield return $"Architecture.RefinementChannels is {RefinementChannels}; expected 1 to 64.";
        for (int axis = 0; axis < 3; axis++)
        {
            if (Patch[axis] < 32 || Patch[axis] % 16 != 0 || Patch[axis] > 512)
                yield return $"Architecture.Patch is {Patch}; each side must be a multiple of 16 from 32 to 512, found {Patch[axis]}.";
        }
    }
}
