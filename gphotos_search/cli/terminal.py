"""What this terminal can do, and text that cannot harm it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

import click

KNOWN_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio", "WarpTerminal")
KNOWN_VARIABLES = ("KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION", "DOMTERM", "GHOSTTY_BIN_DIR")
# All that `hyperlinks` looks at.
VARIABLES = ("FORCE_HYPERLINK", "TERM", "VTE_VERSION", "TERM_PROGRAM", *KNOWN_VARIABLES)
FIRST_VTE = 5000  # 0.50, the first release of GNOME's terminals with hyperlinks that work


@dataclass(frozen=True, slots=True)
class Terminal:
    """Where an answer goes, and what is known of that place; by default this process's streams.

    Both ways of answering print through it, the program itself and the service for a terminal
    elsewhere, so that they print the same bytes.
    """

    out: IO[str] | None = None
    err: IO[str] | None = None
    environ: Mapping[str, str] | None = None
    columns: int = 0  # of a terminal elsewhere

    def say(self, said: str | bytes, *, nl: bool = True) -> None:
        """To stdout; bytes go out as they are."""
        click.echo(said, file=self.out, nl=nl)

    def tell(self, remark: str) -> None:
        """A line to stderr."""
        click.echo(remark, file=self.err, err=self.err is None)

    def width(self) -> int | None:
        """Columns; None where lines may be of any length."""
        if self.out is None:
            return width(sys.stdout)
        return self.columns if self.out.isatty() else None

    def hyperlinks(self) -> bool:
        """Whether links may hide behind names."""
        return hyperlinks(sys.stdout if self.out is None else self.out, self.environ)


HERE = Terminal()


def clean(text: str) -> str:
    """Without what a terminal would obey: a file name may hold escape sequences."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def hyperlinks(stream: IO[str], environ: Mapping[str, str] | None = None) -> bool:
    """Whether `stream` is a terminal known to show OSC 8 hyperlinks. FORCE_HYPERLINK overrides."""
    environ = os.environ if environ is None else environ
    forced = environ.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced != "0"
    if not stream.isatty() or environ.get("TERM", "dumb") == "dumb":
        return False
    vte = environ.get("VTE_VERSION", "")
    return (
        environ.get("TERM_PROGRAM") in KNOWN_PROGRAMS
        or any(environ.get(name) for name in KNOWN_VARIABLES)
        or (vte.isdigit() and int(vte) >= FIRST_VTE)
        or environ.get("TERM", "").startswith(("xterm-kitty", "xterm-ghostty", "alacritty", "foot"))
    )


def has_screen() -> bool:
    """Whether a browser can open a window; without one it would take the terminal over."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def linked(text: str, url: str) -> str:
    """`text` as a hyperlink (OSC 8)."""
    return f"\033]8;;{clean(url)}\033\\{text}\033]8;;\033\\"


def width(stream: IO[str]) -> int | None:
    """Columns of a terminal; None where lines may be of any length."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def cells(text: str) -> int:
    """Columns the text takes: some letters take two, some none."""
    from rich.cells import cell_len

    return cell_len(text)


def fitted(text: str, columns: int) -> str:
    """The text in exactly so many columns, cut with an ellipsis or filled with spaces."""
    from rich.cells import set_cell_size

    if cells(text) > columns:
        return set_cell_size(text, max(columns - 1, 0)) + "…"
    return set_cell_size(text, columns)
