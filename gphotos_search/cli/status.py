"""`status`: counts, sources and failures; from the running service where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.exports import export_lines, place_lines
from gphotos_search.cli.output import print_json
from gphotos_search.cli.terminal import clean
from gphotos_search.config import Config
from gphotos_search.config.values import in_words
from gphotos_search.media import FEATURES
from gphotos_search.search.query import zone_of

if TYPE_CHECKING:
    from gphotos_search.catalog.failures import Failure

FAILURES_SHOWN = 10
ARCHIVES_SHOWN = 10
SESSIONS = {
    "waiting": "nobody pressed Done yet",
    "picked": "the next sync fetches what was picked",
    "listed": "some of its pictures are still to come",
}
ARCHIVES = {
    "seen": "perhaps still being delivered; looked at again",
    "ready": "not fetched yet",
    "fetched": "fetched; some of its photos are still to be indexed",
    "failed": "not to be had",
}
TOLD = (
    *("items", "embedded", "indexed", "pending", "failed", "encoder", "precision", "models"),
    *("sources", "index"),
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@pass_settings
def status(settings: Settings, /, as_json: bool) -> None:
    """What is indexed, how each source fares, and what failed."""
    config = settings.config
    told = ask_or_look(config)
    if as_json:
        print_json({name: told[name] for name in TOLD if name in told})
        return
    failures = _failures(config) if told["failed"] else []
    for line in lines(told, failures, config, datetime.now(UTC)):
        click.echo(line)


def ask_or_look(config: Config) -> dict[str, Any]:
    """The contract of `status --json`; with `service` too where one answered."""
    from gphotos_search.service.client import ask

    told = ask(config, "/v1/status")
    if told is not None:
        return told
    from gphotos_search.app import App

    with App(config) as app:
        return app.status()


def _failures(config: Config) -> list[Failure]:
    from gphotos_search.app import App

    with App(config) as app:
        return app.failures(FAILURES_SHOWN)


def lines(
    told: Mapping[str, Any], failures: Sequence[Failure], config: Config, now: datetime
) -> Iterator[str]:
    """The text form."""
    yield (
        f"{told['items']:,} photos and videos: {told['indexed']:,} searchable, "
        f"{told['pending']:,} pending, {told['failed']:,} failed"
    )
    yield f"encoder  {told['encoder'] or 'none yet'}"
    yield from precision_lines(told.get("precision"))
    yield from model_lines(told.get("models", ()))
    yield f"index    {_index(told['index'], told['embedded'])}"
    yield f"service  {_service(told.get('service'))}"
    for source in told["sources"]:
        yield ""
        yield from source_lines(source, now)
        yield from export_lines(source)
        yield from underway_lines(source, config)
    if failures:
        yield ""
        yield f"Failed, the latest {len(failures)} of {told['failed']:,}:"
    for failure in failures:
        tries = "1 try" if failure.count == 1 else f"{failure.count} tries"
        again = failure.next_try_at
        when = f"again {_local(again, config)}" if again else "again with `sync` only"
        yield f"  {failure.media_id}  {clean(failure.filename)} ({failure.source}): "
        yield f"     {clean(failure.reason)} {tries}, {when}."


def source_lines(source: Mapping[str, Any], now: datetime) -> Iterator[str]:
    """A source in one line, what it has to say in a second, and where it looks."""
    synced = f"; last sync {_ago(source['last_sync'], now)}{_next(source['next_sync'], now)}"
    yield (
        f"{clean(source['name'])}  {source['type']}, {source['items']:,} items, {source['state']}"
        f"{'' if source['type'] == FEATURES else synced}"
    )
    if source["message"]:
        yield f"  {clean(source['message'])}"
    yield from place_lines(source)


def underway_lines(source: Mapping[str, Any], config: Config) -> Iterator[str]:
    """Picking sessions that are not over, and archives in Drive that are not taken in."""
    for one in source.get("sessions", ()):
        began = _local(datetime.fromisoformat(one["began_at"]), config)
        until = one["expires_at"]
        end = f", until {_local(datetime.fromisoformat(until), config)}" if until else ""
        yield f"  picking session of {began}{end}: {SESSIONS[one['state']]}"
    drive = source.get("drive", ())
    for one in drive[:ARCHIVES_SHOWN]:
        yield f"  {clean(one['name'])} in Drive: {clean(one['message']) or ARCHIVES[one['state']]}"
    if more := len(drive) - ARCHIVES_SHOWN:
        yield from [f"  and {more:,} more archives in Drive"] if more > 0 else []


def precision_lines(told: Mapping[str, Any] | None) -> Iterator[str]:
    """In which way pictures become vectors, and why."""
    if told:
        runtime = f" by {told['runtime']}" if told["runtime"] else ""
        yield f"computed in {told['precision']}{runtime}: {clean(told['why'])}"


def model_lines(sets: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What there is besides the set of vectors that answers, and what that one lacks."""
    for one in sets:
        count = f"{one['vectors']:,} vectors"
        if one["role"] == "filling":
            yield f"next     {clean(one['name'])}: {count} made, {one['pending']:,} to go"
        elif one["role"] == "former":
            yield f"former   {clean(one['encoder'])}: {count}; to drop them: reindex --prune"
        elif one["lost"]["count"]:
            names = ", ".join(map(clean, one["lost"]["first"]))
            yield f"missing  {one['lost']['count']:,} that this model could not be given: {names}"


def _index(described: Mapping[str, Any], embedded: int) -> str:
    state = str(described.get("state", "unknown"))
    if state in ("missing", "unusable") and embedded:
        return f"{state}: searches read the catalogue until it is built: gphotos-search reindex"
    return state


def _service(about: Mapping[str, Any] | None) -> str:
    if about is None:
        return "not running"
    return f"running, process {about.get('pid', '?')}"


def _ago(then: str | None, now: datetime) -> str:
    if not then:
        return "never"
    return f"{_coarse(now - datetime.fromisoformat(then))} ago"


def _next(then: str | None, now: datetime) -> str:
    if not then or datetime.fromisoformat(then) <= now:
        return ""
    return f", next in {_coarse(datetime.fromisoformat(then) - now)}"


def _coarse(length: timedelta) -> str:
    """Minutes below two hours, hours below two days, else days."""
    seconds = max(int(length.total_seconds()), 0)
    unit = 60 if seconds < 7200 else 3600 if seconds < 172_800 else 86_400
    return in_words(timedelta(seconds=seconds // unit * unit)) if seconds >= unit else "a moment"


def _local(moment: datetime, config: Config) -> str:
    return moment.astimezone(zone_of(config.search)).strftime("%Y-%m-%d %H:%M")
