"""What every command is handed: where the configuration is, and the configuration itself."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from gphotos_search.cli import errors
from gphotos_search.cli.terminal import HERE, Terminal
from gphotos_search.config import Config, find, load
from gphotos_search.config.reading import VARIABLE
from gphotos_search.search.query import zone_of

if TYPE_CHECKING:
    from gphotos_search.app import App

Params = Mapping[str, str | int | bool | Sequence[str] | None]


@dataclass(frozen=True)
class Settings:
    """The global options. `config` is read on first use, so `init` and `--help` need no file.

    `alone`: the service was asked already and did not answer in time.
    """

    config_option: str | None = None
    verbose: bool = False
    terminal: Terminal = HERE
    alone: bool = False

    @cached_property
    def config(self) -> Config:
        """The validated configuration; without a file the defaults, once `import` used them.

        Raises ConfigError with every problem found, UsageError where there is nothing.
        """
        if self._without_file and Config().storage.catalog.exists():
            return self.config_or_defaults
        return _logged(load(find(self.config_option)))

    @cached_property
    def config_or_defaults(self) -> Config:
        """The same for a command that needs no settings: the defaults where there is no file."""
        return _logged(Config() if self._without_file else load(find(self.config_option)))

    @property
    def zone(self) -> tzinfo | None:
        """The zone in which dates are shown; None is that of this process."""
        return zone_of(self.config.search)

    def ask(self, params: Params) -> dict[str, Any]:
        """The answer to a search as JSON with `warnings`. Raises GphotosError."""
        from gphotos_search.cli.search import ask_or_answer

        return ask_or_answer(self.config, params, self.library, alone=self.alone)

    @contextmanager
    def library(self) -> Iterator[App]:
        """The App of this configuration; what a search waits for is told on stderr."""
        from gphotos_search.app import App

        with App(self.config, say=lambda line: click.echo(line, err=True)) as app:
            yield app

    @property
    def _without_file(self) -> bool:
        """Nobody named a file, and there is none in the usual place."""
        named = self.config_option or os.environ.get(VARIABLE)
        return not named and not find().exists()


def _logged(config: Config) -> Config:
    errors.log_bugs_to(config.storage.data_dir / "log")
    return config


pass_settings = click.make_pass_decorator(Settings)
