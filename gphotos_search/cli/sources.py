"""`sources list|pause|resume|forget`: the places photos come from."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.status import ask_or_look, source_lines
from gphotos_search.errors import UsageError


@click.group()
def sources() -> None:
    """The places photos come from."""


@sources.command("list")
@pass_settings
def list_sources(settings: Settings, /) -> None:
    """Every source, configured, imported or kept from before, where it looks and how it fares."""
    told = ask_or_look(settings.config)["sources"]
    for source in told:
        for line in source_lines(source, datetime.now(UTC)):
            click.echo(line)
    if not told:
        click.echo("There is no source yet. Begin with: gphotos-search import PATH", err=True)


@sources.command()
@click.argument("name")
@pass_settings
def pause(settings: Settings, /, name: str) -> None:
    """Leave a source out of every sync until it is resumed; its photos stay searchable."""
    from gphotos_search.app import App

    with App(settings.config) as app:
        changed = app.pause(name)
    click.echo(f'"{name}" is paused{"" if changed else " already"}; it stays searchable.')


@sources.command()
@click.argument("name")
@pass_settings
def resume(settings: Settings, /, name: str) -> None:
    """Sync a paused source again, from the next sync on."""
    from gphotos_search.app import App

    with App(settings.config) as app:
        changed = app.pause(name, False)
    click.echo(f'"{name}" {"takes part in the next sync." if changed else "is not paused."}')


@sources.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_settings
def forget(settings: Settings, /, name: str, yes: bool) -> None:
    """Remove a source and its photos from the index. None of your own files is touched."""
    from gphotos_search.app import App

    with App(settings.config) as app:
        count = app.forgettable(name).items
        photos = "1 photo leaves" if count == 1 else f"{count:,} photos leave"
        click.echo(f"{photos} the index; none of your files is touched.", err=True)
        if not yes:
            _ask(name)
        removed = app.forget(name)
    click.echo(f'"{name}" is forgotten; {removed:,} removed from the index.')


def _ask(name: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            "Nothing was removed: nobody can be asked here.",
            advice=f"To forget it without a question: gphotos-search sources forget {name} --yes",
        )
    if not click.confirm(f'Forget "{name}"?', err=True):
        click.echo("Nothing was removed.", err=True)
        raise click.exceptions.Exit(0)
