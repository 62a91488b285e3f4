using static TorchSharp.torch;

namespace Smml.MLNet.Methods.M3ae;

/// <summary>Which tokens of its scans a sample is shown with in pre-training.</summary>
internal static class TokenMask
{
    /// <summary>Draws whole scans that are hidden, then the tokens of the others that are left, each choice equally likely.</summary>
    /// <param name="random">The sample's own stream.</param>
    /// <param name="available">The scans that the sample has.</param>
    /// <param name="perScan">Tokens of a scan.</param>
    /// <param name="options">How much is hidden.</param>
    /// <returns>For each token whether it is seen, scan after scan in the order of <see cref="Modality"/>.</returns>
    public static bool[] Draw(SplitMix64 random, ModalitySet available, int perScan, M3aeTrainerOptions options)
    {
        Modality[] scans = [.. available];
        random.Shuffle(scans.AsSpan());
        int dropped = random.Integer(0, Math.Min(options.MaxDropped, scans.Length - 1));
        int[] tokens = [.. scans[dropped..].SelectMany(scan => Enumerable.Range((int)scan * perScan, perScan))];
        random.Shuffle(tokens.AsSpan());
        bool[] seen = new bool[ModalitySet.ModalityCount * perScan];
        foreach (int token in tokens.Take((int)((1 - options.MaskRatio) * seen.Length)))
            seen[token] = true;
        return seen;
    }

    /// <summary>Tokens (B, 4, z, y, x) to voxels (B, 4, z * side, y * side, x * side).</summary>
    public static Tensor ToVoxels(Tensor tokens, int side)
    {
        long[] shape = tokens.shape;
        return tokens.view(shape[0], shape[1], shape[2], 1, shape[3], 1, shape[4], 1)
            .expand(shape[0], shape[1], shape[2], side, shape[3], side, shape[4], side)
            .reshape(shape[0], shape[1], shape[2] * side, shape[3] * side, shape[4] * side);
    }
}
