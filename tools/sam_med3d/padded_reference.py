"""The encoder with its windows padded as published, 2744 tokens in place of 512: the reference for the shortcut and for its speed.

  padded_reference.py check                      compares both encoders on the tiny network
  padded_reference.py export CHECKPOINT FILE     writes the padded encoder as one ONNX file, weights included
"""
import sys

import torch
from torch.nn import functional as F

from sam_med3d import FULL, TINY, EncoderAttention, EncoderGraph, relative


class PaddedAttention(EncoderAttention):
    def forward(self, x):
        H, g, L = self.heads, self.grid, self.span
        width = x.shape[-1]
        c = width // H
        x = x.reshape(-1, g, g, g, width)
        x = F.pad(x, (0, 0, 0, L - g, 0, L - g, 0, L - g))
        q, k, v = self.qkv(x).reshape(-1, L ** 3, 3, H, c).permute(2, 0, 3, 1, 4).reshape(3, -1, L ** 3, c)
        logits = (q * c ** -0.5) @ k.transpose(-2, -1)
        grid, row = q.reshape(-1, L, L, L, c), relative(L)
        along_d = torch.einsum("bdhwc,dkc->bdhwk", grid, self.rel_pos_d[row])
        along_h = torch.einsum("bdhwc,hkc->bdhwk", grid, self.rel_pos_h[row])
        along_w = torch.einsum("bdhwc,wkc->bdhwk", grid, self.rel_pos_w[row])
        # One axis is missing in two of the published broadcasts, so these align from the right.
        logits = logits.view(-1, L, L, L, L, L, L) + along_d[:, :, :, :, None, None] + along_h[:, :, :, None, :, None] + along_w[:, :, :, None, None, :]
        out = logits.view(-1, L ** 3, L ** 3).softmax(-1) @ v
        out = out.reshape(-1, H, L, L, L, c).permute(0, 2, 3, 4, 1, 5).reshape(-1, L, L, L, width)
        return self.proj(out)[:, :g, :g, :g].reshape(-1, g ** 3, width)


def padded(a):
    graph = EncoderGraph(a)
    for block in graph.image_encoder.blocks:
        block.attn.__class__ = PaddedAttention
    return graph.eval()


def check():
    torch.manual_seed(0)
    short, long = EncoderGraph(TINY), padded(TINY)
    for tensor in short.state_dict().values():
        torch.nn.init.normal_(tensor, std=0.2)
    long.load_state_dict(short.state_dict())
    image = torch.randn(1, 1, TINY.image, TINY.image, TINY.image)
    with torch.no_grad():
        print(f"largest difference {(short(image) - long(image)).abs().max():.1e} of {long(image).abs().max():.2f}")


def export(checkpoint, path):
    graph = padded(FULL)
    state = torch.load(checkpoint)["model_state_dict"]
    graph.load_state_dict({name: state[name] for name in graph.state_dict()})
    image = torch.zeros(1, 1, FULL.image, FULL.image, FULL.image)
    with torch.no_grad():
        torch.onnx.export(graph, (image,), path, opset_version=17, input_names=["image"], output_names=["image_embedding"])


if sys.argv[1] == "check":
    check()
else:
    export(sys.argv[2], sys.argv[3])
