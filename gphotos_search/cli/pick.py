"""`pick`: choose photos in Google's own picker, in any browser; they are fetched and indexed."""

from __future__ import annotations

import contextlib
import sys
import time
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.errors import STOPPED
from gphotos_search.cli.numbers import Whole
from gphotos_search.cli.progress import shown
from gphotos_search.cli.qr import show_qr
from gphotos_search.cli.sync import stoppable
from gphotos_search.cli.terminal import clean, has_screen
from gphotos_search.errors import GphotosError, Locked, TryLater

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.config import SourceConfig
    from gphotos_search.google.picker import Session
    from gphotos_search.picking import Picking
    from gphotos_search.sync.report import SyncReport

LOCK_WAIT_S = 60.0
LATER = "What is picked there is fetched by the running service, else by the next sync or pick."


class NobodyPicked(TryLater):
    """Google says not to wait any longer."""

    advice = "Run gphotos-search pick again; the next sync looks at the old session a last time."


@click.command()
@click.option("--account", metavar="NAME", help="Which of several signed-in Google accounts.")
@click.option("--max", "most", type=Whole(1, 2000), help="Let so many be picked; a new session.")
@click.option("--detach", is_flag=True, help="Do not wait: the service fetches what is picked.")
@pass_settings
def pick(settings: Settings, /, account: str | None, most: int | None, detach: bool) -> None:
    """Pick photos in Google Photos, and have them fetched and indexed.

    A session that an earlier run left open is gone on with, unless --max asks for a new one.
    """
    from gphotos_search import picking
    from gphotos_search.app import App

    with App(settings.config) as app:
        chosen = picking.source_for(settings.config, app.catalog, account)
        with picking.Picking.opened(settings.config, app.catalog, chosen) as one:
            left = None if most else one.left(_say)
            if left is None or not left.done:
                session = left or one.begin(most or 0)
                _show(session, chosen)
                if detach:
                    one.hand_over(session)
                    _say(LATER)
                    return
                _wait(one, session)
            else:
                _say("The picks of an earlier session are fetched now; to pick more, pick again.")
        _fetch(app, chosen.name)


def _show(session: Session, chosen: SourceConfig) -> None:
    _say(f'Open this in a browser that is signed in to the Google account "{chosen.account}":')
    click.echo(clean(session.uri))  # whole, on a line of its own, whatever the width
    sys.stdout.flush()
    show_qr(session.uri)
    if has_screen():
        _open_browser(session.uri)


def _wait(one: Picking, session: Session) -> None:
    """Until the person is done; whatever ends it before leaves the session to a later run."""
    _say("Waiting until you press Done there. Ctrl-C leaves the session open.")
    try:
        done = one.wait(session, sleep=_sleep)
    except BaseException as error:
        if not isinstance(error, Exception) or isinstance(error, TryLater):
            with contextlib.suppress(GphotosError):
                one.hand_over(session)
            _say(LATER)
        raise
    if not done:
        raise NobodyPicked("Nobody pressed Done in time.")


def _fetch(app: App, name: str) -> None:
    with stoppable() as stop, shown() as progress:
        report = _when_free(lambda: app.sync([name], progress=progress, stop=stop), progress.say)
    _tell(report)
    raise SystemExit(STOPPED if report.stopped else report.exit_code)


def _when_free(sync: Callable[[], SyncReport], say: Callable[[str], None]) -> SyncReport:
    """Another process of ours may be writing: the service, when the picks were there."""
    until = time.monotonic() + LOCK_WAIT_S
    told = False
    while True:
        try:
            return sync()
        except Locked as error:
            if time.monotonic() > until:
                raise Locked(
                    str(error), advice="The picks are kept: the next sync fetches them."
                ) from None
            if not told:
                say(f"{error} Waiting for it …")
            told = True
        time.sleep(1)


def _tell(report: SyncReport) -> None:
    for source in report.sources:
        found = source.listing
        changes = f"{found.added:,} new, {found.updated:,} changed"
        click.echo(f"{source.name}: {found.listed:,} picked, {changes}.")
        if source.error is not None:
            click.echo(f"{source.name}: {source.error}", err=True)
            if source.error.advice:
                click.echo(source.error.advice, err=True)
    failed = f", {report.failed:,} failed (see: gphotos-search status)" if report.failed else ""
    click.echo(f"{report.embedded:,} embedded{failed}; {report.indexed:,} searchable.")
    if report.stopped:
        _say("Stopped on the way; the next pick or sync goes on from here.")


def _say(line: str) -> None:
    click.echo(line, err=True)


_sleep: Callable[[float], object] = time.sleep
_open_browser: Callable[[str], object] = webbrowser.open
