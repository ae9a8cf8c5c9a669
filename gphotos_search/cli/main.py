"""The console script: global options, the list of commands, and the one place errors end."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

import click

from gphotos_search import __version__
from gphotos_search.cli.argv import SEARCH, Arranged, Options, arrange
from gphotos_search.cli.context import Settings
from gphotos_search.cli.errors import sentences
from gphotos_search.cli.lazy import Lazy, LazyGroup
from gphotos_search.redact import redact

PROGRAM = "gphotos-search"
COMMANDS = {
    SEARCH: Lazy(
        "gphotos_search.cli.search:search", "Find photos by what they show (the default)."
    ),
    "init": Lazy("gphotos_search.cli.init:init", "Write a first configuration."),
    "auth": Lazy("gphotos_search.cli.auth:auth", "Sign in to Google, out, or see who is."),
    "import": Lazy(
        "gphotos_search.cli.imports:import_paths", "Index Takeout archives or a folder."
    ),
    "import-features": Lazy(
        "gphotos_search.cli.features:import_features", "Index vectors computed elsewhere."
    ),
    "export-features": Lazy(
        "gphotos_search.cli.features:export_features", "Write all vectors and their ids."
    ),
    "sync": Lazy("gphotos_search.cli.sync:sync", "Fetch, embed and index what is new, once."),
    "pick": Lazy("gphotos_search.cli.pick:pick", "Pick photos in Google Photos to be indexed."),
    "sources": Lazy("gphotos_search.cli.sources:sources", "The places photos come from."),
    "status": Lazy("gphotos_search.cli.status:status", "What is indexed and how the sources fare."),
    "doctor": Lazy("gphotos_search.cli.doctor:doctor", "Check everything, with the remedies."),
    "show": Lazy("gphotos_search.cli.items:show", "All that is known of one item."),
    "open": Lazy("gphotos_search.cli.items:open_item", "Open one item in the browser."),
    "reindex": Lazy(
        "gphotos_search.cli.reindex:reindex", "Verify the index; rebuild it if needed."
    ),
    "service": Lazy("gphotos_search.cli.service:service", "The background service."),
    "demo": Lazy("gphotos_search.cli.demo:demo", "Try it all without an account."),
}
EVERYWHERE = Options(flags=("-v", "--verbose", "--version", "-h", "--help"), valued=("--config",))
ALONE = "gphotos_search.alone"  # see Settings
HELP = {"help_option_names": ["-h", "--help"]}


class Root(LazyGroup):
    """The top of the command line; its help shows the options of a search as well."""

    def format_usage(
        self,
        ctx: click.Context,  # noqa: ARG002
        formatter: click.HelpFormatter,
    ) -> None:
        formatter.write_usage(PROGRAM, "[OPTIONS] WORDS…")
        formatter.write_usage(PROGRAM, "[OPTIONS] COMMAND …", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [row for each in self.get_params(ctx) if (row := each.get_help_record(ctx))]
        with formatter.section("Options"):
            formatter.write_dl(rows)
        with formatter.section("Options of a search"):
            options = [each for each in _search_command().params if isinstance(each, click.Option)]
            own = [each.get_help_record(ctx) for each in options]
            formatter.write_dl([row for row in own if row])
        self.format_commands(ctx, formatter)


@click.group(PROGRAM, cls=Root, lazy=COMMANDS, invoke_without_command=True, context_settings=HELP)
@click.option("--config", "config_option", metavar="FILE", help="Use this configuration.")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
@click.version_option(__version__, prog_name=PROGRAM)
@click.pass_context
def cli(ctx: click.Context, config_option: str | None, verbose: bool) -> None:
    """Find your photos by what they show.

    Without words, in a terminal, a prompt takes one search after the other.

    Words that are also a command's name: write "gphotos-search -- open air concert".
    """
    ctx.obj = Settings(config_option, verbose, alone=ctx.meta[ALONE])
    _log_to_stderr(verbose)
    if ctx.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            from gphotos_search.cli import prompt

            prompt.start(config_option, verbose)
            return
        click.echo(
            'What are you looking for? For example: gphotos-search "snowball fight"', err=True
        )
        click.echo("All commands and options: gphotos-search --help", err=True)
        raise SystemExit(2)


def main(argv: Sequence[str] | None = None, *, alone: bool = False) -> None:
    """Run one command line and leave with its exit code; `alone` without asking the service."""
    _tolerate_any_terminal()
    _run(list(sys.argv[1:] if argv is None else argv), alone)


@sentences
def _run(argv: list[str], alone: bool) -> None:
    arranged = in_order(argv)
    for doubt in doubts(arranged):
        click.echo(doubt, err=True)
    try:
        with cli.make_context(PROGRAM, arranged.argv) as ctx:
            ctx.meta[ALONE] = alone
            cli.invoke(ctx)
    except click.exceptions.NoArgsIsHelpError:
        raise  # its message is the help itself
    except click.UsageError as error:
        message = error.format_message() + _or_meant_as_words(argv, error)
        raise click.UsageError(message, ctx=error.ctx) from None
    sys.stdout.flush()


def _search_command() -> click.Command:
    from gphotos_search.cli.search import search

    return search


def spellings(params: Iterable[click.Parameter]) -> Options:
    """Every spelling of a command's options, told apart by whether a value follows."""
    options = [param for param in params if isinstance(param, click.Option)]
    return Options(
        flags={name for each in options if each.is_flag for name in each.opts},
        valued={name for each in options if not each.is_flag for name in each.opts},
    )


def in_order(argv: Sequence[str]) -> Arranged:
    """The arguments as click is to read them. Raises UsageError."""
    return arrange(argv, COMMANDS, EVERYWHERE, spellings(_search_command().params))


def doubts(arranged: Arranged) -> Iterator[str]:
    """A sentence for each word that may have been meant as an option."""
    for word in arranged.doubtful:
        yield f'No option is named "{word}": it is taken as a word to look for.'


def _or_meant_as_words(argv: list[str], error: click.UsageError) -> str:
    """A command's name in front of a query swallows it: say how to search for these words."""
    if isinstance(error, click.BadParameter) and isinstance(error.param, click.Option):
        return ""  # who names an option of the command meant the command
    words = [argument for argument in argv if not argument.startswith("-")]
    if error.ctx is None or error.ctx.info_name == SEARCH or len(words) < 2:
        return ""
    return f"\nTo search for these words: gphotos-search -- {' '.join(words)}"


class _Redacted(logging.Formatter):
    """What a library logs may hold a token or a link that opens a photo."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _Stderr(logging.StreamHandler[IO[str]]):
    """Writes to what sys.stderr is at that moment, so lines go above a live display."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def _log_to_stderr(verbose: bool) -> None:
    handler = _Stderr()
    handler.setFormatter(_Redacted("%(levelname)s %(name)s: %(message)s"))
    # Without -v a person reads the command's own sentences; a log line would say them twice.
    level = logging.INFO if verbose else logging.ERROR
    logging.basicConfig(level=level, handlers=[handler])
    # It tells at each start which of its builds it could not load, traceback-like.
    logging.getLogger("faiss").setLevel(logging.WARNING)


def _tolerate_any_terminal() -> None:
    # Python has None for a stream that the shell closed (>&-); what goes there is lost, as asked.
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open("r+", encoding="utf-8"))  # noqa: SIM115
    # A file name that the terminal's encoding lacks must not end the program.
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
