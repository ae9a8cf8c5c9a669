"""`gphotos-search WORDS…`: asks the running service, else answers by itself."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode

import click

from gphotos_search import timings
from gphotos_search.cli import forms
from gphotos_search.cli.context import Params, Settings, pass_settings
from gphotos_search.cli.filters import filters
from gphotos_search.cli.numbers import Whole
from gphotos_search.cli.terminal import Terminal, clean
from gphotos_search.config import Config
from gphotos_search.search.query import (
    LARGEST_LIMIT,
    LARGEST_SEED,
    LISTS,
    OPERATORS,
    SORTS,
    Request,
    from_params,
)

if TYPE_CHECKING:
    from gphotos_search.app import App


@click.command()
@click.argument("words", nargs=-1)
@click.option(
    "-n",
    "--limit",
    type=Whole(1, LARGEST_LIMIT),
    metavar="N",
    help="Show at most N hits.  [default: search.limit, 10]",
)
@filters
@click.option("--like", multiple=True, metavar="PHOTO", help="Like a photo (a number) or a FILE.")
@click.option("--plus", multiple=True, metavar="WORDS", help='Also like this; "2:beach" weighs.')
@click.option("--minus", multiple=True, metavar="WORDS", help="Less like this.")
@click.option("--more", multiple=True, metavar="N,…", help="Refine the last search: like these.")
@click.option("--less", multiple=True, metavar="N,…", help="Refine the last search: unlike these.")
@click.option("--sort", type=click.Choice(SORTS), help="The order of what is shown.")
@click.option("--random", "random_", is_flag=True, help="A random choice of what fits.")
@click.option("--seed", type=Whole(0, LARGEST_SEED), metavar="N", help="--random, repeatable.")
@click.option("--explain", is_flag=True, help="Say what was understood.")
@click.option("--raw", is_flag=True, help="Take every word for what the photo shows.")
@click.option("--timings", is_flag=True, help="Say on stderr where the time went.")
@forms.options
@click.option("--no-group", is_flag=True, help="Show every item; fold nothing together.")
@click.option("--all", "everything", is_flag=True, help="Show hits of little relevance too.")
@pass_settings
def search(settings: Settings, /, words: tuple[str, ...], **options: Any) -> None:
    """Find photos by what they show: gphotos-search snowball fight

    Every argument that is not exactly an option is a word to look for; "--" ends the options.
    """
    forms.check(options)
    with timings.recorded(options["timings"]) as stages:
        params = request(words, options)
        with timings.stage("reading the request and the configuration"):
            asked_for(params)
            settings.config  # noqa: B018
        told = settings.ask(params)
        if options["timings"]:
            told["timings"] = {**stages, **told["timings"]}
        for warning in told.pop("warnings", ()):
            settings.terminal.tell(warning)
        if not options["as_json"]:
            _explain(settings.terminal, told.pop("understood", None))
        with timings.stage("printing"):
            forms.present(settings, told, options)
    if options["timings"]:
        for line in timings.lines({**told["timings"], "printing": stages["printing"]}):
            settings.terminal.tell(line)


def _explain(terminal: Terminal, understood: Mapping[str, Any] | None) -> None:
    if understood is None:
        return
    for one in understood["filters"]:
        terminal.tell(clean(f"{one['kind']}: {one['said']} → {one['meaning']}"))
    content = understood["content"]
    terminal.tell(clean(f"looked for: {content or 'nothing; the filters alone decide'}"))


def request(words: Sequence[str], options: Mapping[str, Any]) -> Params:
    """The parameters of the request that these options make."""
    seed = options["seed"]
    if seed is None and options["random_"]:
        seed = secrets.randbelow(LARGEST_SEED)
    lists = {name: [readable(text) for text in options[name]] for name in (*OPERATORS, *LISTS)}
    return {
        "q": [readable(word) for word in words],
        "limit": options["limit"],
        **lists,
        "like": [whole_path(text) for text in options["like"]],
        "sort": options["sort"],
        "random": None if seed is None else str(seed),
        "raw": options["raw"],
        "explain": options["explain"],
        "remember": not (options["ids"] or options["paths"]),
        "no_group": options["no_group"],
        "all": options["everything"],
        "timings": options["timings"],
    }


def whole_path(said: str) -> str:
    """A photo's number, or the path of a picture, which the service reads from elsewhere."""
    number = said.strip().removeprefix("id:").removeprefix("#")
    if number.isdecimal() or not number:
        return said
    return str(Path(readable(said)).expanduser().absolute())


def readable(argument: str) -> str:
    """Bytes of the command line as UTF-8 whatever the locale; what is none is replaced."""
    return os.fsencode(argument).decode("utf-8", "replace")


def asked_for(params: Params) -> Request:
    """What these parameters ask for. Read here, mistakes are told in this terminal's words, and
    before a configuration is looked for or a service asked. Raises UsageError."""
    plain = {name: "1" if value is True else value for name, value in _given(params).items()}
    return from_params(parse_qs(urlencode(plain, doseq=True), keep_blank_values=True))


def _given(params: Params) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, False, "")}


def ask_or_answer(
    config: Config,
    params: Params,
    library: Callable[[], AbstractContextManager[App]] | None = None,
    *,
    alone: bool = False,
) -> dict[str, Any]:
    """The answer as JSON with `warnings`: the service's unless `alone`, else that of `library`, by
    default one opened for it. Raises GphotosError."""
    asked = asked_for(params)
    if not alone:
        from gphotos_search.service.client import ask

        with timings.stage("asking the service"):
            told = ask(config, "/v1/search", _given(params))
        if told is not None:
            return told

    with timings.stage("importing the program"):
        from gphotos_search.app import App
        from gphotos_search.search.answer import with_warnings

    with library() if library else App(config) as app:
        return with_warnings(app.ask(asked))
