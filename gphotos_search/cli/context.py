"""What every command is handed: where the configuration is, and the configuration itself."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import click

from gphotos_search.cli import errors
from gphotos_search.config import Config, find, load


@dataclass(frozen=True)
class Settings:
    """The global options. `config` is read on first use, so `init` and `--help` need no file."""

    config_option: str | None = None
    verbose: bool = False

    @cached_property
    def config(self) -> Config:
        """The validated configuration. Raises ConfigError with every problem found."""
        config = load(find(self.config_option))
        errors.log_bugs_to(config.storage.data_dir / "log")
        return config


pass_settings = click.make_pass_decorator(Settings)
