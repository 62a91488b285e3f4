"""SAM-Med3D (Wang et al. 2023, doi 10.48550/arXiv.2310.15161; architecture vit_b_ori) as modules that export to plain ONNX.

Written for this project from the published description and the shapes of the checkpoint; parameters have the names of the
published state dict. Three things differ from a straightforward vision transformer and are kept or replaced exactly:

* The relative position terms of the published code all vary along the key's last axis, because two of its broadcasts miss
  an axis. The weights were trained with that, so it is part of the model: the logit of query (d,h,w) and key (kd,kh,kw) is
  q.k * scale + Td[d,h,w,kw] + Th[d,h,kd,kw] + Tw[d,h,kh,kw].
* Windowed blocks pad the 8x8x8 grid to 14x14x14 tokens. All padding tokens have the same key and value (the biases), so
  together they act as one more key whose logit is a log-sum-exp; 513 keys give the same result as 2744 (to 7e-6).
* The dense position encoding orders its axes (1, 0, 2), the points (0, 1, 2).

Shapes: B batch, H heads, g tokens along an axis, n = g^3, c channels of a head, L window.
"""
import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Architecture:
    image: int = 128
    patch: int = 16
    width: int = 768
    depth: int = 12
    heads: int = 12
    global_blocks: tuple = (2, 5, 8, 11)
    window: int = 14
    mlp: int = 3072
    prompt_width: int = 384
    mask_width: int = 16
    decoder_mlp: int = 2048
    iou_width: int = 256

    @property
    def grid(self):
        return self.image // self.patch


FULL = Architecture()
TINY = Architecture(image=32, patch=8, width=48, depth=2, heads=4, global_blocks=(1,), window=6, mlp=192,
                    prompt_width=48, decoder_mlp=64, iou_width=32)


class LayerNorm3d(nn.Module):
    """Normalises the channels of (B, C, D, H, W) at each position."""

    def __init__(self, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, x):
        centred = x - x.mean(1, keepdim=True)
        variance = (centred * centred).mean(1, keepdim=True)
        shape = (1, -1, 1, 1, 1)
        return centred / torch.sqrt(variance + 1e-6) * self.weight.view(shape) + self.bias.view(shape)


class Mlp(nn.Module):
    def __init__(self, width, hidden, activation):
        super().__init__()
        self.lin1 = nn.Linear(width, hidden)
        self.lin2 = nn.Linear(hidden, width)
        self.activation = activation

    def forward(self, x):
        return self.lin2(self.activation(self.lin1(x)))


def relative(length):
    """Row of the relative position table for (query, key)."""
    positions = torch.arange(length)
    return positions[:, None] - positions[None, :] + length - 1


def logsum(*terms):
    return torch.logsumexp(torch.stack(terms, -1), -1)


