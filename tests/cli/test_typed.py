"""A line at the prompt becomes the arguments that a shell would have passed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.cli import typed
from gphotos_search.cli.argv import Options
from gphotos_search.errors import UsageError

OPTIONS = Options({"--json", "--show"}, {"-n", "--album"})


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("dog on the  beach", ["dog", "on", "the", "beach"]),
        ('"birthday cake" 2021', ['"birthday cake"', "2021"]),
        ('album:"Trip to Rome" -"bad weather"', ['album:"Trip to Rome"', '-"bad weather"']),
        ("“birthday cake” «gâteau d'anniversaire» „Kuchen von Oma“ x", [
            "“birthday cake”", "«gâteau d'anniversaire»", "„Kuchen von Oma“", "x",
        ]),
        ("children's party l'été", ["children's", "party", "l'été"]),
        ("'\"birthday cake\"' 'dog snow'", ['"birthday cake"', "dog snow"]),
        ('"never closed', ['"never closed']),
        ('5"x7" frame', ['5"x7"', "frame"]),
        ("  ", []),
    ],
)  # fmt: skip
def test_parts(line: str, parts: list[str]) -> None:
    assert typed.arguments(line) == parts


@given(st.text(alphabet="ab \"'“”„«»-:", max_size=30))
def test_no_line_is_refused_and_no_letter_is_lost(line: str) -> None:
    parts = typed.arguments(line)
    bare = line.replace("'", "").split()
    assert "".join(parts).replace("'", "").replace(" ", "") == "".join(bare)


def test_quotes_stay_on_words_and_leave_the_values_of_options() -> None:
    parts = ['"birthday cake"', "--album", '"Trip to Rome"', '--album="A B"', "-n", "3", "-cat"]
    argv, doubtful = typed.for_search(parts, OPTIONS)
    assert argv == [
        *("--album", "Trip to Rome", "--album=A B", "-n", "3"),
        *("--", '"birthday cake"', "-cat"),
    ]
    assert doubtful == []


def test_what_looks_like_an_option_is_told() -> None:
    assert typed.for_search(["dog", "--jsom"], OPTIONS) == (["--", "dog", "--jsom"], ["--jsom"])
    with pytest.raises(UsageError, match="needs a value"):
        typed.for_search(["dog", "-n"], OPTIONS)
