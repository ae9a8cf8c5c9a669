"""`doctor`: a line for each thing that must be right, with the remedy where it is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict

import click

from gphotos_search.cli import checks
from gphotos_search.cli.checks import Finding
from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError, most_urgent


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@pass_settings
def doctor(settings: Settings, /, as_json: bool) -> None:
    """Check configuration, sign-in, Google's APIs, model, index, service and disk.

    Says what to do. Exits 0 when nothing needs you, else with the most urgent code. Asks each of
    Google's APIs in use one small question; changes nothing.
    """
    found = []
    for finding in findings(settings):
        found.append(finding)
        if not as_json:
            _tell(finding)
    if as_json:
        click.echo(json.dumps({"checks": [asdict(finding) for finding in found]}, indent=2))
    raise SystemExit(most_urgent(finding.code for finding in found))


def _tell(finding: Finding) -> None:
    mark = "problem" if finding.code else "ok"
    click.echo(f"{mark:<8} {finding.subject}: {finding.told}")
    if finding.remedy:
        click.echo(f"{'':<8} {finding.remedy}")


def findings(settings: Settings) -> Iterator[Finding]:
    """Every check in turn; what cannot be checked without the one before is left out."""
    from gphotos_search.cli import google_checks
    from gphotos_search.cli.accounts import all_sources

    try:
        config = settings.config
    except GphotosError as error:
        yield checks.trouble("configuration", error)
        return
    yield Finding("configuration", str(config.file or "no file; the defaults hold"))
    try:
        sources = all_sources(config)
    except GphotosError:  # told below, where the catalogue is looked at
        sources = config.sources
    yield from checks.client_file(config, sources)
    yield from google_checks.accounts(config, sources)
    yield from _library(config, sources)
    yield from checks.service(config)
    yield from checks.disk(config)


def _library(config: Config, sources: Sequence[SourceConfig]) -> Iterator[Finding]:
    from gphotos_search.app import App
    from gphotos_search.cli import google_checks

    try:
        with App(config) as app:
            yield from google_checks.apis(config, app, sources)
            yield from google_checks.permissions(config, sources)
            yield from google_checks.quota(config, app, sources)
            status = app.status()
            yield Finding("catalogue", f"{status['items']:,} items")
            yield from checks.sources(status)
            yield from checks.model(config, app)
            yield from checks.index(config, app, status)
    except GphotosError as error:
        yield checks.trouble("catalogue", error)
