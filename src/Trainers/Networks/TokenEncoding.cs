using static TorchSharp.torch;

namespace Smml.MLNet.Networks;

/// <summary>What each modality yields by itself, maps and tokens: no other modality changes it, so that it serves every mask.</summary>
/// <param name="Levels">Five maps for each modality, (B, c * 2^l, X / 2^l, ...); null if its encoder did not run.</param>
/// <param name="Tokens">(B, N, T) for each modality, after its intra-modal transformer.</param>
/// <param name="Shape">(B, 4, X, Y, Z) of the scans.</param>
/// <param name="Type">The scans' type of numbers.</param>
/// <param name="Device">Where they are.</param>
internal sealed record TokenEncoding(Tensor[]?[] Levels, Tensor?[] Tokens, long[] Shape, ScalarType Type, Device Device)
{
    /// <summary>Every tensor of it.</summary>
    public IEnumerable<Tensor> Tensors => Levels.SelectMany(levels => levels ?? []).Concat(Tokens.OfType<Tensor>());

    /// <summary>The same without the modalities outside a set, as if their encoders had not run.</summary>
    public TokenEncoding Only(ModalitySet seen) => this with
    {
        Levels = [.. Levels.Select((levels, m) => seen.Contains((Modality)m) ? levels : null)],
        Tokens = [.. Tokens.Select((tokens, m) => seen.Contains((Modality)m) ? tokens : null)],
    };

    /// <summary>The masked maps of one level, modality-major: (B, 4 * c * 2^level, X / 2^level, ...). <c>where</c> keeps even NaN of a
    /// masked scan out.</summary>
    /// <param name="mask">(B, 4) of booleans.</param>
    /// <param name="level">From 0.</param>
    /// <param name="channels">c * 2^level.</param>
    public Tensor MaskedLevel(Tensor mask, int level, long channels)
    {
        Tensor[] masked = new Tensor[Levels.Length];
        for (int m = 0; m < masked.Length; m++)
        {
            masked[m] = Levels[m] is { } levels
                ? where(mask.narrow(1, m, 1).view(-1, 1, 1, 1, 1), levels[level], zeros_like(levels[level]))
                : zeros([Shape[0], channels, Shape[2] >> level, Shape[3] >> level, Shape[4] >> level], dtype: Type, device: Device);
        }

        return cat(masked, 1);
    }

    /// <summary>The masked tokens of each modality, (B, N, T).</summary>
    /// <param name="mask">(B, 4) of booleans.</param>
    /// <param name="count">N.</param>
    /// <param name="width">T.</param>
    public Tensor[] MaskedTokens(Tensor mask, long count, long width)
    {
        Tensor[] masked = new Tensor[Tokens.Length];
        for (int m = 0; m < masked.Length; m++)
        {
            masked[m] = Tokens[m] is { } own
                ? where(mask.narrow(1, m, 1).view(-1, 1, 1), own, zeros_like(own))
                : zeros([Shape[0], count, width], dtype: Type, device: Device);
        }

        return masked;
    }
}
