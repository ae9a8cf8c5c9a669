"""A search typed in a terminal elsewhere, answered and printed here: the service's part of
`cli.entry`.

The command that parses, asks and prints is the one that runs everywhere; only where its output goes
and what it knows of that place come with the request. Everything that is not a plain answer, from a
misspelt option to a bug, is declined, and told by the client in its own words.
"""

from __future__ import annotations

import codecs
import io
import logging
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click
import rich.cells  # noqa: F401  # printing needs it, and the first one to ask would wait for it

from gphotos_search import __version__
from gphotos_search.app import App
from gphotos_search.cli.argv import SEARCH
from gphotos_search.cli.context import Params, Settings
from gphotos_search.cli.main import doubts, in_order
from gphotos_search.cli.search import asked_for, search, whole_path
from gphotos_search.cli.terminal import Terminal
from gphotos_search.config import Config
from gphotos_search.config.reading import read
from gphotos_search.errors import GphotosError
from gphotos_search.search.answer import with_warnings
from gphotos_search.service.base import Work

STDOUT, STDERR, END = 1, 2, 0
ELSEWHERE = ("show", "html")  # options of a search that draw or write where the client is

log = logging.getLogger(__name__)

_agreed: list[tuple[Config, str, str]] = []  # the last configuration that was found to be the same


class Declined(Exception):
    """The client is to answer by itself."""


def answer(body: bytes, config: Config, work: Work) -> bytes | None:
    """What a client sent, to what it is to print: AnswerTerminal of service.base. Never raises."""
    try:
        asked = Asked.read(body)
        if not isinstance(work, App):
            raise Declined
        _check(asked, config)
        return _printed(asked, config, work)
    except (Declined, GphotosError, click.ClickException, click.exceptions.Exit):
        return None
    except Exception:
        log.exception("A search from a terminal met a bug; the terminal answers it by itself")
        return None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as `cli.entry` writes it."""

    version: str
    file: str
    text: str | None
    home: str
    out: str  # "1" for a terminal, then the encoding
    err: str
    columns: int
    environ: Mapping[str, str]
    argv: list[str]

    @staticmethod
    def read(body: bytes) -> Asked:
        """Raises Declined for what another release wrote."""
        try:
            parts = [os.fsdecode(part) for part in body.split(b"\0")]
            version, file, known, text, home, out, err, columns = parts[:8]
            end = parts.index("", 8)
            pairs = (each.partition("=") for each in parts[8:end])
            environ = {name: value for name, _, value in pairs}
            told = text if known else None
            rest = (int(columns), environ, parts[end + 1 :])
            return Asked(version, file, told, home, out, err, *rest)
        except ValueError:
            raise Declined from None


def _check(asked: Asked, config: Config) -> None:
    """Raises Declined unless the client would answer from the same settings."""
    if asked.version != __version__ or sys.getfilesystemencoding() != "utf-8":
        raise Declined
    if asked.home != os.environ.get("HOME", ""):
        raise Declined  # "~" means another folder there
    if asked.text is None:
        if config != Config() or not config.storage.catalog.exists():
            raise Declined
        return
    known = (config, asked.file, asked.text)
    if _agreed != [known]:
        theirs = read(tomllib.loads(asked.text), Path(asked.file))
        if replace(theirs, file=config.file) != config:
            raise Declined
        _agreed[:] = [known]


def _printed(asked: Asked, config: Config, work: App) -> bytes:
    """Raises Declined, and what the search raises."""
    frames = Frames()
    terminal = Terminal(
        _stream(frames, STDOUT, asked.out),
        _stream(frames, STDERR, asked.err),
        asked.environ,
        asked.columns,
    )
    arranged = in_order(asked.argv)
    if arranged.argv[:1] != [SEARCH]:
        raise Declined
    for doubt in doubts(arranged):
        terminal.tell(doubt)
    settings = Served(terminal=terminal, served=config, work=work)
    with search.make_context(SEARCH, arranged.argv[1:], obj=settings) as context:
        if any(context.params[name] for name in ELSEWHERE):
            raise Declined
        if any(whole_path(said) != said for said in context.params["like"]):
            raise Declined  # a path from where the client is
        search.invoke(context)
    return frames.whole()


@dataclass(frozen=True, kw_only=True)
class Served(Settings):
    """Settings of a request: the service's configuration and library, the client's terminal."""

    served: Config
    work: App

    @property
    def config(self) -> Config:
        return self.served

    def ask(self, params: Params) -> dict[str, Any]:
        with self.library() as app:
            return with_warnings(app.ask(asked_for(params)))

    @contextmanager
    def library(self) -> Iterator[App]:
        yield self.work


class Frames:
    """What is printed, in its order: of each piece a line "descriptor size", then its bytes."""

    def __init__(self) -> None:
        self._pieces: list[tuple[int, bytearray]] = []

    def add(self, descriptor: int, data: bytes) -> None:
        if self._pieces and self._pieces[-1][0] == descriptor:
            self._pieces[-1][1].extend(data)
        else:
            self._pieces.append((descriptor, bytearray(data)))

    def whole(self) -> bytes:
        told = b"".join(
            b"%d %d\n%b" % (each, len(data), bytes(data)) for each, data in self._pieces
        )
        return told + b"%d 0\n" % END


class _Raw(io.RawIOBase):
    def __init__(self, frames: Frames, descriptor: int) -> None:
        self._frames, self._descriptor = frames, descriptor

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._frames.add(self._descriptor, bytes(data))
        return len(data)


class _Text(io.TextIOWrapper):
    terminal = False

    def isatty(self) -> bool:
        return self.terminal


def _stream(frames: Frames, descriptor: int, told: str) -> _Text:
    """A stream like the client's. Raises Declined for an encoding that is not known here, and for
    ASCII, which click takes for a mistake where it looks for the stream by itself."""
    raw: Any = _Raw(frames, descriptor)
    try:
        if codecs.lookup(told[1:]).name == "ascii":
            raise Declined
        stream = _Text(raw, encoding=told[1:], errors="backslashreplace", write_through=True)
    except LookupError:
        raise Declined from None
    stream.terminal = told[:1] == "1"
    return stream
