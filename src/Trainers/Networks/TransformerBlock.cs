using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Networks;

/// <summary>One pre-norm transformer layer; used per modality (intra-modal) and over all modalities' tokens (inter-modal).</summary>
internal sealed class TransformerBlock : NamedModule<Tensor, Tensor?, Tensor>
{
    /// <summary>The names of mmFormer's released checkpoints.</summary>
    private static readonly Names s_mmFormer =
        new("cross_attention_list.0.fn.norm", "cross_attention_list.0.fn.fn", "cross_ffn_list.0.fn.norm", "cross_ffn_list.0.fn.fn");

    private readonly LayerNorm _attentionNorm;
    private readonly LayerNorm _feedForwardNorm;
    private readonly Linear _queryKeyValue;
    private readonly Linear _projection;
    private readonly Linear _widen;
    private readonly Linear _narrow;
    private readonly long _heads;
    private readonly double _dropout;
    private readonly nn.Module<Tensor, Tensor>? _besideAttention;
    private readonly nn.Module<Tensor, Tensor>? _besideFeedForward;

    /// <summary>Makes a layer.</summary>
    /// <param name="width">T, a multiple of the heads.</param>
    /// <param name="feedForwardWidth">Width between the two linear layers.</param>
    /// <param name="heads">Attention heads.</param>
    /// <param name="dropout">Share of values that training drops.</param>
    /// <param name="names">What the parts are called in checkpoints; null for mmFormer's names.</param>
    /// <param name="adapters">What sees the same tokens as attention and feed-forward layers and is added to what they yield; null for
    /// nothing.</param>
    public TransformerBlock(int width, int feedForwardWidth, int heads, double dropout, Names? names = null, Adapters? adapters = null)
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

        names ??= s_mmFormer;
        this.RegisterPath(names.AttentionNorm, _attentionNorm);
        this.RegisterPath($"{names.Attention}.qkv", _queryKeyValue);
        this.RegisterPath($"{names.Attention}.proj", _projection);
        this.RegisterPath(names.FeedForwardNorm, _feedForwardNorm);
        this.RegisterPath($"{names.FeedForward}.net.0", _widen);
        this.RegisterPath($"{names.FeedForward}.net.3", _narrow);
        if (adapters is null)
            return;
        (_besideAttention, _besideFeedForward) = (adapters.Attention, adapters.FeedForward);
        this.RegisterPath(adapters.AttentionName, adapters.Attention);
        this.RegisterPath(adapters.FeedForwardName, adapters.FeedForward);
    }

    /// <summary>Tokens (B, N, T) and positions (1, N, T), or none, to tokens (B, N, T).</summary>
    public override Tensor forward(Tensor tokens, Tensor? positions)
    {
        Tensor x = positions is null ? tokens : tokens.Plus(positions);
        Tensor normalized = _attentionNorm.call(x);
        x = x.Plus(Drop(With(_besideAttention, normalized, Drop(_projection.call(Attend(normalized))))));
        normalized = _feedForwardNorm.call(x);
        return x.Plus(With(_besideFeedForward, normalized, Drop(_narrow.call(Drop(F.gelu(_widen.call(normalized)))))));
    }

    /// <summary>Draws what a forward pass would draw for dropout, so that the random stream goes on as after it.</summary>
    /// <param name="batch">B.</param>
    /// <param name="count">N.</param>
    /// <param name="like">A tensor of the type and on the device of the tokens.</param>
    public void SkipDraws(long batch, long count, Tensor like)
    {
        if (!training || _dropout == 0)
            return;
        long width = _projection.weight!.shape[0], wide = _widen.weight!.shape[0];
        foreach (long[] shape in new long[][]
        {
            [batch, _heads, count, count],
            [batch, count, width],
            [batch, count, width],
            [batch, count, wide],
            [batch, count, width],
        })
        {
            using DisposeScope scope = NewDisposeScope();
            _ = Drop(like.new_empty(shape));
        }
    }

    private static Tensor With(nn.Module<Tensor, Tensor>? adapter, Tensor normalized, Tensor own) =>
        adapter is null ? own : own.Plus(adapter.call(normalized));

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

    /// <summary>What the parts are called in checkpoints.</summary>
    /// <param name="AttentionNorm">The norm before attention.</param>
    /// <param name="Attention">The parent of <c>qkv</c> and <c>proj</c>.</param>
    /// <param name="FeedForwardNorm">The norm before the feed-forward layers.</param>
    /// <param name="FeedForward">The parent of <c>net.0</c> and <c>net.3</c>.</param>
    internal sealed record Names(string AttentionNorm, string Attention, string FeedForwardNorm, string FeedForward);

    /// <summary>Modules from normalised tokens (B, N, T) to (B, N, T), beside the two parts of a layer.</summary>
    /// <param name="AttentionName">The name in checkpoints of the first.</param>
    /// <param name="Attention">Beside attention.</param>
    /// <param name="FeedForwardName">The name in checkpoints of the second.</param>
    /// <param name="FeedForward">Beside the feed-forward layers.</param>
    internal sealed record Adapters(
        string AttentionName, nn.Module<Tensor, Tensor> Attention, string FeedForwardName, nn.Module<Tensor, Tensor> FeedForward);
}
