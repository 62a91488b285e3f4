"""Writes the graph templates that Smml.MLNet links with a user's checkpoint.

  /usr/bin/python3 export_graphs.py --arch full --out ../../src/Transforms/CueGeneration/SamMed3D/Graphs
  /usr/bin/python3 export_graphs.py --arch tiny --out ../../tests/Transforms.Tests/SamMed3D/Graphs

Needs PyTorch 1.13 and onnx 1.12 (Debian: python3-torch python3-onnx). A template has no weights: every initializer that is a
tensor of the published state dict keeps its name, shape and type, is marked as external, and gets place and length when it is
linked. Constant folding is off, so that initializers are the raw tensors of the checkpoint. The files are gzipped without a
time stamp: the same input gives the same bytes.
"""
import argparse
import gzip
import io
import pathlib

import onnx
import torch

from sam_med3d import FULL, TINY, DecoderGraph, EncoderGraph, JointGraph


def export(module, inputs, input_names, output_names, points=False):
    for tensor in module.state_dict().values():
        torch.nn.init.uniform_(tensor, -0.05, 0.05)  # the exporter merges equal tensors, so none may be equal
    stream = io.BytesIO()
    axes = {"point_coords": {1: "points"}, "point_labels": {1: "points"}} if points else None
    with torch.no_grad():
        torch.onnx.export(module.eval(), inputs, stream, opset_version=17, input_names=input_names, output_names=output_names,
                          dynamic_axes=axes, do_constant_folding=False, keep_initializers_as_inputs=False)
    model = onnx.load_from_string(stream.getvalue())
    weights = set(module.state_dict())
    linked = 0
    merged = {name for node in model.graph.node for name in node.input} & weights - {tensor.name for tensor in model.graph.initializer}
    assert not merged, merged
    for tensor in model.graph.initializer:
        if tensor.name in weights:
            tensor.ClearField("raw_data")
            tensor.ClearField("float_data")
            tensor.data_location = onnx.TensorProto.EXTERNAL
            linked += 1
    model.producer_name, model.doc_string = "Smml.MLNet tools/sam_med3d", ""
    for node in model.graph.node:
        node.ClearField("doc_string")
    return model, linked


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--arch", choices=("full", "tiny"), required=True)
    options.add_argument("--out", type=pathlib.Path, required=True)
    options = options.parse_args()
    a = FULL if options.arch == "full" else TINY
    image = torch.zeros(1, 1, a.image, a.image, a.image)
    embedding = torch.zeros(1, a.prompt_width, a.grid, a.grid, a.grid)
    prompt = (torch.zeros(1, 1, 4 * a.grid, 4 * a.grid, 4 * a.grid), torch.zeros(1, 2, 3), torch.ones(1, 2))
    prompt_names = ["mask_input", "point_coords", "point_labels"]
    graphs = {
        "encoder": export(EncoderGraph(a), (image,), ["image"], ["image_embedding"]),
        "decoder": export(DecoderGraph(a), (embedding, *prompt), ["image_embedding", *prompt_names], ["low_res_logits", "iou"], points=True),
        "joint": export(JointGraph(a), (image, *prompt), ["image", *prompt_names], ["logits", "low_res_logits", "iou"], points=True),
    }
    options.out.mkdir(parents=True, exist_ok=True)
    for name, (model, linked) in graphs.items():
        packed = gzip.compress(model.SerializeToString(), 9, mtime=0)
        (options.out / f"{name}.onnx.gz").write_bytes(packed)
        print(f"{name}: {len(model.graph.node)} nodes, {linked} tensors to link, {len(packed)} bytes")


main()
