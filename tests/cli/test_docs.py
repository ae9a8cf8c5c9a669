"""docs/reference/commands.md names every command and option, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

from gphotos_search.cli.main import cli

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "commands.md"
PROGRAM = "gphotos-search"


def commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        with click.Context(command) as context:
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                yield from commands(inner, f"{path} {name}")


def options(command: click.Command) -> set[str]:
    found = (param for param in command.params if isinstance(param, click.Option))
    return {name for each in found for name in each.opts}


def documented() -> dict[str, set[str]]:
    """Options by command, from the headings and the bullets under them."""
    found = {}
    for section in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        heading = re.match(r"`(.+)`\n", section)
        assert heading is not None, section[:40]
        bullets = re.findall(r"^- (`-[^:]*`):", section, flags=re.MULTILINE)
        spelled = re.findall(r"`(--?[\w-]+)", " ".join(bullets))
        found[heading[1]] = set(spelled)
    return found


def test_the_page_and_the_program_agree() -> None:
    assert documented() == {path: options(command) for path, command in commands(cli, PROGRAM)}


def test_every_option_says_what_it_does() -> None:
    for path, command in commands(cli, PROGRAM):
        assert command.help, path
        for param in command.params:
            if isinstance(param, click.Option):
                assert param.help, (path, param.name)
