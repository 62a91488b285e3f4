#!/usr/bin/env python3
"""Reference numbers for the metric tests, made with NumPy 1.24 and SciPy 1.10: writes metrics_reference.json beside this script.

Regions are made of balls, so that a test can build them again. HD95 is written from MedPy's definition, the lesion-wise metrics from the text of BraTS 2023
(each lesion dilated by itself, its own components searched), with the HD95 of MedPy in place of the one over surface elements.
"""
import json
import os

import numpy as np
from scipy import ndimage

FACES, EDGES, CORNERS = (ndimage.generate_binary_structure(3, n) for n in (1, 2, 3))


def region(shape, balls):
    x, y, z = np.ogrid[:shape[0], :shape[1], :shape[2]]
    mask = np.zeros(shape, bool)
    for cx, cy, cz, radius in balls:
        mask |= (x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 <= radius ** 2
    return mask


def surface(mask):
    return mask & ~ndimage.binary_erosion(mask, FACES)


def hd95(a, b, spacing):
    a, b = surface(a), surface(b)
    to_b, to_a = (ndimage.distance_transform_edt(~one, sampling=spacing) for one in (b, a))
    return float(np.percentile(np.hstack((to_b[a], to_a[b])), 95))


def lesion_wise(predicted, truth, spacing, dilation, volume, missing):
    def dilate(mask):
        return ndimage.binary_dilation(mask, EDGES, iterations=dilation) if dilation else mask

    found, n_found = ndimage.label(predicted, CORNERS)
    merged, n_lesions = ndimage.label(dilate(truth), CORNERS)
    caught, dice, distance = set(), [], []
    for lesion in range(1, n_lesions + 1):
        one = truth & (merged == lesion)
        touching = set(np.unique(found[dilate(one)])) - {0}
        caught |= touching
        if one.sum() * np.prod(spacing) <= volume:
            continue
        match = np.isin(found, list(touching)) if touching else np.zeros_like(truth)
        dice.append(2 * (match & one).sum() / (match.sum() + one.sum()))
        distance.append(hd95(match, one, spacing) if touching else missing)
    false = n_found - len(caught)
    n = len(dice) + false
    return (1.0, 0.0) if n == 0 else (float(sum(dice) / n), float((sum(distance) + false * missing) / n))


def main():
    random = np.random.RandomState(11)
    cases = []
    for index in range(40):
        shape = [int(n) for n in random.randint(14, 34, 3)]
        spacing = [1.0, 1.0, 1.0] if index % 2 else [round(float(s), 2) for s in random.uniform(0.5, 3, 3)]

        def balls(n):
            return [[int(random.randint(0, side)) for side in shape] + [int(random.randint(0, 5))] for _ in range(n)]
        truth = balls(random.randint(1, 7))
        predicted = [[c + int(random.randint(-2, 3)) for c in ball[:3]] + [ball[3]] for ball in truth if random.rand() < 0.7] + balls(random.randint(0, 4))
        p, t = region(shape, predicted), region(shape, truth)
        if not p.any():
            continue
        dilation, volume = (int(random.randint(0, 4)), 20) if index % 4 else (3, 50)
        dice, distance = lesion_wise(p, t, spacing, dilation, volume, 374)
        edt = ndimage.distance_transform_edt(~surface(t), sampling=spacing)
        cases.append({
            "shape": shape, "spacing": spacing, "predicted": predicted, "truth": truth, "dilation": dilation, "volume": volume,
            "hd95": hd95(p, t, spacing), "distanceSum": float(edt.sum()), "distanceMax": float(edt.max()),
            "predictedComponents": ndimage.label(p, CORNERS)[1], "trueComponents": ndimage.label(t, CORNERS)[1],
            "dilatedVoxels": int((ndimage.binary_dilation(t, EDGES, iterations=dilation) if dilation else t).sum()),
            "lesionDice": dice, "lesionHd95": distance,
        })
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "metrics_reference.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
