"""`gphotos-search` without words in a terminal: a prompt that keeps the search at hand."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gphotos_search.cli import typed
from gphotos_search.cli.argv import HELP, Options
from gphotos_search.cli.context import Settings
from gphotos_search.cli.errors import sentences
from gphotos_search.errors import GphotosError, UsageError

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History

    from gphotos_search.app import App

GREETING = "Type what you look for. :help tells more, Ctrl-D leaves."
MANUAL = """\
Words, filters and options, as after gphotos-search:
  dog on the beach          what the photos show
  dog -people --year 2021   no people, of that year; --help lists the options
  "birthday cake"           just so in a name, a description or an album
Then:
  :open 3     open number 3 of the last list; several: :open 3 7
  :show 3     all that is known of it
  :sheet      the last search once more, as pictures
  :help  :quit"""
ITEMS = ("show", "open")
_OPENING = threading.Lock()  # the thread that warms and the first search may both come first

log = logging.getLogger(__name__)


class KeptOpen(Settings):
    """Settings whose App stays open, with its encoder and index, until `close`."""

    @contextmanager
    def library(self) -> Iterator[App]:
        yield self._opened()

    def warm(self) -> None:
        """Load what a search needs, unless a service is there to answer; says nothing."""
        from gphotos_search.service.client import ask

        try:
            if ask(self.config, "/v1/health") is None:
                self._opened().warm()
        except GphotosError as error:
            log.info("Not ready yet: %s", error)  # the first search says it
        except Exception:
            log.info("Getting ready failed", exc_info=True)

    def close(self) -> None:
        if "_app" in self.__dict__:
            self._app.close()

    def _opened(self) -> App:
        with _OPENING:
            return self._app

    @cached_property
    def _app(self) -> App:
        from gphotos_search.app import App

        return App(self.config, say=lambda line: click.echo(line, err=True))


class Prompt:
    """Takes lines until one says to leave. No line ends it otherwise, whatever it meets."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.last: list[str] = []  # the arguments of the last search

    def run(self, read: Callable[[], str]) -> None:
        """`read` gives the next line, raises EOFError at the end, KeyboardInterrupt for one that
        was thrown away."""
        while True:
            try:
                parts = typed.arguments(read())
                if parts and parts[0] in (":quit", ":q", ":exit"):
                    return
                if parts:
                    self._answer(parts)
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            except SystemExit:
                continue  # its sentences are told

    @sentences
    def _answer(self, parts: Sequence[str]) -> None:
        name = parts[0]
        if name in (":help", ":h", "?"):
            click.echo(MANUAL)
        elif name == ":sheet":
            if not self.last:
                raise UsageError("There is no search yet whose pictures could be shown.")
            self._search(["--show", *self.last])
        elif name.removeprefix(":") in ITEMS and name.startswith(":"):
            self._items(name.removeprefix(":"), parts[1:])
        elif name.startswith(":"):
            raise UsageError(f'There is no "{name}" here.', advice="See :help")
        else:
            self._search(parts)
            self.last = list(parts)

    def _search(self, parts: Sequence[str]) -> None:
        from gphotos_search.cli.main import spellings
        from gphotos_search.cli.search import search

        known = spellings(search.params)
        options = Options({*known.flags, *HELP}, known.valued)
        argv, doubtful = typed.for_search(parts, options)
        for word in doubtful:
            click.echo(f'No option is named "{word}": it is taken as a word.', err=True)
        _invoke(search, "search", argv, self.settings)

    def _items(self, name: str, argv: Sequence[str]) -> None:
        from gphotos_search.cli import items

        command = items.show if name == "show" else items.open_item
        _invoke(command, f":{name}", list(argv), self.settings)


def start(config_option: str | None, verbose: bool) -> None:
    """Prompt in this terminal until the person leaves. Raises ConfigError and the like at once."""
    settings = KeptOpen(config_option, verbose)
    history = settings.config.storage.data_dir / "prompt-history"
    with ExitStack() as closing:
        closing.callback(settings.close)
        threading.Thread(target=settings.warm, name="warm", daemon=True).start()
        click.echo(GREETING, err=True)
        Prompt(settings).run(_reader(_session(history)))


def _invoke(command: click.Command, name: str, argv: list[str], settings: Settings) -> None:
    try:
        with command.make_context(name, argv, obj=settings) as ctx:
            command.invoke(ctx)
    except click.UsageError as error:
        raise UsageError(error.format_message()) from None  # no usage of a shell's command


def _session(history: Path) -> PromptSession[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory

    return PromptSession(
        "search> ", history=_history(history), auto_suggest=AutoSuggestFromHistory()
    )


def _reader(session: PromptSession[str]) -> Callable[[], str]:
    from prompt_toolkit.patch_stdout import patch_stdout

    def read() -> str:
        with patch_stdout(raw=True):  # what the loading says stands above the line being typed
            return session.prompt()

    return read


def _history(file: Path) -> History:
    """Readable by its owner only, for it tells what they look for; in memory where that fails."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        click.echo(f"The history is not kept: {error.strerror}.", err=True)
        return InMemoryHistory()
    return FileHistory(file)
