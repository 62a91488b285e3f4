using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>Tokens of the bottleneck as feature maps, and back. Token = (x * Y + y) * Z + z.</summary>
internal static class TokenMaps
{
    /// <summary>(B, C, X, Y, Z) to tokens (B, N, C).</summary>
    public static Tensor ToTokens(Tensor map) => map.flatten(2).transpose(1, 2);

    /// <summary>Tokens (B, N, C) to (B, C, X, Y, Z).</summary>
    public static Tensor ToMap(Tensor tokens, VolumeShape grid) =>
        tokens.transpose(1, 2).reshape(tokens.shape[0], tokens.shape[2], grid.X, grid.Y, grid.Z);

    /// <summary>The tokens of the four modalities, one modality after the other, (B, 4N, T), to (B, 4T, X, Y, Z).</summary>
    public static Tensor ToMap(Tensor tokens, VolumeShape grid, TokenLayout layout)
    {
        long batch = tokens.shape[0], width = tokens.shape[2];
        Tensor map = layout == TokenLayout.Aligned
            ? tokens.view(batch, 4, grid.X, grid.Y, grid.Z, width)
                .permute(0, 1, 5, 2, 3, 4)
                .reshape(batch, 4 * width, grid.X, grid.Y, grid.Z)
            : tokens.reshape(batch, grid.X, grid.Y, grid.Z, 4 * width).permute(0, 4, 1, 2, 3);
        return map.contiguous();
    }
}
