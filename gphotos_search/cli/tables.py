"""Hits for other programs: a JSON object a line, or a table with tabs between its columns."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from gphotos_search.cli.terminal import HERE, Terminal

Hit = Mapping[str, Any]  # as the documented JSON has it
FIELDS = (
    *("rank", "media_id", "source", "source_id", "score", "filename", "mime_type"),
    *("taken_at", "url", "thumbnail", "path", "folded"),
)
ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


def print_json_lines(hits: Sequence[Hit], to: Terminal = HERE) -> None:
    """One hit a line, with the fields that it has in `--json`."""
    for hit in hits:
        to.say(json.dumps(hit))


def print_table(hits: Sequence[Hit], to: Terminal = HERE) -> None:
    """A line of names, then one line a hit; bytes of file names stay as the file system has them.

    The names stand there without any hit too.
    """
    rows = [FIELDS, *(tuple(cell(hit.get(name)) for name in FIELDS) for hit in hits)]
    to.say(b"".join(os.fsencode("\t".join(row)) + b"\n" for row in rows), nl=False)


def cell(value: Any) -> str:
    r"""A value in one cell: nothing for none, `\t`, `\n`, `\r` and `\\` for what would end it, and
    `\xNN` for what a terminal would obey."""
    if value is None:
        return ""
    return "".join(_escaped(letter) for letter in str(value))


def _escaped(letter: str) -> str:
    if letter in ESCAPES:
        return ESCAPES[letter]
    control = letter < " " or "\x7f" <= letter <= "\x9f"
    return f"\\x{ord(letter):02x}" if control else letter
