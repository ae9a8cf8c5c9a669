"""`gphotos-search WORDS…`: asks the running service, else answers by itself."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import click

from gphotos_search.cli import forms
from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.numbers import Whole
from gphotos_search.config import Config
from gphotos_search.errors import UsageError
from gphotos_search.search.query import LARGEST_LIMIT, from_params

if TYPE_CHECKING:
    from gphotos_search.app import App

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
@forms.options
@click.option("--no-group", is_flag=True, help="Show every item; fold nothing together.")
@click.option("--all", "everything", is_flag=True, help="Show hits of little relevance too.")
@pass_settings
def search(settings: Settings, /, words: tuple[str, ...], **options: Any) -> None:
    """Find photos by what they show: gphotos-search snowball fight

    Every argument that is not exactly an option is a word to look for; "--" ends the options.
    """
    forms.check(options)
    _no_empty_filter(options)
    told = ask_or_answer(settings.config, request(words, options), settings.library)
    for warning in told.pop("warnings", ()):
        click.echo(warning, err=True)
    forms.present(settings, told, options)


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


def ask_or_answer(
    config: Config,
    params: Params,
    library: Callable[[], AbstractContextManager[App]] | None = None,
) -> dict[str, Any]:
    """The answer as JSON with `warnings`: the service's, else that of `library`, by default one
    opened for it. Raises GphotosError."""
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

    with library() if library else App(config) as app:
        return with_warnings(app.search(query))
