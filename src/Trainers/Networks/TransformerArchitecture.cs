namespace Smml.MLNet;

/// <summary>The sizes that mmFormer shares with the networks that are built of its encoders, transformers and decoders.</summary>
public abstract record TransformerArchitecture : NetworkArchitecture
{
    private protected TransformerArchitecture() => Patch = new(128, 128, 128);

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

    /// <summary>Dropout in the transformers, and in MCTSeg's adapters.</summary>
    /// <value>0 to 0.9; default 0.1.</value>
    public double Dropout { get; init; } = 0.1;

    /// <summary>How fused tokens become a feature map.</summary>
    /// <value>Default <see cref="TokenLayout.Aligned"/>; <see cref="TokenLayout.Reference"/> for released checkpoints.</value>
    public TokenLayout TokenLayout { get; init; } = TokenLayout.Aligned;

    /// <summary>Padding of 3x3x3 convolutions in encoders and decoders.</summary>
    /// <value>Default <see cref="ConvolutionPadding.Reflect"/>, for MCTSeg <see cref="ConvolutionPadding.Zeros"/>, as released.</value>
    public ConvolutionPadding Padding { get; init; } = ConvolutionPadding.Reflect;

    /// <summary>The bottleneck of the network: the patch divided by 16.</summary>
    internal VolumeShape TokenGrid => new(Patch.X / 16, Patch.Y / 16, Patch.Z / 16);

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
            yield return FormattableString.Invariant($"Architecture.Dropout is {Dropout}; expected 0 to 0.9.");
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