class EncoderAttention(nn.Module):
    def __init__(self, a, window):
        super().__init__()
        channels = a.width // a.heads
        self.heads, self.grid, self.span = a.heads, a.grid, window or a.grid
        self.qkv = nn.Linear(a.width, 3 * a.width)
        self.proj = nn.Linear(a.width, a.width)
        for axis in "dhw":
            setattr(self, f"rel_pos_{axis}", nn.Parameter(torch.zeros(2 * self.span - 1, channels)))

    def forward(self, x):
        H, g, L = self.heads, self.grid, self.span
        n, width = g ** 3, x.shape[-1]
        c = width // H
        scale = c ** -0.5
        q, k, v = self.qkv(x).reshape(-1, n, 3, H, c).permute(2, 0, 3, 1, 4)  # each (B, H, n, c)
        row = relative(L)
        tables = [self.rel_pos_d[row[:g]], self.rel_pos_h[row[:g]], self.rel_pos_w[row]]  # (g, L, c), (g, L, c), (L, L, c)
        grid = q.reshape(-1, H, g, g, g, c)
        bias_q, bias_k, bias_v = self.qkv.bias.reshape(3, H, c)
        lines = grid  # the vectors of a line along w: the real queries, then the padding's, which are the bias
        if L > g:
            padding = bias_q.reshape(1, H, 1, 1, 1, c).expand(grid.shape[0], H, g, g, L - g, c)
            lines = torch.cat((grid, padding), 4)
        Td = torch.matmul(grid.reshape(-1, H, g, g * g, c), tables[0].transpose(1, 2)).reshape(-1, H, g, g, g, L)  # d h w kw
        Th = torch.matmul(lines, tables[1].transpose(1, 2))  # d h kd kw
        Tw = torch.matmul(lines.unsqueeze(-2), tables[2].transpose(1, 2)).squeeze(-2)  # d h kh kw
        logits = torch.matmul(q * scale, k.transpose(-1, -2)).reshape(-1, H, g, g, g, g * g, g)
        shared = (Th[..., :g, :g].unsqueeze(-2) + Tw[..., :g, :g].unsqueeze(-3)).reshape(-1, H, g, g, 1, g * g, g)
        logits = (logits + Td[..., :g].unsqueeze(-2) + shared).reshape(-1, H, n, n)
        if L > g:
            logits = torch.cat((logits, self.padding_logit(q * scale, bias_k, Td, Th, Tw)), -1)
            v = torch.cat((v, bias_v.reshape(1, H, 1, c).expand(v.shape[0], H, 1, c)), 2)
        out = torch.matmul(logits.softmax(-1), v).transpose(1, 2).reshape(-1, n, width)
        return self.proj(out)

    def padding_logit(self, q, bias_k, Td, Th, Tw):
        """The log-sum-exp of the logits of all padding keys: those with kw, kh or kd beyond the grid."""
        H, g = self.heads, self.grid
        Ph, Pp = torch.logsumexp(Th[..., :g, :], -2), torch.logsumexp(Th[..., g:, :], -2)  # over real and padded kd
        Qh, Qp = torch.logsumexp(Tw[..., :g, :], -2), torch.logsumexp(Tw[..., g:, :], -2)  # over real and padded kh
        P, Q = logsum(Ph, Pp), logsum(Qh, Qp)
        inside = logsum(Pp + Q, Ph + Qp)[..., :g]  # kw real: kd or kh padded
        outside = (P + Q)[..., g:]  # kw padded: every kd and kh
        W = torch.cat((inside, outside), -1).unsqueeze(4)
        own = torch.matmul(q, bias_k.unsqueeze(-1)).reshape(-1, H, g ** 3, 1)
        return torch.logsumexp(Td + W, -1).reshape(-1, H, g ** 3, 1) + own


