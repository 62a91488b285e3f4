namespace Smml.MLNet;

/// <summary>How the fused tokens become a feature map (the input of mmFormer's <c>multimodal_decode_conv</c> and of MCTSeg's
/// <c>cmf.decode_conv</c>).</summary>
public enum TokenLayout
{
    /// <summary>Default: a voxel's channels are the tokens of the four modalities at that position.</summary>
    Aligned,

    /// <summary>The released networks' row-major reshape, which packs four consecutive tokens of one modality
    /// into a voxel; for imported checkpoints.</summary>
    Reference,
}
