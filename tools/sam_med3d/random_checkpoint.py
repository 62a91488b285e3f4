"""Writes a checkpoint of the published shapes with random weights, 402 MB, for benchmarks: random_checkpoint.py FILE [tiny]"""
import sys

import torch

from sam_med3d import FULL, TINY, DecoderGraph, EncoderGraph

torch.manual_seed(0)
a = TINY if sys.argv[2:] == ["tiny"] else FULL
state = {**EncoderGraph(a).state_dict(), **DecoderGraph(a).state_dict()}
for name, tensor in state.items():
    if not (name.endswith("weight") and tensor.dim() == 1):  # the scales of norms stay 1
        torch.nn.init.normal_(tensor, std=0.02)
torch.save({"model_state_dict": state}, sys.argv[1])
print(f"{len(state)} tensors, {sum(tensor.numel() for tensor in state.values())} numbers")
