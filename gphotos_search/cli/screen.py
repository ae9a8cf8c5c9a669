"""How a terminal takes pictures: asked once, politely, and never waited for long.

What is asked: https://invisible-island.net/xterm/ctlseqs/ctlseqs.html (CSI 16 t and CSI c).
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import shutil
import struct
import sys
import termios
import time
import tty
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from gphotos_search.errors import UsageError

Protocol = Literal["kitty", "iterm2", "sixel", "blocks"]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)

VARIABLE = "GPHOTOS_SEARCH_PICTURES"  # names a protocol, where asking finds the wrong one
ANSWER_S = 1.0  # a terminal on another continent answers within this
CELL = (10, 20)  # pixels of a letter where nobody says, as the VT340 had them
# The pixels of a cell, and what the terminal is: the latter is answered by every one, and last.
QUESTION = "\033[16t\033[c"
# Terminals that draw a picture where placeholder letters stand, which is how we use kitty's
# protocol; others that know the protocol lack these, and most of them know Sixel as well.
PLACEHOLDERS = ("xterm-kitty", "xterm-ghostty")
ITERM2 = ("iTerm.app", "WezTerm", "mintty")
SIXEL = "4"  # among the attributes of a terminal


@dataclass(frozen=True, slots=True)
class Screen:
    """What may be drawn, on how much room; `cell` is width and height of a letter in pixels."""

    protocol: Protocol
    columns: int
    rows: int
    cell: tuple[int, int] = CELL


def look(environ: Mapping[str, str] | None = None) -> Screen:
    """The terminal on stdout. Raises UsageError where there is none that can draw."""
    environ = os.environ if environ is None else environ
    if not sys.stdout.isatty() or environ.get("TERM", "") in ("dumb", "unknown", ""):
        raise UsageError(
            "--show draws pictures in a terminal, and here is none that can show any.",
            advice="A page with the pictures: --html FILE",
        )
    forced = environ.get(VARIABLE, "")
    if forced and forced not in PROTOCOLS:
        raise UsageError(f'{VARIABLE}: "{forced}" is none of {", ".join(PROTOCOLS)}.')
    answer = asked()
    wanted = [each for each in PROTOCOLS if each == forced]
    size = shutil.get_terminal_size()
    return Screen(
        wanted[0] if wanted else chosen(answer, environ),
        size.columns,
        size.lines,
        _cell_told(answer) or _cell_known() or CELL,
    )


def chosen(answer: str, environ: Mapping[str, str]) -> Protocol:
    """From what the terminal answered and what it calls itself."""
    kind = environ.get("TERM", "")
    # Inside tmux or screen only what these draw themselves reaches the eye; they say so too.
    if not environ.get("TMUX") and not kind.startswith(("tmux", "screen")):
        if kind.startswith(PLACEHOLDERS) or environ.get("KITTY_WINDOW_ID"):
            return "kitty"
        if environ.get("TERM_PROGRAM") in ITERM2 or environ.get("LC_TERMINAL") == "iTerm2":
            return "iterm2"
    told = re.search(r"\033\[\?([\d;]*)c", answer)
    return "sixel" if told and SIXEL in told[1].split(";") else "blocks"


@cache
def asked() -> str:
    """What the terminal answers to QUESTION; "" from one that does not, or where nobody types.

    Nothing of the answer is shown, or left for the shell to read as typed.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return ""
    try:
        keyboard = sys.stdin.fileno()
        before = termios.tcgetattr(keyboard)
        tty.setcbreak(keyboard, termios.TCSADRAIN)
        try:
            sys.stdout.write(QUESTION)
            sys.stdout.flush()
            return _read(keyboard)
        finally:
            termios.tcsetattr(keyboard, termios.TCSAFLUSH, before)
    except (OSError, ValueError, termios.error):
        return ""


def _read(keyboard: int) -> str:
    answer, until = "", time.monotonic() + ANSWER_S
    while not re.search(r"\033\[\?[\d;]*c", answer):
        left = until - time.monotonic()
        if left <= 0 or not select.select([keyboard], [], [], left)[0]:
            break
        answer += os.read(keyboard, 256).decode("ascii", "replace")
    return answer


def _cell_told(answer: str) -> tuple[int, int] | None:
    told = re.search(r"\033\[6;(\d{1,4});(\d{1,4})t", answer)
    size = (int(told[2]), int(told[1])) if told else (0, 0)
    return size if all(size) else None


def _cell_known() -> tuple[int, int] | None:
    """What the kernel knows of the terminal's size; many terminals tell it letters only."""
    with suppress(OSError, ValueError):
        told = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
        rows, columns, width, height = struct.unpack("HHHH", told)
        if rows and columns and width >= columns and height >= rows:
            return width // columns, height // rows
    return None
