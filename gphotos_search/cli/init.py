"""`init`: a first configuration from three answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.config import find, load
from gphotos_search.config.example import first_config
from gphotos_search.config.reading import settings_of
from gphotos_search.config.settings import TABLES
from gphotos_search.errors import GphotosError, UsageError

QUESTIONS = (
    ("storage", "data_dir", "Folder for the catalogue and the index"),
    ("google", "client_secret", "Google client file (made once, see the README)"),
    ("sync", "every", "Look for new photos every"),
)
WITHOUT_GOOGLE = (
    "For your whole library no sign-in is needed: gphotos-search import PATH reads Takeout\n"
    "archives and folders (docs/how-to/takeout.md); then take [[sources]] out of the file."
)


@click.command()
@click.option("--yes", is_flag=True, help="Ask nothing; take the defaults.")
@click.option("--force", is_flag=True, help="Replace a configuration that is there.")
@pass_settings
def init(settings: Settings, /, yes: bool, force: bool) -> None:
    """Write a first configuration, from three questions."""
    path = find(settings.config_option)
    if path.exists() and not force:
        raise UsageError(
            f"There is a configuration at {path} already.",
            advice="Edit it, or replace it with: gphotos-search init --force",
        )
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "init asks three questions and needs a terminal.",
            advice="Take the defaults with: gphotos-search init --yes",
        )
    chosen = {table: {key: _answer(table, key, words, yes)} for table, key, words in QUESTIONS}
    write_private(path, first_config(chosen))
    click.echo(f"Written: {path}")
    click.echo(_next_steps(load(path).google.client_secret), err=True)
    click.echo(WITHOUT_GOOGLE, err=True)


def _next_steps(client: Path) -> str:
    commands = "gphotos-search auth login, then gphotos-search sync"
    if client.exists():
        return f"Next: {commands}"
    return (
        "Next: make a Google client (docs/how-to/google-client.md) and save its file as\n"
        f"{client}\n"
        f"Then: {commands}"
    )


def _answer(table: str, key: str, words: str, yes: bool) -> Any:
    known = settings_of(TABLES[table])[key]
    if yes:
        return known.raw
    return click.prompt(words, default=known.raw, value_proc=_checked(known.read), err=True)


def _checked(read: Callable[[object], Any]) -> Callable[[str], str]:
    """The answer as typed, once its setting would accept it."""

    def check(typed: str) -> str:
        try:
            read(typed)
        except ValueError as error:
            raise click.BadParameter(str(error)) from None
        return typed

    return check


def write_private(path: Path, text: str) -> None:
    """The whole new file, readable by its owner only, or the old one. Raises GphotosError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise GphotosError(f"{path} cannot be written: {error.strerror}.") from None
