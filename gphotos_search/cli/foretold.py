"""A dry run of archives and folders as a table, and the reasons for what is left out."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.terminal import clean

if TYPE_CHECKING:
    from gphotos_search.sources.base import Foretold

WIDE = 1000  # columns: where no terminal is, nothing is cut or wrapped
NUMBERS = ("Parts", "Known", "Photos", "Videos", "New", "With sidecar", "Without", "Left out")


def print_foretold(source: str, foretold: Sequence[Foretold]) -> None:
    """The table on stdout, with the reasons under it; remarks on stderr."""
    if not foretold:
        click.echo(f"{clean(source)}: nothing is there.")
        return
    from rich.console import Console
    from rich.table import Table

    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if terminal else WIDE
    console = Console(file=sys.stdout, width=width, highlight=False, no_color=not terminal)
    table = Table(box=None, pad_edge=False, header_style="bold" if terminal else "")
    table.add_column(clean(source), overflow="fold")
    for name in NUMBERS:
        table.add_column(name, justify="right", no_wrap=True)
    for one in foretold:
        table.add_row(clean(one.export), *(f"{number:,}" for number in _numbers(one)))
    console.print(table, markup=False)
    for line in _reasons(foretold):
        click.echo(line)


def _numbers(one: Foretold) -> Iterator[int]:
    yield from (one.archives, one.known, one.photos, one.videos, one.new, one.paired)
    yield sum(one.unpaired.values())
    yield sum(one.left_out.values())


def _reasons(foretold: Sequence[Foretold]) -> Iterator[str]:
    for label, kinds in (
        ("without a sidecar", [one.unpaired for one in foretold]),
        ("a sidecar alone", [one.alone for one in foretold]),
        ("left out", [one.left_out for one in foretold]),
    ):
        total: dict[str, int] = {}
        for reasons in kinds:
            for why, number in reasons.items():
                total[why] = total.get(why, 0) + number
        for why, number in sorted(total.items(), key=lambda pair: -pair[1]):
            yield f"  {number:,} {label}: {clean(why)}"
    for one in foretold:
        yield from (f"  {clean(line)}" for line in one.trouble)
