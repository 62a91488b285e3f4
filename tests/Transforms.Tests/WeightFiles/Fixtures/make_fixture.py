"""Makes the files of this folder with PyTorch 1.13 (Debian: python3-torch) and NumPy:

    /usr/bin/python3 make_fixture.py

expected.json holds, for each file and tensor, its element type, shape and values.
"""

import argparse
import collections
import io
import json
import os
import pickletools
import struct

import numpy as np
import torch

FOLDER = os.path.dirname(os.path.abspath(__file__))
TYPES = {
    torch.float32: "Float32", torch.float64: "Float64", torch.float16: "Float16", torch.bfloat16: "BFloat16", torch.int64: "Int64",
    torch.int32: "Int32", torch.int16: "Int16", torch.int8: "Int8", torch.uint8: "UInt8", torch.bool: "Bool",
}
expected = {}


def note(name, tensors):
    expected[name] = {
        key: {"type": TYPES[t.dtype], "shape": list(t.shape), "values": [float(v) for v in t.detach().to(torch.float64).flatten()]}
        for key, t in tensors.items()
    }


def save(name, value, tensors, legacy=False, protocol=2):
    torch.save(value, os.path.join(FOLDER, name), pickle_protocol=protocol, _use_new_zipfile_serialization=not legacy)
    note(name, tensors)


def types():
    values = collections.OrderedDict()
    for dtype, name in TYPES.items():
        if dtype == torch.bool:
            values[name] = torch.tensor([[True, False, True], [False, False, True]])
        else:
            low = 0 if dtype == torch.uint8 else -3
            values[name] = (torch.arange(6).reshape(2, 3) * 5 + low).to(dtype)
    values["Float16"][0, 0] = 0.333
    values["BFloat16"][0, 0] = 3.14159
    values["Int64"][0, 0] = -(2**40)
    return values


def views():
    base = torch.arange(48, dtype=torch.float32).reshape(4, 3, 4) / 8
    values = collections.OrderedDict()
    values["whole"] = base
    values["transposed"] = base.transpose(0, 2)
    values["permuted"] = base.permute(1, 2, 0)[:, 1:]
    values["stepped"] = base[::2, :, 1::2]
    values["part"] = base[1]
    values["column"] = base[:, 1, 2]
    values["expanded"] = base[0, :1].expand(5, 4)
    values["overlapping"] = torch.as_strided(base, (4, 3), (1, 2), 5)
    values["scalar"] = torch.tensor(2.5)
    values["empty"] = torch.zeros(0, 3)
    values["parameter"] = torch.nn.Parameter(torch.arange(3.0))
    values["integers"] = torch.arange(12).reshape(3, 4).t()
    return values


def nested():
    torch.manual_seed(1)
    network = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    network(torch.randn(4, 3)).sum().backward()
    optimizer.step()
    weights = network.state_dict()
    parallel = collections.OrderedDict((f"module.{key}", value) for key, value in weights.items())
    parallel._metadata = weights._metadata
    d_style = {"fc": torch.ones(2)}
    value = {
        "epoch": 12,
        "big": 2**70,
        "args": argparse.Namespace(lr=0.1, names=["a", "b"], inner=argparse.Namespace(x=1)),
        "model_state_dict": parallel,
        "best": np.float64(0.5),
        "array": np.arange(4),
        "optimizer": optimizer.state_dict(),
        "scheduler": {"base_lrs": [1e-3], "last_epoch": 3},
        "set": {1, 2, 3},
        "frozen": frozenset([1]),
        "bytes": b"abc",
        "device": torch.device("cpu"),
        "size": torch.Size([2, 3]),
        "dtype": torch.float32,
        "complex": torch.ones(2, dtype=torch.complex64),
        "history": [(1, 0.5), (2, 0.25)],
        "default": collections.defaultdict(list, {"a": [1]}),
        "rng": torch.get_rng_state()[:4].clone(),
        "d_style": d_style,
        "models": [{"w": torch.zeros(1)}, {"w": torch.ones(1)}],
    }
    tensors = {f"model_state_dict/{key}": t for key, t in parallel.items()}
    tensors.update({"d_style/fc": d_style["fc"], "models/0/w": torch.zeros(1), "models/1/w": torch.ones(1)})
    return value, tensors


def of_python_2(source, target):
    """Writes the text of a legacy file as the byte strings that Python 2 wrote."""
    with open(os.path.join(FOLDER, source), "rb") as file:
        data = file.read()
    stream, out = io.BytesIO(data), io.BytesIO()
    for _ in range(5):
        start = stream.tell()
        ops = list(pickletools.genops(stream))
        end = stream.tell()
        places = [start + at - ops[0][2] for _, _, at in ops] + [end]
        for (op, argument, _), begin, stop in zip(ops, places, places[1:]):
            if op.name == "BINUNICODE":
                text = argument.encode()
                out.write(b"U" + struct.pack("B", len(text)) + text)
            else:
                out.write(data[begin:stop])
    out.write(stream.read())
    with open(os.path.join(FOLDER, target), "wb") as file:
        file.write(out.getvalue())
    expected[target] = expected[source]


for legacy in (False, True):
    suffix = "_legacy" if legacy else ""
    save(f"types{suffix}.pth", types(), types(), legacy)
    save(f"views{suffix}.pth", views(), views(), legacy)
    for protocol in (2, 4):
        value, tensors = nested()
        save(f"nested{suffix}_{protocol}.pth", value, tensors, legacy, protocol)
value, tensors = nested()
save("nested_5.pth", value, tensors, protocol=5)
of_python_2("views_legacy.pth", "views_python2.pth")
torch.save(torch.nn.Linear(2, 2), os.path.join(FOLDER, "whole.pth"))
torch.save(torch.ones(2), os.path.join(FOLDER, "tensor.pth"))
torch.jit.save(torch.jit.script(torch.nn.Identity()), os.path.join(FOLDER, "script.pt"))
with open(os.path.join(FOLDER, "expected.json"), "w") as file:
    json.dump(expected, file, indent=None, separators=(",", ":"))
    file.write("\n")
