using static TorchSharp.torch;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>The order of scans and axes in which the released weights compute: T1, T1ce, T2, Flair, and the last axis of a volume
/// first.</summary>
internal static class ReleasedOrder
{
    private static readonly long[] s_modalities = [(long)Modality.T1, (long)Modality.T1ce, (long)Modality.T2, (long)Modality.Flair];

    /// <summary>Maps of all scans (B, 4, X, Y, Z) to (B, 4, Z, Y, X) in the released order.</summary>
    public static Tensor Enter(Tensor scans) => Axes(Scans(scans, 1)).contiguous();

    /// <summary>Maps (B, M, X, Y, Z) to (B, M, Z, Y, X), or back.</summary>
    public static Tensor Axes(Tensor maps) => maps.permute(0, 1, 4, 3, 2);

    /// <summary>A mask (B, 4) to (B, 4, 1, 1, 1) in the released order.</summary>
    public static Tensor Mask(Tensor mask) => Scans(mask, 1).view(-1, ModalitySet.ModalityCount, 1, 1, 1);

    /// <summary>The scans along one dimension in the released order.</summary>
    public static Tensor Scans(Tensor maps, long dimension)
    {
        using Tensor order = tensor(s_modalities).to(maps.device);
        return maps.index_select(dimension, order);
    }
}
