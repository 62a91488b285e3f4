"""The published way of scoring 15 subsets of the scans in Python (PyTorch), for comparison with `Smml.MLNet.Benchmarks subsets`.

    OMP_WAIT_POLICY=PASSIVE python3 reference_scoring.py TWIN WINDOW SIDE THREADS SUBSETS

TWIN is the path of a module with `forward(scans, mask, weights) -> (logits, separate, auxiliary, fused)` for one branch. Two branches of the paper's widths, sliding window with
half overlap, a full pass a subset, as the released code does; the separate decoder, which scoring does not need, is left out. SUBSETS of the 15 are timed and the time is scaled to 15.
"""
import importlib.util
import itertools
import os
import sys
import time

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "training"))
from published_weights import branch  # noqa: E402

twin_path, window, side, threads, subsets = sys.argv[1], *map(int, sys.argv[2:6])
specification = importlib.util.spec_from_file_location("twin", twin_path)
twin = importlib.util.module_from_spec(specification)
specification.loader.exec_module(twin)
twin.dec_sep = lambda *_: None
torch.set_num_threads(threads)
torch.manual_seed(1)
weights = [branch(twin, 8, 512, 4096, (window // 16) ** 3) for _ in range(2)]
image = torch.randn(1, 4, side, side, side)
masks = [torch.tensor([mask]) for mask in itertools.product([False, True], repeat=4) if any(mask)][:subsets]
starts = [*range(0, side - window, window // 2), side - window]


def score(mask):
    total, visits = torch.zeros(1, 4, side, side, side), torch.zeros(1, 1, side, side, side)
    for x, y, z in itertools.product(starts, repeat=3):
        part = (slice(None), slice(None), slice(x, x + window), slice(y, y + window), slice(z, z + window))
        total[part] += sum(twin.forward(image[part], mask, own)[0] for own in weights) / 2
        visits[part] += 1
    return (total / visits).argmax(1)


with torch.no_grad():
    score(masks[0])
    start, cpu = time.perf_counter(), time.process_time()
    for mask in masks:
        score(mask)
    wall, processor = time.perf_counter() - start, time.process_time() - cpu
scale = 15 / len(masks)
print(f"python {torch.__version__}, window {window}, volume {side}, threads {threads}: 15 subsets processor {processor * scale:.2f} s, wall {wall * scale:.2f} s ({len(masks)} timed)")
