"""Compares these modules with reference outputs of the published ones: check_parity.py FOLDER (holding sam_tiny.pth, image.npy, ...)."""
import pathlib
import sys

import numpy
import torch

from sam_med3d import TINY, DecoderGraph, EncoderGraph

folder = pathlib.Path(sys.argv[1])
state = torch.load(folder / "sam_tiny.pth")["model_state_dict"]
load = lambda name: torch.from_numpy(numpy.load(folder / f"{name}.npy"))
encoder, decoder = EncoderGraph(TINY), DecoderGraph(TINY)
used = set()
for module in (encoder, decoder):
    own = module.state_dict()
    module.load_state_dict({name: state[name] for name in own})
    used |= set(own)
print("left out of the checkpoint:", sorted(set(state) - used))
with torch.no_grad():
    embedding = encoder(load("image"))
    low, iou = decoder(embedding, load("mask_input"), load("point_coords"), load("point_labels"))
    low2, iou2 = decoder(embedding, load("low_res_logits"), load("point_coords2"), load("point_labels2"))
for name, found, expected in (("embedding", embedding, "image_embedding"), ("logits", low, "low_res_logits"), ("iou", iou, "iou"),
                              ("second click", low2, "low_res_logits2"), ("its iou", iou2, "iou2")):
    print(f"{name}: largest difference {(found - load(expected)).abs().max():.2e}")
