"""What is a command, an option or a word, from unquoted arguments."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.cli.argv import arrange
from gphotos_search.cli.main import COMMANDS, EVERYWHERE, spellings
from gphotos_search.cli.search import search
from gphotos_search.errors import UsageError

SEARCH = spellings(search.params)


def arranged(line: str) -> list[str]:
    """The command line as a shell splits it."""
    return arrange(shlex.split(line), COMMANDS, EVERYWHERE, SEARCH).argv


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sunset -night", "search -- sunset -night"),
        ("car -year:2010", "search -- car -year:2010"),
        ("snowball fight -n 5 --json", "search -n 5 --json -- snowball fight"),
        ("-n 5 snowball fight", "search -n 5 -- snowball fight"),
        ("--limit=5 snow", "search --limit=5 -- snow"),
        ("snow -n5", "search -- snow -n5"),
        ("snow --no", "search -- snow --no"),
        ("snow --json=yes", "search -- snow --json=yes"),
        ("snow --after 2021 --paths -0", "search --after 2021 --paths -0 -- snow"),
        ("snow -n -5", "search -n -5 -- snow"),
        ("- -- -n 5", "search -- - -n 5"),
        ("search open air", "search -- open air"),
        ("search -- search", "search -- search"),
        ("-- open air concert", "search -- open air concert"),
        ("-- -- x", "search -- -- x"),
        ("air open", "search -- air open"),
        ("-n 5 open air", "search -n 5 -- open air"),
        ("open 5", "open 5"),
        ("--config c.toml sync --dry-run", "--config c.toml sync --dry-run"),
        ("sync --config c.toml --dry-run -v", "--config c.toml -v sync --dry-run"),
        ("sync --source -- --config", "sync --source -- --config"),
        ("snow --config=c.toml -v", "--config=c.toml -v search -- snow"),
        ("sync --help", "sync --help"),
        ("--help", "--help"),
        ("", ""),
        ("--config c.toml", "--config c.toml"),
    ],
)
def test_arguments_are_told_apart(line: str, expected: str) -> None:
    assert arranged(line) == shlex.split(expected)


def test_an_argument_with_spaces_stays_one() -> None:
    assert arranged('"birthday cake" -"red car"') == ["search", "--", "birthday cake", "-red car"]


@pytest.mark.parametrize("line", ["snow -n", "snow --after", "--config"])
def test_an_option_without_its_value_is_named(line: str) -> None:
    with pytest.raises(UsageError, match=f"{line.rsplit(maxsplit=1)[-1]} needs a value"):
        arranged(line)


def test_a_word_that_looks_like_a_misspelt_option_is_mentioned() -> None:
    found = arrange(["snow", "--limt", "5", "-nope"], COMMANDS, EVERYWHERE, SEARCH)
    assert found.argv == ["search", "--", "snow", "--limt", "5", "-nope"]
    assert found.doubtful == ["--limt"]


OPTIONS = {*SEARCH.flags, *SEARCH.valued, *EVERYWHERE.flags, *EVERYWHERE.valued, "--"}


def is_word(argument: str) -> bool:
    return argument.partition("=")[0] not in OPTIONS


@given(st.lists(st.text(alphabet="-=nabc 0", min_size=1).filter(is_word), min_size=1))
def test_every_other_argument_is_a_word_in_its_place(words: list[str]) -> None:
    found = arrange(["search", *words, "--json"], COMMANDS, EVERYWHERE, SEARCH)
    assert found.argv == ["search", "--json", "--", *words]
