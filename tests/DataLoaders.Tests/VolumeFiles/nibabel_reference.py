"""What nibabel reads from real and reference files: python3 nibabel_reference.py FOLDER > nibabel-reference.json

FOLDER holds real/, real_mini2mm/ and nibabel/. Needs nibabel 5.0 (Debian: python3-nibabel) and numpy. Voxels are hashed
as 64-bit little-endian floats, first axis fastest.
"""
import hashlib
import json
import pathlib
import sys

import nibabel
import numpy

root = pathlib.Path(sys.argv[1])
entries = []
for folder in ("real", "real_mini2mm", "nibabel"):
    for path in sorted((root / folder).rglob("*")):
        if not path.name.endswith((".nii", ".nii.gz", ".hdr")):
            continue
        image = nibabel.load(path)
        entry = {
            "file": str(path.relative_to(root)),
            "shape": list(image.shape),
            "dataType": str(image.get_data_dtype()),
            "affine": numpy.asarray(image.affine, dtype=float)[:3].tolist(),
            "axes": "".join(nibabel.aff2axcodes(image.affine)),
        }
        try:
            voxels = image.get_fdata(dtype=numpy.float64)
            entry["sha256"] = hashlib.sha256(numpy.asarray(voxels, dtype="<f8").tobytes(order="F")).hexdigest()
        except FileNotFoundError:
            entry["sha256"] = None  # the header of a pair whose voxels were not kept
        entries.append(entry)
json.dump(entries, sys.stdout, indent=1)
print()
