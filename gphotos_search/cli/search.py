"""`gphotos-search WORDS…`: asks the running service, else answers by itself."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

import click

from gphotos_search.cli import output, whereabouts
from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.numbers import Whole
from gphotos_search.config import Config
from gphotos_search.errors import UsageError
from gphotos_search.search.query import LARGEST_LIMIT, from_params, zone_of

Params = dict[str, str | int | bool | Sequence[str] | None]


@click.command()
@click.argument("words", nargs=-1)
@click.option(
    "-n",
    "--limit",
    type=Whole(1, LARGEST_LIMIT),
    metavar="N",
    help="Show at most N hits.  [default: search.limit, 10]",
)
@click.option("--after", metavar="DATE", help="Taken on or after YYYY, YYYY-MM or YYYY-MM-DD.")
@click.option("--before", metavar="DATE", help="Taken before DATE, which is not included.")
@click.option("--year", multiple=True, metavar="Y,…", help="Taken in one of these years.")
@click.option("--month", multiple=True, metavar="M,…", help="Taken in one of these months, 1-12.")
@click.option("--source", multiple=True, metavar="NAME", help="From this source; may be repeated.")
@click.option(
    "--type", "kind", type=click.Choice(["photo", "video"]), help="Only photos or videos."
)
@click.option(
    "--is",
    multiple=True,
    metavar="FLAG",
    help="Only favorite, archived or trashed ones; may be repeated, then all of them hold.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option("--ids", is_flag=True, help="Print media ids only, one a line.")
@click.option("--paths", is_flag=True, help="Print paths of files on this machine only.")
@click.option("-0", "--null", is_flag=True, help="End each path or id with NUL, for xargs -0.")
@click.option("--no-group", is_flag=True, help="Show every item; fold nothing together.")
@click.option("--all", "everything", is_flag=True, help="Show hits of little relevance too.")
@pass_settings
def search(settings: Settings, /, words: tuple[str, ...], **options: Any) -> None:
    """Find photos by what they show: gphotos-search snowball fight

    Every argument that is not exactly an option is a word to look for; "--" ends the options.
    """
    if sum((options["as_json"], options["ids"], options["paths"])) > 1:
        raise UsageError("Of --json, --ids and --paths only one can be printed.")
    _no_empty_filter(options)
    if options["null"] and not (options["ids"] or options["paths"]):
        raise UsageError("-0 goes with --paths or --ids.")
    config = settings.config
    told = ask_or_answer(config, request(words, options))
    for warning in told.pop("warnings", ()):
        click.echo(warning, err=True)
    _print(config, told, options)


def _no_empty_filter(options: Mapping[str, Any]) -> None:
    """An empty variable of a script must not turn a filtered search into one of everything."""
    for name in ("after", "before", "year", "month", "source", "is"):
        given = options[name]
        values = [given] if isinstance(given, str) else given or ()
        if not all(value.strip() for value in values):
            raise UsageError(f"--{name} needs a value.")


def request(words: Sequence[str], options: Mapping[str, Any]) -> Params:
    """The parameters of the request that these options make."""
    return {
        "q": [readable(word) for word in words],
        "limit": options["limit"],
        "after": readable(options["after"] or ""),
        "before": readable(options["before"] or ""),
        "year": [readable(text) for text in options["year"]],
        "month": [readable(text) for text in options["month"]],
        "source": [readable(text) for text in options["source"]],
        "type": options["kind"],
        "is": [readable(text) for text in options["is"]],
        "no_group": options["no_group"],
        "all": options["everything"],
    }


def readable(argument: str) -> str:
    """Bytes of the command line as UTF-8 whatever the locale; what is none is replaced."""
    return os.fsencode(argument).decode("utf-8", "replace")


def ask_or_answer(config: Config, params: Params) -> dict[str, Any]:
    """The answer as JSON with `warnings`. Raises GphotosError."""
    given = {name: value for name, value in params.items() if value not in (None, False, "")}
    plain = {name: "1" if value is True else value for name, value in given.items()}
    # Reading the request here tells mistakes in this terminal's words, service or not.
    query = from_params(parse_qs(urlencode(plain, doseq=True)), config.search)

    from gphotos_search.service.client import ask

    told = ask(config, "/v1/search", given)
    if told is not None:
        return told

    from gphotos_search.app import App
    from gphotos_search.search.answer import with_warnings

    with App(config, say=lambda line: click.echo(line, err=True)) as app:
        return with_warnings(app.search(query))


def _print(config: Config, told: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    if options["as_json"]:
        output.print_json(told)
    elif options["ids"]:
        output.print_each([str(hit["media_id"]) for hit in told["hits"]], null=options["null"])
    elif options["paths"]:
        hits = whereabouts.with_files(config, told["hits"])
        output.print_paths(hits, null=options["null"])
    else:
        notes = whereabouts.notes(config, told["hits"])
        output.print_text(told, zone_of(config.search), notes)
