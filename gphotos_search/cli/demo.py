"""`gphotos-search demo`: the main job without an account, on what ships inside."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from gphotos_search.cli.errors import sentences

LIMITS = """\
These pictures and the small encoder are for demonstration: it knows drawings,
not photographs. Ask it yourself:"""
TRY = '"a dog in the snow"'
GO_ON = """\
Your own photos: gphotos-search import PATH reads a Takeout export or any folder; the
README leads through it. The real model is the default, fetched once, about 600 MB."""


def default_home() -> Path:
    """Where the demo lives unless told otherwise: beside the real data, never in it."""
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(base).expanduser() / "gphotos-search-demo"


@click.command()
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the demo's config and data. [default: ~/.local/share/gphotos-search-demo]",
)
@sentences
def demo(home: Path | None) -> None:
    """Index and search a demo library, served by a local emulator of Google Photos.

    Needs no account and no network. Signs in by the real OAuth path, syncs over real HTTP, embeds
    with the small encoder of the package, and prints the results of five queries.
    """
    from gphotos_search.cli.output import print_hits
    from gphotos_search.cli.progress import shown
    from gphotos_search.demo.run import run
    from gphotos_search.media import Answer

    home = home or default_home()

    def show(answer: Answer) -> None:
        click.echo(f"\n“{answer.query}”")
        print_hits(answer)

    report = run(home, say=lambda line: click.echo(line, err=True), progress=shown, show=show)
    config = home / "config.toml"
    click.echo(f"\n{LIMITS}\n\n  {_program()} --config {config} {TRY}\n\n{GO_ON}")
    raise SystemExit(report.exit_code)


def _program() -> str:
    """How this program is started from here: by its name where that is found."""
    return "gphotos-search" if shutil.which("gphotos-search") else sys.argv[0]
