"""`reindex`: the index verified, another model switched to, the sets of former ones dropped."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.errors import STOPPED
from gphotos_search.cli.progress import shown
from gphotos_search.cli.sync import stoppable
from gphotos_search.errors import UsageError

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.catalog.sets import Lack
    from gphotos_search.switching import Switched

WAIT_S = 600.0  # from cron beside a running service: its run is waited for


@click.command()
@click.option("--rebuild", is_flag=True, help="Build it anew even if it is sound.")
@click.option("--model", metavar="NAME", help="Embed all photos with another model, then use it.")
@click.option("--prune", is_flag=True, help="Drop the vectors of models that are not used now.")
@pass_settings
def reindex(settings: Settings, /, rebuild: bool, model: str | None, prune: bool) -> None:
    """Verify the index and bring it up to date, or build it anew from the catalogue.

    Safe from cron beside a running service: it waits for its turn. With --model, searches are
    answered by the model of now until the other one has every photo.
    """
    if rebuild + (model is not None) + prune > 1:
        raise UsageError("--rebuild, --model and --prune are three tasks; give one at a time.")
    if model is not None:
        _lower(model)
    with settings.library() as app:
        if model is not None:
            raise SystemExit(_switch(app, model))
        if prune:
            _prune(app)
            return
        report = app.reindex(rebuild=rebuild, say=_say, wait_s=WAIT_S)
    if report is None:
        click.echo("Nothing is indexed yet. Run: gphotos-search sync", err=True)
    else:
        click.echo(f"{report.count:,} photos are searchable.")


def _lower(name: str) -> None:
    """Before numpy is imported, whose threads begin with it: they inherit the priority."""
    from gphotos_search.service.priority import lower_this_process

    if not name.strip():
        raise UsageError("--model needs a name.", advice="docs/reference/models.md lists some.")
    lower_this_process()


def _switch(app: App, name: str) -> int:
    with stoppable("batch") as stop, shown() as progress:
        told = app.switch(name, progress=progress, stop=stop)
    for source in told.round.sources:
        if source.error is not None:
            _say(f"{source.name}: {source.error} {source.error.advice}".strip())
    click.echo(_counted(told))
    if told.answers:
        click.echo(f'"{told.name}" answers searches.')
        _how_to_keep(app, told)
    else:
        _why_not_yet(told)
    return STOPPED if told.round.stopped else told.exit_code


def _counted(told: Switched) -> str:
    line = f"{told.round.embedded:,} embedded"
    if told.from_thumbnails:
        line += f" ({told.from_thumbnails:,} of them from their thumbnails)"
    if told.round.failed:
        line += f", {told.round.failed:,} failed (see: gphotos-search status)"
    return f"{line}; {told.round.indexed:,} searchable with it."


def _how_to_keep(app: App, told: Switched) -> None:
    configured = app.config.model.name
    if told.name != configured:
        file = app.config.file or "the configuration"
        _say(f"Syncs use it from now on. To make it permanent, write into {file}, under [model]:")
        _say(f'name = "{told.name}"')
    if told.changed:
        _say(
            "The vectors of the former model are kept. To drop them: gphotos-search reindex --prune"
        )


def _why_not_yet(told: Switched) -> None:
    again = f"gphotos-search reindex --model {shlex.quote(told.name)}"
    if told.round.stopped:
        _say(f"Stopped on the way; nothing is lost. To go on: {again}")
        return
    _say(f'The former model answers until "{told.name}" has every photo that can be had.')
    for lack in told.behind:
        _say(_held_back(lack))
    _say(f"To go on: {again}. The next sync goes on as well.")


def _held_back(lack: Lack) -> str:
    photos = "1 photo is" if lack.photos == 1 else f"{lack.photos:,} photos are"
    line = f'{photos} still missing of "{lack.source}"'
    if lack.paused:
        return f"{line}, which is paused: gphotos-search sources resume {lack.source}"
    return f"{line}; one that fails three times is given up."


def _prune(app: App) -> None:
    pruned = app.prune(say=_say)
    for encoder, count in pruned.dropped:
        click.echo(f"Dropped {encoder}: {count:,} vectors.")
    if pruned.dropped or pruned.bytes_freed:
        click.echo(f"{pruned.bytes_freed / 1e6:,.1f} MB of the disk are free again.")
    else:
        click.echo("There is nothing to drop.")


def _say(line: str) -> None:
    click.echo(line, err=True)
