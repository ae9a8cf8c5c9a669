"""`sources list`: the places photos come from."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.status import ask_or_look, source_lines


@click.group()
def sources() -> None:
    """The places photos come from."""


@sources.command("list")
@pass_settings
def list_sources(settings: Settings, /) -> None:
    """Every source, configured or kept from before, and how it fares."""
    told = ask_or_look(settings.config)["sources"]
    for source in told:
        for line in source_lines(source, datetime.now(UTC)):
            click.echo(line)
    if not told:
        click.echo("The configuration names no source.", err=True)
