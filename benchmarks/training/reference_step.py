"""One SMML training step in Python (PyTorch), for comparison with `Smml.MLNet.Benchmarks step`.

    OMP_WAIT_POLICY=PASSIVE python3 reference_step.py TWIN SIZE BATCH THREADS ROUNDS

TWIN is the path of a module with `forward(scans, mask, weights) -> (logits, separate, auxiliary, fused)` for one branch, as a function of a
dictionary of weights under their checkpoint names; SIZE is tiny, paper32 or paper64. Forward, loss, backward and Adam (AMSGrad) of two branches.
"""
import importlib.util
import statistics
import sys
import time

import torch
import torch.nn.functional as F

from published_weights import branch

twin_path, size, batch, threads, rounds = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
specification = importlib.util.spec_from_file_location("twin", twin_path)
twin = importlib.util.module_from_spec(specification)
specification.loader.exec_module(twin)
torch.set_num_threads(threads)
torch.manual_seed(1)
channels, width, hidden, side = {"tiny": (4, 64, 128, 32), "paper32": (8, 512, 4096, 32), "paper64": (8, 512, 4096, 64)}[size]
classes, tokens = 4, (side // 16) ** 3


def segmentation(p, target):
    weight = 1 - target.sum((2, 3, 4)) / target.sum((1, 2, 3, 4))[:, None]
    cross = -(weight[:, :, None, None, None] * target * p.clamp(0.005, 1).log()).sum(1).mean()
    overlap, total = (p * target).sum((0, 2, 3, 4)), p.sum((0, 2, 3, 4)) + target.sum((0, 2, 3, 4)) + 1e-7
    return cross + 1 - (2 * overlap / total).mean()


def relations(features, member):
    prototypes = (torch.einsum("bkn,bdn->bkd", member, features.flatten(2)) / member.sum(2, keepdim=True).clamp_min(1e-6)).flatten(0, 1)
    unit = F.normalize(prototypes, dim=1)
    return unit @ unit.t()


def coupling(outputs, labels):
    logits, fused = [o[0] for o in outputs], [o[3] for o in outputs]
    with torch.no_grad():
        member = F.one_hot(labels[:, ::16, ::16, ::16].flatten(1), classes).transpose(1, 2).float()
        valid = (member.sum(2) > 0).float().flatten()
        entropy = sum(-(z.softmax(1) * z.log_softmax(1)).sum((2, 3, 4)) for z in logits).flatten() / 2 * valid
        weight = entropy / entropy.sum().clamp_min(1e-12)
        error = [-z.log_softmax(1).gather(1, labels[:, None])[:, 0] for z in logits]
        second = (error[0] > error[1]).float()
    terms = []
    for own, other, voxels in ((0, 1, second), (1, 0, 1 - second)):
        student, teacher = (logits[own] / 6).log_softmax(1), (logits[other] / 6).log_softmax(1).detach()
        pixel = ((student.exp() * (student - teacher)).sum(1) * voxels).sum() / voxels.sum().clamp_min(1)
        distance = ((relations(fused[own], member) - relations(fused[other], member).detach()) ** 2 * valid).sum(1) * valid
        terms.append(pixel + (distance * weight).sum())
    return terms


branches = [branch(twin, channels, width, hidden, tokens) for _ in range(2)]
optimizer = torch.optim.Adam([w for weights in branches for w in weights.values()], lr=2e-4, weight_decay=1e-4, amsgrad=True)
scans, labels = torch.randn(batch, 4, side, side, side), torch.randint(0, classes, (batch, side, side, side))
masks = [torch.tensor([[True, False, True, False], [True] * 4] * batch)[:batch], torch.tensor([[False, True, True, True], [False, False, False, True]] * batch)[:batch]]
times, work = [], []
for step in range(rounds + 1):
    start, cpu = time.perf_counter(), time.process_time()
    optimizer.zero_grad()
    target = F.one_hot(labels, classes).permute(0, 4, 1, 2, 3).float()
    outputs = [twin.forward(scans, mask, weights) for mask, weights in zip(masks, branches)]
    totals = [pair + sum(segmentation(p, target) for p in (o[0].softmax(1), *o[1], *o[2])) for pair, o in zip(coupling(outputs, labels), outputs)]
    del outputs
    for total in totals:
        total.backward()
    optimizer.step()
    if step:
        times.append(time.perf_counter() - start)
        work.append(time.process_time() - cpu)
print(f"python {torch.__version__} {size} batch {batch} threads {threads}: wall {statistics.median(times) * 1e3:.0f} ms, processor {statistics.median(work) * 1e3:.0f} ms")
print(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).strip())
