"""One picture as what a terminal draws it from.

Kitty's protocol, Sixel and half-blocks are textual-image's. By itself that asks the terminal when
it is imported and when it draws, and waits a tenth of a second, which a far one misses: the answer
would then be read by the shell as typed. `screen` has asked already, so the library gets a sheet of
our own in the place of the terminal.
"""

from __future__ import annotations

import os
import re
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import TYPE_CHECKING

from gphotos_search.cli.screen import Screen

if TYPE_CHECKING:
    from PIL.Image import Image

SIXELS = re.compile(r"\033P.*?\033\\", re.DOTALL)
CELL_VARIABLES = ("TEXTUAL_CELL_WIDTH", "TEXTUAL_CELL_HEIGHT")  # read where no terminal answers


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture of so many cells. `lines` are its rows as text, styles included, blank where `code`
    draws it: sent with the cursor at the upper left corner, or anywhere before where not `placed`.
    """

    columns: int
    rows: int
    lines: tuple[str, ...]
    code: str = ""
    placed: bool = False


def drawn(image: Image, columns: int, rows: int, screen: Screen) -> Drawn:
    """The whole picture, as large as fits into so many cells."""
    width, height = fitted(image.size, columns, rows, screen.cell)
    if screen.protocol == "iterm2":
        return Drawn(width, height, _blank(width, height), _iterm2(image, width, height), True)
    code, text = _by_library(image, width, height, screen)
    if screen.protocol == "sixel":
        found = SIXELS.search(text)
        return Drawn(width, height, _blank(width, height), found[0] if found else "", True)
    return Drawn(width, height, tuple(text.split("\n")[:height]), code)


def fitted(
    size: tuple[int, int], columns: int, rows: int, cell: tuple[int, int]
) -> tuple[int, int]:
    """Cells that keep the shape of a picture of `size` pixels, inside of `columns` x `rows`."""
    scale = min(columns * cell[0] / size[0], rows * cell[1] / size[1])
    width, height = round(size[0] * scale / cell[0]), round(size[1] * scale / cell[1])
    return min(max(width, 1), columns), min(max(height, 1), rows)


def _blank(columns: int, rows: int) -> tuple[str, ...]:
    return (" " * columns,) * rows


def _iterm2(image: Image, columns: int, rows: int) -> str:
    """https://iterm2.com/documentation-images.html"""
    file = BytesIO()
    image.save(file, "PNG")
    data = b64encode(file.getvalue()).decode("ascii")
    options = f"inline=1;size={file.tell()};width={columns};height={rows};preserveAspectRatio=1"
    return f"\033]1337;File={options}:{data}\a"


def _by_library(image: Image, columns: int, rows: int, screen: Screen) -> tuple[str, str]:
    """What is sent to the terminal beside the text, and the text."""
    from rich.console import Console

    beside, text = StringIO(), StringIO()
    with _instead_of_terminal(beside, screen.cell):
        from textual_image import renderable

        kinds = {
            "kitty": renderable.TGPImage,
            "sixel": renderable.SixelImage,
            "blocks": renderable.HalfcellImage,
        }
        console = Console(
            file=text,
            force_terminal=True,
            no_color=False,
            # Kitty's placeholders say by their colour which picture is meant.
            color_system="truecolor" if screen.protocol == "kitty" else "auto",
            width=columns,
        )
        console.print(kinds[screen.protocol](image, width=columns, height=rows), end="")
    return beside.getvalue(), text.getvalue()


@contextmanager
def _instead_of_terminal(sheet: StringIO, cell: tuple[int, int]) -> Iterator[None]:
    real, before = sys.__stdout__, {name: os.environ.get(name) for name in CELL_VARIABLES}
    os.environ.update(zip(CELL_VARIABLES, map(str, cell), strict=True))
    sys.__stdout__ = sheet  # type: ignore[misc, assignment]
    try:
        yield
    finally:
        sys.__stdout__ = real  # type: ignore[misc]
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
