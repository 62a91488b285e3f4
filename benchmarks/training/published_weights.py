"""Random weights of one mmFormer branch under the names of the released checkpoints, for the reference scripts."""
import torch


def convolution(weights, name, inputs, outputs, kernel):
    weights[name + ".weight"] = torch.randn(outputs, inputs, kernel, kernel, kernel) * (2 / (inputs * kernel**3)) ** 0.5
    weights[name + ".bias"] = torch.zeros(outputs)


def transformer(weights, name, width, hidden):
    attention, feed = f"{name}.cross_attention_list.0.fn", f"{name}.cross_ffn_list.0.fn"
    for norm in (attention + ".norm", feed + ".norm"):
        weights[norm + ".weight"], weights[norm + ".bias"] = torch.ones(width), torch.zeros(width)
    for layer, inputs, outputs, bias in ((attention + ".fn.qkv", width, 3 * width, False), (attention + ".fn.proj", width, width, True),
                                         (feed + ".fn.net.0", width, hidden, True), (feed + ".fn.net.3", hidden, width, True)):
        weights[layer + ".weight"] = torch.randn(outputs, inputs) * inputs**-0.5
        if bias:
            weights[layer + ".bias"] = torch.zeros(outputs)


def branch(twin, channels, width, hidden, tokens, classes=4):
    weights = {}
    for modality in twin.MOD:
        for level in range(5):
            c = channels << level
            convolution(weights, f"{modality}_encoder.e{level + 1}_c1" + (".conv" if level else ""), c // 2 if level else 1, c, 3)
            for layer in ("c2", "c3"):
                convolution(weights, f"{modality}_encoder.e{level + 1}_{layer}.conv", c, c, 3)
        convolution(weights, f"{modality}_encode_conv", channels << 4, width, 1)
        weights[f"{modality}_pos"] = torch.zeros(1, tokens, width)
        transformer(weights, f"{modality}_transformer", width, hidden)
    transformer(weights, "multimodal_transformer", width, hidden)
    convolution(weights, "multimodal_decode_conv", 4 * width, 4 * (channels << 4), 1)
    for level in range(1, 6):
        c = channels << (level - 1)
        for layer, (inputs, kernel) in enumerate(((4 * c, 1), (c, 3), (c, 1))):
            convolution(weights, f"decoder_fuse.RFM{level}.fusion_layer.{layer}.conv", inputs, c, kernel)
        if level < 5:
            convolution(weights, f"decoder_fuse.seg_d{level}", 2 * c, classes, 1)
            for decoder in ("decoder_fuse", "decoder_sep"):
                for layer, inputs, kernel in (("c1", 2 * c, 3), ("c2", 2 * c, 3), ("out", c, 1)):
                    convolution(weights, f"{decoder}.d{level}_{layer}.conv", inputs, c, kernel)
    for decoder in ("decoder_fuse", "decoder_sep"):
        convolution(weights, f"{decoder}.seg_layer", channels, classes, 1)
    return {name: weight.requires_grad_() for name, weight in weights.items()}
