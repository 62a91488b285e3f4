"""Makes the small reference set of the tests: make_fixture.py ../../tests/Transforms.Tests/fixtures/sam

The modules here are checked against the published ones by check_parity.py. Weights are random multiples of 1/256, so that the
checkpoint compresses well. e2e_*: a synthetic case of 1 mm, index axes to the left, posterior and superior: resample to 1.5 mm,
turn to R, A, S, cube of 32 voxels around the label, z-score over voxels above 0, one click in the middle, logits enlarged and
brought back to the case by trilinear interpolation, probability.
"""
import gzip
import json
import pathlib
import sys

import numpy
import torch

from sam_med3d import TINY, DecoderGraph, EncoderGraph

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
random = numpy.random.RandomState(20)
SPACING, SIDE = 1.5, TINY.image


def save(name, array):
    numpy.save(folder / f"{name}.npy", numpy.ascontiguousarray(array))


def taps(position, size):
    clamped = numpy.clip(position, 0, size - 1)
    low = numpy.floor(clamped).astype(int)
    return low, numpy.minimum(low + 1, size - 1), clamped - low, (position >= -0.5) & (position < size - 0.5 + 1e-9)


def trilinear(values, positions):
    inside = numpy.ones((1, 1, 1))
    for axis, position in enumerate(positions):
        shape = [-1 if other == axis else 1 for other in range(3)]
        low, high, weight, within = taps(position, values.shape[axis])
        weight = weight.reshape(shape)
        values = numpy.take(values, low, axis) * (1 - weight) + numpy.take(values, high, axis) * weight
        inside = inside * within.reshape(shape)
    return values, inside


encoder, decoder = EncoderGraph(TINY), DecoderGraph(TINY)
state = {}
for module in (encoder, decoder):
    for name, tensor in module.state_dict().items():
        scale = 256 if tensor.dim() > 1 else 64
        values = random.randint(-32, 33, tuple(tensor.shape)) / scale
        if name.endswith("weight") and tensor.dim() == 1:
            values = values / 4 + 1
        tensor.copy_(torch.from_numpy(values))
        state[name] = tensor.clone()
path = folder / "sam_tiny.pth"
torch.save({"model_state_dict": state}, path)
(folder / "sam_tiny.pth.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
path.unlink()

with torch.no_grad():
    image = torch.from_numpy(random.randint(-64, 65, (1, 1, SIDE, SIDE, SIDE)) / 32).float()
    first, second = torch.tensor([[[16.0, 12.0, 20.0]]]), torch.tensor([[[5.0, 30.0, 9.0]]])
    embedding = encoder(image)
    zeros = torch.zeros(1, 1, 16, 16, 16)
    low, iou = decoder(embedding, zeros, first, torch.ones(1, 1))
    low2, iou2 = decoder(embedding, low, second, torch.zeros(1, 1))
    for name, value in (("image", image.to(torch.float32)), ("image_embedding", embedding), ("low_res_logits", low), ("iou", iou), ("low_res_logits2", low2),
                        ("iou2", iou2), ("point_coords", first), ("point_labels", torch.ones(1, 1)), ("point_coords2", second), ("point_labels2", torch.zeros(1, 1))):
        save(name, value.numpy())

    shape = (26, 30, 22)
    centre = numpy.array([11, 17, 9])
    grid = numpy.stack(numpy.meshgrid(*(numpy.arange(size) for size in shape), indexing="ij"), -1)
    distance = (((grid - centre) / numpy.array([8, 10, 7])) ** 2).sum(-1)
    volume = numpy.where(distance < 1, 200 + random.randint(0, 200, shape), 0).astype(numpy.float32)
    label = (distance < 0.25).astype(numpy.uint8)
    sizes = [int(numpy.ceil(size / SPACING)) for size in shape]
    positions = [SPACING * numpy.arange(size) + (SPACING - 1) / 2 for size in sizes]
    resampled, inside = trilinear(volume.astype(float), positions)
    nearest = label[numpy.ix_(*(numpy.clip(numpy.floor(position + 0.5).astype(int), 0, size - 1) for position, size in zip(positions, shape)))]
    turned, mask = (resampled * inside)[::-1, ::-1], nearest[::-1, ::-1]
    where = numpy.argwhere(mask)
    middle = (where.min(0) + where.max(0) + 1) / 2
    middle = [value - 0.5 if (SIDE % 2 == 0) != float(value).is_integer() else value for value in middle]
    begin = [int(value - SIDE / 2) for value in middle]
    roi = numpy.zeros((SIDE,) * 3)
    source = [slice(max(0, b), min(size, b + SIDE)) for b, size in zip(begin, turned.shape)]
    roi[tuple(slice(s.start - b, s.stop - b) for s, b in zip(source, begin))] = turned[tuple(source)]
    tissue = roi[roi > 0]
    roi = (roi - tissue.mean()) / tissue.std(ddof=1)
    low, iou = decoder(encoder(torch.from_numpy(roi).float()[None, None]), zeros, torch.full((1, 1, 3), 16.0), torch.ones(1, 1))
    cube = torch.nn.functional.interpolate(low.double(), size=(SIDE,) * 3, mode="trilinear", align_corners=False)[0, 0].numpy()
    back = []
    for axis, size in enumerate(shape):
        position = (numpy.arange(size) - (SPACING - 1) / 2) / SPACING
        back.append((sizes[axis] - 1 - position if axis < 2 else position) - begin[axis])
    logits, inside = trilinear(cube, back)
    probability = inside / (1 + numpy.exp(-logits))
    affine = numpy.diag([-1.0, -1.0, 1.0, 1.0])
    affine[1, 3] = shape[1] - 1
    for name, value in (("e2e_volume", volume), ("e2e_label", label), ("e2e_affine", affine), ("e2e_roi", roi.astype(numpy.float32)),
                        ("e2e_low", low.numpy()), ("e2e_prob", probability.astype(numpy.float32))):
        save(name, value)
    (folder / "e2e.json").write_text(json.dumps({"spacing": SPACING, "roi": SIDE, "begin": begin, "point": [16, 16, 16], "iou": float(iou)}) + "\n")
