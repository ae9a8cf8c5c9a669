"""A link as a QR code, for the telephone that holds the other account."""

from __future__ import annotations

import io
import sys
from typing import TextIO

import click

from gphotos_search.cli.terminal import width

QUIET_ZONE = 2  # modules around the code; readers of screens need no more


def show_qr(link: str) -> None:
    """On stderr where that is a terminal, else on stdout where that is one; else nowhere."""
    for stream in (sys.stderr, sys.stdout):
        if stream.isatty():
            for line in qr_lines(link, stream):
                click.echo(line, file=stream)
            return


def qr_lines(link: str, stream: TextIO) -> list[str]:
    """The code in half blocks; nothing where the terminal is too narrow or lacks the letters."""
    import segno

    code = segno.make(link, micro=False)
    columns = width(stream)
    if columns is not None and code.symbol_size(border=QUIET_ZONE)[0] > columns:
        return []
    drawn = io.StringIO()
    code.terminal(out=drawn, border=QUIET_ZONE, compact=True)
    try:
        drawn.getvalue().encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return []
    return drawn.getvalue().splitlines()
