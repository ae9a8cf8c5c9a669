"""Every drawing rendered once, as one array on disk that the composer maps into memory."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import interpolate

from training import artwork

SIDE = 96


@dataclass(frozen=True, slots=True)
class Pool:
    """Premultiplied RGBA drawings, (N, 4, SIDE, SIDE) and the same at half the side, in 0..1 * 255.

    `rows[concept]` lists the rows of a concept's drawings, one a vendor.
    """

    full: torch.Tensor
    half: torch.Tensor
    vendors: list[str]
    concepts: list[artwork.Concept]
    rows: list[list[int]]


def build(modules: Path, folder: Path, vendors: tuple[str, ...]) -> None:
    """Render the vendors' drawings of every concept into `folder` (about 250 MB for six)."""
    wanted = artwork.concepts(modules)
    entries: list[tuple[str, str]] = []
    pictures: list[artwork.Pixels] = []
    for vendor in vendors:
        found = artwork.drawings(modules, vendor)
        for concept in wanted:
            if concept.code in found:
                pictures.append(artwork.render(found[concept.code], SIDE))
                entries.append((vendor, concept.code))
    folder.mkdir(parents=True, exist_ok=True)
    stack = np.stack(pictures)
    alpha = stack[..., 3:].astype(np.uint16)
    stack[..., :3] = (stack[..., :3] * alpha + 127) // 255
    np.save(folder / "drawings.npy", np.ascontiguousarray(stack.transpose(0, 3, 1, 2)))
    (folder / "drawings.json").write_text(json.dumps(entries))


def load(modules: Path, folder: Path, vendors: tuple[str, ...]) -> Pool:
    """The pool in `folder`, limited to `vendors` and to concepts that one of them draws."""
    entries: list[tuple[str, str]] = json.loads((folder / "drawings.json").read_text())
    keep = [row for row, (vendor, _) in enumerate(entries) if vendor in vendors]
    full = torch.from_numpy(np.load(folder / "drawings.npy", mmap_mode="r")[keep])
    half = interpolate(full.float(), scale_factor=0.5, mode="area").to(torch.uint8)
    by_code: dict[str, list[int]] = {}
    for row, old in enumerate(keep):
        by_code.setdefault(entries[old][1], []).append(row)
    known = [concept for concept in artwork.concepts(modules) if concept.code in by_code]
    return Pool(
        full=full,
        half=half,
        vendors=[entries[old][0] for old in keep],
        concepts=known,
        rows=[by_code[concept.code] for concept in known],
    )
