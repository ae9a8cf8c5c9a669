"""Parameters become requests, or a sentence that names the option."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from gphotos_search.errors import UsageError
from gphotos_search.search.query import LARGEST_SEED, Request, from_params


def test_plain_words_keep_their_grouping() -> None:
    asked = from_params(parse_qs("q=snowball+fight&q=-night"))
    assert asked == Request(words=("snowball fight", "-night"))


def test_every_parameter_of_a_request() -> None:
    asked = from_params(
        parse_qs(
            "q=snowball&limit=3&after=2020&year=2020,2021&album=-Trip&album=Rome&like=3&like=/a.jpg"
            "&plus=2:beach&minus=people&more=3,7&more=9&less=2&random=5&raw=1&explain=1&remember=1"
            "&no_group=1&all=1"
        )
    )
    assert asked == Request(
        words=("snowball",),
        operators={
            "after": ("2020",),
            "year": ("2020,2021",),
            "album": ("-Trip", "Rome"),
        },
        like=("3", "/a.jpg"),
        plus=("2:beach",),
        minus=("people",),
        more=("3", "7", "9"),
        less=("2",),
        limit=3,
        sort="random",
        seed=5,
        group=False,
        everything=True,
        raw=True,
        explain=True,
        remember=True,
    )
    assert from_params({"sort": ["date"]}).sort == "date"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, "What are you looking for"),
        ({"q": [" "], "raw": ["1"]}, "What are you looking for"),
        ({"q": ["x"], "limit": ["0"]}, "--limit"),
        ({"q": ["x"], "limit": ["ten"]}, "--limit"),
        ({"q": ["x"], "limit": ["9" * 5000]}, "--limit"),
        ({"q": ["x"], "random": [str(LARGEST_SEED + 1)]}, "--random"),
        ({"random": ["1"], "sort": ["date"]}, "--sort and --random"),
        ({"sort": ["size"]}, "--sort.*relevance, date"),
        ({"year": [""]}, "--year"),
        ({"like": [" "]}, "--like"),
        ({"q": ["x"], "colour": ["red"]}, "colour"),
    ],
)
def test_what_cannot_be_read_is_named(params: dict[str, list[str]], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        from_params(params)
