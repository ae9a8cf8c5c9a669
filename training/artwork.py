"""Open emoji artwork: which concepts there are, which vendor drew them, and their pictures.

The drawings come from the @iconify-json packages of npm and the names from emojibase-data (the
CLDR annotations), at the versions that package.json pins. A concept is one emoji, known by its
hex code; a vendor's drawing of it is found by that code or, where a package lists names only, by
the name.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

TRAINING_VENDORS = ("noto", "noto-v1", "fluent-emoji", "fluent-emoji-flat", "emojione", "fxemoji")
# Seen by no training run: the vendor of the evaluation and of the demo library, and a harder one
# whose licence (CC BY-SA) keeps it out of everything that is shipped.
UNSEEN_VENDORS = ("twemoji", "openmoji")

Pixels = npt.NDArray[np.uint8]

_GROUPS = ("faces", "people", "", "nature", "food", "places", "activities", "objects", "symbols")
_CLOCK_FACES = range(0x1F550, 0x1F568)
_COUNTRY_FLAGS = 9
_HAIR = ("1f9b0", "1f9b1", "1f9b2", "1f9b3")


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that can be drawn: its code, its CLDR name, its CLDR keywords, its group."""

    code: str
    name: str
    keywords: tuple[str, ...]
    group: str


def concepts(modules: Path) -> list[Concept]:
    """Every concept in the order of the emoji keyboard.

    Left out: skin tones, hair and gender variants of the same picture, flags of countries, and
    the 24 clock faces, which nobody tells apart at the size of a thumbnail.
    """
    rows: list[dict[str, Any]] = _read(modules / "emojibase-data" / "en" / "data.json")
    codes = {_code(row["hexcode"]) for row in rows}
    rows = [row for row in rows if _is_concept(row, codes)]
    rows.sort(key=lambda row: int(row["order"]))
    return [
        Concept(
            code=_code(row["hexcode"]),
            name=_plain(row["label"]),
            keywords=tuple(dict.fromkeys(_plain(tag) for tag in row.get("tags", ()))),
            group=_GROUPS[row["group"]] if row["group"] < _COUNTRY_FLAGS else "flags",
        )
        for row in rows
    ]


def drawings(modules: Path, vendor: str) -> dict[str, str]:
    """A vendor's SVG documents by the code of the concept."""
    folder = modules / "@iconify-json" / vendor
    icons: dict[str, Any] = _read(folder / "icons.json")
    chars: dict[str, str] = _read(folder / "chars.json") if (folder / "chars.json").exists() else {}
    by_code = {_code(code): name for code, name in chars.items()}
    by_name = {_squeezed(name): name for name in icons["icons"]}
    by_name |= {
        _squeezed(alias): entry["parent"]
        for alias, entry in icons.get("aliases", {}).items()
        if set(entry) == {"parent"}
    }
    found: dict[str, str] = {}
    for code, names in _names(modules).items():
        name = by_code.get(code) or next((by_name[n] for n in names if n in by_name), None)
        if name is not None and name in icons["icons"]:
            found[code] = _document(icons, name)
    return found


def render(svg: str, size: int) -> Pixels:
    """The drawing as (size, size, 4) RGBA, not premultiplied."""
    import resvg_py  # of the training extra; the split files are read without it

    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=size, height=size))
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("RGBA"), dtype=np.uint8)


def _document(icons: dict[str, Any], name: str) -> str:
    icon = icons["icons"][name]
    width = icon.get("width", icons.get("width", 16))
    height = icon.get("height", icons.get("height", 16))
    side = max(width, height)
    left = icon.get("left", 0) - (side - width) / 2
    top = icon.get("top", 0) - (side - height) / 2
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{left} {top} {side} {side}">{icon["body"]}</svg>'
    )


@cache
def _names(modules: Path) -> dict[str, list[str]]:
    """Every name a package may use for a concept, the CLDR name first."""
    wanted = concepts(modules)
    names = {concept.code: [_squeezed(concept.name)] for concept in wanted}
    for code, name in _read(modules / "@iconify-json" / "noto" / "chars.json").items():
        names.get(_code(code), []).append(_squeezed(name))
    for book in ("cldr", "github", "joypixels", "emojibase", "iamcal", "emojibase-legacy"):
        path = modules / "emojibase-data" / "en" / "shortcodes" / f"{book}.json"
        for code, short in (_read(path) if path.exists() else {}).items():
            shorts = [short] if isinstance(short, str) else short
            names.get(_code(code), []).extend(_squeezed(each) for each in shorts)
    # A name that two concepts go by names neither.
    first: dict[str, str] = {_squeezed(concept.name): concept.code for concept in wanted}
    for code, listed in names.items():
        for name in listed:
            first.setdefault(name, code)
    return {
        code: [name for name in dict.fromkeys(listed) if first[name] == code]
        for code, listed in names.items()
    }


def _is_concept(row: dict[str, Any], codes: set[str]) -> bool:
    if row.get("group") is None or row["group"] == 2 or "order" not in row:
        return False
    code = _code(row["hexcode"])
    parts = code.split("-")
    if row["group"] == _COUNTRY_FLAGS and (code.startswith("1f1") or code.startswith("1f3f4-e")):
        return False
    if int(parts[0], 16) in _CLOCK_FACES or any(part in _HAIR for part in parts):
        return False
    if len(parts) > 1 and parts[-1] in ("2640", "2642"):
        return "-".join(parts[:-2]) not in codes
    # The picture without a stated gender stands for those of a woman or a man who does something.
    return len(parts) == 1 or parts[0] not in ("1f468", "1f469")


def _code(hexcode: str) -> str:
    return "-".join(part for part in hexcode.lower().split("-") if part != "fe0f")


def _plain(text: str) -> str:
    words = text.lower().replace("’", "'").replace("“", "").replace("”", "").replace(":", " ")
    return re.sub(r"\s+", " ", words).strip()


def _squeezed(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