class EncoderBlock(nn.Module):
    def __init__(self, a, index):
        super().__init__()
        self.norm1 = nn.LayerNorm(a.width, eps=1e-6)
        self.attn = EncoderAttention(a, 0 if index in a.global_blocks else a.window)
        self.norm2 = nn.LayerNorm(a.width, eps=1e-6)
        self.mlp = Mlp(a.width, a.mlp, F.gelu)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbedding(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.proj = nn.Conv3d(1, a.width, a.patch, stride=a.patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class ImageEncoder(nn.Module):
    """(B, 1, D, H, W) -> (B, prompt width, g, g, g)."""

    def __init__(self, a):
        super().__init__()
        self.grid = a.grid
        self.patch_embed = PatchEmbedding(a)
        self.pos_embed = nn.Parameter(torch.zeros(1, a.grid, a.grid, a.grid, a.width))
        self.blocks = nn.ModuleList(EncoderBlock(a, index) for index in range(a.depth))
        self.neck = nn.Sequential(
            nn.Conv3d(a.width, a.prompt_width, 1, bias=False), LayerNorm3d(a.prompt_width),
            nn.Conv3d(a.prompt_width, a.prompt_width, 3, padding=1, bias=False), LayerNorm3d(a.prompt_width))

    def forward(self, x):
        x = self.patch_embed(x)
        x = x + self.pos_embed.reshape(1, x.shape[1], x.shape[2])
        for block in self.blocks:
            x = block(x)
        return self.neck(x.transpose(1, 2).reshape(-1, x.shape[2], self.grid, self.grid, self.grid))


class PositionEncoding(nn.Module):
    """Random Fourier features of positions in 0..1, (..., 3) -> (..., 3 * features)."""

    def __init__(self, features):
        super().__init__()
        self.register_buffer("positional_encoding_gaussian_matrix", torch.zeros(3, features))

    def forward(self, position):
        angle = 2 * math.pi * ((2 * position - 1) @ self.positional_encoding_gaussian_matrix)
        return torch.cat((torch.sin(angle), torch.cos(angle), torch.sin(angle)), -1)


class PromptEncoder(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.image, self.grid = a.image, a.grid
        self.pe_layer = PositionEncoding(a.prompt_width // 3)
        self.point_embeddings = nn.ModuleList(nn.Embedding(1, a.prompt_width) for _ in range(2))
        self.not_a_point_embed = nn.Embedding(1, a.prompt_width)
        self.no_mask_embed = nn.Embedding(1, a.prompt_width)  # in the checkpoint, used by no published script
        self.mask_downscaling = nn.Sequential(
            nn.Conv3d(1, a.mask_width // 4, 2, stride=2), LayerNorm3d(a.mask_width // 4), nn.GELU(),
            nn.Conv3d(a.mask_width // 4, a.mask_width, 2, stride=2), LayerNorm3d(a.mask_width), nn.GELU(),
            nn.Conv3d(a.mask_width, a.prompt_width, 1))

    def sparse(self, coordinates, labels):
        """Points (1, N, 3) in voxels with labels (1, N) in {1, 0}; the padding point that is always appended has label -1."""
        position = torch.cat((coordinates + 0.5, torch.zeros_like(coordinates[:, :1])), 1) / self.image
        label = torch.cat((labels, -torch.ones_like(labels[:, :1])), 1).unsqueeze(-1)
        none, negative, positive = ((label == value).to(position.dtype) for value in (-1, 0, 1))
        return (self.pe_layer(position) * (1 - none) + none * self.not_a_point_embed.weight
                + negative * self.point_embeddings[0].weight + positive * self.point_embeddings[1].weight)

    def dense(self):
        """The position of every token, (1, C, g, g, g), axes in the order (1, 0, 2)."""
        axis = (torch.arange(self.grid, dtype=torch.float32) + 0.5) / self.grid
        first, second, third = torch.meshgrid(axis, axis, axis, indexing="ij")
        return self.pe_layer(torch.stack((second, first, third), -1)).permute(3, 0, 1, 2).unsqueeze(0)


class DecoderAttention(nn.Module):
    def __init__(self, width, inner, heads=8):
        super().__init__()
        self.heads = heads
        self.q_proj, self.k_proj, self.v_proj = nn.Linear(width, inner), nn.Linear(width, inner), nn.Linear(width, inner)
        self.out_proj = nn.Linear(inner, width)

    def forward(self, q, k, v):
        q, k, v = (layer(x).reshape(x.shape[0], x.shape[1], self.heads, -1).transpose(1, 2)
                   for layer, x in ((self.q_proj, q), (self.k_proj, k), (self.v_proj, v)))
        weights = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1)
        out = (weights @ v).transpose(1, 2)
        return self.out_proj(out.reshape(out.shape[0], out.shape[1], -1))


class TwoWayBlock(nn.Module):
    def __init__(self, a, is_first):
        super().__init__()
        width = a.prompt_width
        self.is_first = is_first
        self.self_attn = DecoderAttention(width, width)
        self.cross_attn_token_to_image = DecoderAttention(width, width // 2)
        self.cross_attn_image_to_token = DecoderAttention(width, width // 2)
        self.mlp = Mlp(width, a.decoder_mlp, F.relu)
        self.norm1, self.norm2, self.norm3, self.norm4 = (nn.LayerNorm(width) for _ in range(4))

    def forward(self, queries, keys, tokens, position):
        if self.is_first:
            queries = self.self_attn(queries, queries, queries)
        else:
            q = queries + tokens
            queries = queries + self.self_attn(q, q, queries)
        queries = self.norm1(queries)
        queries = self.norm2(queries + self.cross_attn_token_to_image(queries + tokens, keys + position, keys))
        queries = self.norm3(queries + self.mlp(queries))
        keys = self.norm4(keys + self.cross_attn_image_to_token(keys + position, queries + tokens, queries))
        return queries, keys


class TwoWayTransformer(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.layers = nn.ModuleList(TwoWayBlock(a, index == 0) for index in range(2))
        self.final_attn_token_to_image = DecoderAttention(a.prompt_width, a.prompt_width // 2)
        self.norm_final_attn = nn.LayerNorm(a.prompt_width)

    def forward(self, keys, position, tokens):
        queries = tokens
        for layer in self.layers:
            queries, keys = layer(queries, keys, tokens, position)
        queries = queries + self.final_attn_token_to_image(queries + tokens, keys + position, keys)
        return self.norm_final_attn(queries), keys


class Head(nn.Module):
    def __init__(self, width, hidden, out):
        super().__init__()
        self.layers = nn.ModuleList((nn.Linear(width, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, out)))

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = F.relu(layer(x))
        return self.layers[-1](x)


class MaskDecoder(nn.Module):
    def __init__(self, a):
        super().__init__()
        width = a.prompt_width
        self.grid = a.grid
        self.transformer = TwoWayTransformer(a)
        self.iou_token = nn.Embedding(1, width)
        self.mask_tokens = nn.Embedding(4, width)
        self.output_upscaling = nn.Sequential(
            nn.ConvTranspose3d(width, width // 4, 2, stride=2), LayerNorm3d(width // 4), nn.GELU(),
            nn.ConvTranspose3d(width // 4, width // 8, 2, stride=2), nn.GELU())
        self.output_hypernetworks_mlps = nn.ModuleList(Head(width, width, width // 8) for _ in range(4))
        self.iou_prediction_head = Head(width, a.iou_width, 4)

    def forward(self, embedding, position, sparse):
        """The first of the four masks, (1, 1, 4g, 4g, 4g), and its predicted intersection over union, (1, 1)."""
        g, width = self.grid, embedding.shape[1]
        tokens = torch.cat((self.iou_token.weight, self.mask_tokens.weight), 0).unsqueeze(0)
        tokens = torch.cat((tokens.expand(sparse.shape[0], tokens.shape[1], width), sparse), 1)
        queries, keys = self.transformer(embedding.flatten(2).transpose(1, 2), position.flatten(2).transpose(1, 2), tokens)
        features = self.output_upscaling(keys.transpose(1, 2).reshape(-1, width, g, g, g))
        mask = self.output_hypernetworks_mlps[0](queries[:, 1]).unsqueeze(1) @ features.flatten(2)
        return mask.reshape(-1, 1, 4 * g, 4 * g, 4 * g), self.iou_prediction_head(queries[:, 0])[:, :1]


class EncoderGraph(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.image_encoder = ImageEncoder(a)

    def forward(self, image):
        return self.image_encoder(image)


class DecoderGraph(nn.Module):
    def __init__(self, a):
        super().__init__()
        self.prompt_encoder = PromptEncoder(a)
        self.mask_decoder = MaskDecoder(a)

    def forward(self, image_embedding, mask_input, point_coords, point_labels):
        embedding = image_embedding + self.prompt_encoder.mask_downscaling(mask_input)
        return self.mask_decoder(embedding, self.prompt_encoder.dense(), self.prompt_encoder.sparse(point_coords, point_labels))


class JointGraph(nn.Module):
    """Image and prompt to logits on the image's grid, for users who want one stock ApplyOnnxModel."""

    def __init__(self, a):
        super().__init__()
        self.image_encoder = ImageEncoder(a)
        self.prompt_encoder = PromptEncoder(a)
        self.mask_decoder = MaskDecoder(a)
        self.image = a.image

    def forward(self, image, mask_input, point_coords, point_labels):
        embedding = self.image_encoder(image) + self.prompt_encoder.mask_downscaling(mask_input)
        low, iou = self.mask_decoder(embedding, self.prompt_encoder.dense(), self.prompt_encoder.sparse(point_coords, point_labels))
        return F.interpolate(low, size=(self.image,) * 3, mode="trilinear", align_corners=False), low, iou
