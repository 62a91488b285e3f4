using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Networks;

/// <summary>One pre-norm transformer layer; used per modality (intra-modal) and over all modalities' tokens (inter-modal).</summary>
internal sealed class TransformerBlock : NamedModule<Tensor, Tensor, Tensor>
{
    private readonly LayerNorm _attentionNorm;
    private readonly LayerNorm _feedForwardNorm;
    private readonly Linear _queryKeyValue;
    private readonly Linear _projection;
    private readonly Linear _widen;
    private readonly Linear _narrow;
    private readonly long _heads;
    private readonly double _dropout;

    /// <summary>Makes a layer.</summary>
    /// <param name="width">T, a multiple of the heads.</param>
    /// <param name="feedForwardWidth">Width between the two linear layers.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="dropout">Share of values that training drops.</param>
    public TransformerBlock(int width, int feedForwardWidth, int heads, double dropout)
        : base(nameof(TransformerBlock))
    {
        _heads = heads;
        _dropout = dropout;
        _attentionNorm = nn.LayerNorm(width);
        _feedForwardNorm = nn.LayerNorm(width);
        _queryKeyValue = nn.Linear(width, 3 * width, hasBias: false);
        _projection = nn.Linear(width, width);
        _widen = nn.Linear(width, feedForwardWidth);
        _narrow = nn.Linear(feedForwardWidth, width);

        // The names of the released checkpoints.
        this.RegisterPath("cross_attention_list.0.fn.norm", _attentionNorm);
        this.RegisterPath("cross_attention_list.0.fn.fn.qkv", _queryKeyValue);
        this.RegisterPath("cross_attention_list.0.fn.fn.proj", _projection);
        this.RegisterPath("cross_ffn_list.0.fn.norm", _feedForwardNorm);
        this.RegisterPath("cross_ffn_list.0.fn.fn.net.0", _widen);
        this.RegisterPath("cross_ffn_list.0.fn.fn.net.3", _narrow);
    }

    /// <summary>Tokens (B, N, T) and positions (1, N, T) to tokens (B, N, T).</summary>
    public override Tensor forward(Tensor tokens, Tensor positions)
    {
        Tensor x = tokens.Plus(positions);
        x = x.Plus(Drop(Drop(_projection.call(Attend(_attentionNorm.call(x))))));
        Tensor hidden = Drop(F.gelu(_widen.call(_feedForwardNorm.call(x))));
        return x.Plus(Drop(_narrow.call(hidden)));
    }

    // (B, N, T) to (B, N, T); scores are scaled by (T / heads)^-0.5.
    private Tensor Attend(Tensor x)
    {
        long batch = x.shape[0], count = x.shape[1], width = x.shape[2];
        Tensor split = _queryKeyValue.call(x).view(batch, count, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4); // (3, B, heads, N, d)
        Tensor mixed = F.scaled_dot_product_attention(
            split.select(0, 0), split.select(0, 1), split.select(0, 2), p: training ? _dropout : 0.0);
        return mixed.transpose(1, 2).reshape(batch, count, width);
    }

    private Tensor Drop(Tensor x) => training && _dropout > 0 ? F.dropout(x, _dropout, training: true) : x;
}
