"""`reindex`: the index file, verified against the catalogue."""

from __future__ import annotations

import click

from gphotos_search.cli.context import Settings, pass_settings

WAIT_S = 600.0  # from cron beside a running service: its run is waited for


@click.command()
@click.option("--rebuild", is_flag=True, help="Build it anew even if it is sound.")
@pass_settings
def reindex(settings: Settings, /, rebuild: bool) -> None:
    """Verify the index and bring it up to date, or build it anew from the catalogue.

    Safe from cron beside a running service: it waits for its turn.
    """
    config = settings.config
    from gphotos_search.app import App

    with App(config) as app:
        report = app.reindex(
            rebuild=rebuild, say=lambda line: click.echo(line, err=True), wait_s=WAIT_S
        )
    if report is None:
        click.echo("Nothing is indexed yet. Run: gphotos-search sync", err=True)
    else:
        click.echo(f"{report.count:,} photos are searchable.")
