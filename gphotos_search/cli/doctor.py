"""`doctor`: a line for each thing that must be right, with the remedy where it is not."""

from __future__ import annotations

from collections.abc import Iterator

import click

from gphotos_search.cli import checks
from gphotos_search.cli.checks import Finding
from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.config import Config
from gphotos_search.errors import GphotosError, most_urgent


@click.command()
@pass_settings
def doctor(settings: Settings, /) -> None:
    """Check configuration, sign-in, model, index, service and disk, and say what to do.

    Exits 0 when nothing needs you, else with the most urgent code. Changes nothing.
    """
    codes = []
    for finding in findings(settings):
        mark = "problem" if finding.code else "ok"
        click.echo(f"{mark:<8} {finding.subject}: {finding.told}")
        if finding.remedy:
            click.echo(f"{'':<8} {finding.remedy}")
        codes.append(finding.code)
    raise SystemExit(most_urgent(codes))


def findings(settings: Settings) -> Iterator[Finding]:
    """Every check in turn; what cannot be checked without the one before is left out."""
    try:
        config = settings.config
    except GphotosError as error:
        yield checks.trouble("configuration", error)
        return
    yield Finding("configuration", str(config.file))
    yield from checks.client_file(config)
    yield from checks.accounts(config)
    yield from _library(config)
    yield from checks.service(config)
    yield from checks.disk(config)


def _library(config: Config) -> Iterator[Finding]:
    from gphotos_search.app import App

    try:
        with App(config) as app:
            status = app.status()
            yield Finding("catalogue", f"{status['items']:,} items")
            yield from checks.sources(config, status)
            yield from checks.model(config, app)
            yield from checks.index(config, app, status)
    except GphotosError as error:
        yield checks.trouble("catalogue", error)
