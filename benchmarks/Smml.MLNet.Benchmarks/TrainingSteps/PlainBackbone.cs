using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Smml.MLNet.Benchmarks.TrainingSteps;

/// <summary>The published mmFormer as its description reads, operation by operation: the rival
/// that our network is measured against.</summary>
/// <remarks>Instance norm, leaky ReLU in place, convolutions with reflecting padding, every encoder runs, the separate decoder runs once a
/// modality, attention as two products and a softmax. Dropout is left out on both sides.</remarks>
/// <param name="weights">Parameters under their checkpoint names.</param>
/// <param name="architecture">Sizes.</param>
internal sealed class PlainBackbone(IReadOnlyDictionary<string, Tensor> weights, SmmlArchitecture architecture)
{
    private static readonly string[] s_modalities = ["flair", "t1ce", "t1", "t2"];

    /// <summary>Scans (B, 4, X, Y, Z) and mask (B, 4) to logits, four separate and four auxiliary
    /// probability maps, and the fused bottleneck.</summary>
    public (Tensor Logits, Tensor[] Separate, Tensor[] Auxiliary, Tensor Fused) Run(Tensor scans, Tensor mask)
    {
        long batch = scans.shape[0], width = architecture.TransformerWidth, x = scans.shape[2] / 16, y = scans.shape[3] / 16,
            z = scans.shape[4] / 16;
        Tensor[][] features = [.. s_modalities.Select((name, m) => Encode(scans.narrow(1, m, 1), $"{name}_encoder"))];
        Tensor[] tokens = [.. s_modalities.Select((name, m) => Transform(
            Convolve(features[m][4], $"{name}_encode_conv").permute(0, 2, 3, 4, 1).contiguous().view(batch, -1, width),
            weights[$"{name}_pos"],
            $"{name}_transformer"))];
        Tensor[] fused = new Tensor[5];
        for (int level = 0; level < 4; level++)
            fused[level] = Mask(stack([.. features.Select(levels => levels[level])], 1), mask);
        Tensor masked = Mask(stack(tokens, 1), mask).view(batch, -1, width);
        Tensor mixed = Transform(masked, cat([.. s_modalities.Select(name => weights[$"{name}_pos"])], 1), "multimodal_transformer");
        fused[4] = Convolve(mixed.view(batch, x, y, z, 4 * width).permute(0, 4, 1, 2, 3).contiguous(), "multimodal_decode_conv");
        (Tensor logits, Tensor[] auxiliary) = DecodeFused(fused);
        return (logits, [.. features.Select(DecodeSeparate)], auxiliary, fused[4]);
    }

    // Zeros with the visible maps written in; modalities and channels become one axis.
    private static Tensor Mask(Tensor maps, Tensor mask)
    {
        Tensor result = zeros_like(maps);
        TensorIndex visible = TensorIndex.Tensor(mask);
        result[visible] = maps[visible];
        return result.flatten(1, 2);
    }

    private static Tensor Enlarge(Tensor input, double factor) =>
        F.interpolate(input, scale_factor: [factor, factor, factor], mode: InterpolationMode.Trilinear, align_corners: true);

    private Tensor Convolve(Tensor input, string name, long stride = 1, bool reflect = true)
    {
        Tensor weight = weights[name + ".weight"], bias = weights[name + ".bias"];
        if (weight.shape[2] == 1)
            return F.conv3d(input, weight, bias, strides: [stride, stride, stride]);
        return reflect
            ? F.conv3d(F.pad(input, [1, 1, 1, 1, 1, 1], PaddingModes.Reflect), weight, bias, strides: [stride, stride, stride])
            : F.conv3d(input, weight, bias, strides: [stride, stride, stride], padding: [1, 1, 1]);
    }

    private Tensor Block(Tensor input, string name, long stride = 1, bool reflect = true) =>
        Convolve(F.leaky_relu(F.instance_norm(input), 0.2, inplace: true), name + ".conv", stride, reflect);

    private Tensor[] Encode(Tensor scan, string name)
    {
        Tensor[] levels = new Tensor[5];
        for (int level = 1; level <= 5; level++)
        {
            Tensor entry = level == 1 ? Convolve(scan, $"{name}.e1_c1") : Block(levels[level - 2], $"{name}.e{level}_c1", 2);
            levels[level - 1] = entry.Plus(Block(Block(entry, $"{name}.e{level}_c2"), $"{name}.e{level}_c3"));
        }

        return levels;
    }

    private Tensor Linear(Tensor input, string name) =>
        F.linear(input, weights[name + ".weight"], weights.GetValueOrDefault(name + ".bias"));

    private Tensor Norm(Tensor input, string name) =>
        F.layer_norm(input, [input.shape[^1]], weights[name + ".weight"], weights[name + ".bias"]);

    private Tensor Transform(Tensor tokens, Tensor positions, string name)
    {
        string attention = $"{name}.cross_attention_list.0.fn", feedForward = $"{name}.cross_ffn_list.0.fn";
        long heads = architecture.AttentionHeads, batch = tokens.shape[0], count = tokens.shape[1], width = tokens.shape[2];
        Tensor x = tokens.Plus(positions);
        Tensor parts = Linear(Norm(x, attention + ".norm"), attention + ".fn.qkv")
            .view(batch, count, 3, heads, width / heads)
            .permute(2, 0, 3, 1, 4);
        Tensor[] rows = [.. Enumerable.Range(0, 3).Select(i => parts.select(0, i).reshape(batch * heads, count, width / heads))];
        Tensor scores = rows[0].bmm(rows[1].transpose(1, 2)).Times(Math.Pow((double)width / heads, -0.5)).softmax(-1);
        Tensor mixed = scores.bmm(rows[2]).view(batch, heads, count, width / heads).transpose(1, 2).reshape(batch, count, width);
        x = x.Plus(Linear(mixed, attention + ".fn.proj"));
        return x.Plus(Linear(F.gelu(Linear(Norm(x, feedForward + ".norm"), feedForward + ".fn.net.0")), feedForward + ".fn.net.3"));
    }

    private Tensor DecodeSeparate(Tensor[] features)
    {
        Tensor current = features[4];
        for (int level = 4; level >= 1; level--)
        {
            Tensor coarse = Block(Enlarge(current, 2), $"decoder_sep.d{level}_c1");
            current = Block(Block(cat([coarse, features[level - 1]], 1), $"decoder_sep.d{level}_c2"), $"decoder_sep.d{level}_out");
        }

        return Convolve(current, "decoder_sep.seg_layer").softmax(1);
    }

    private Tensor Fuse(Tensor input, int level)
    {
        string name = $"decoder_fuse.RFM{level}.fusion_layer";
        return Block(Block(Block(input, name + ".0"), name + ".1", reflect: false), name + ".2");
    }

    private (Tensor Logits, Tensor[] Auxiliary) DecodeFused(Tensor[] features)
    {
        Tensor[] auxiliary = new Tensor[4];
        Tensor current = Fuse(features[4], 5);
        for (int level = 4; level >= 1; level--)
        {
            auxiliary[level - 1] = Enlarge(Convolve(current, $"decoder_fuse.seg_d{level}").softmax(1), 1 << level);
            Tensor coarse = Block(Enlarge(current, 2), $"decoder_fuse.d{level}_c1");
            current = Block(
                Block(cat([Fuse(features[level - 1], level), coarse], 1), $"decoder_fuse.d{level}_c2"), $"decoder_fuse.d{level}_out");
        }

        return (Convolve(current, "decoder_fuse.seg_layer"), auxiliary);
    }
}
