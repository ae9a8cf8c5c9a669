"""Requests become queries, or a sentence that names the option."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs

import pytest

from gphotos_search.config import SearchConfig
from gphotos_search.errors import UsageError
from gphotos_search.media import DayRange
from gphotos_search.search.query import build, from_params


def test_plain_words() -> None:
    query = build("  snowball \n fight ")
    assert (query.text, query.limit, query.group, query.everything) == (
        "snowball fight",
        10,
        True,
        False,
    )
    assert not query.filters


def test_every_parameter_of_a_request() -> None:
    request = (
        "q=snowball&q=fight&limit=3&after=2020&before=2021-02&year=2020,2021&month=1&month=12"
        "&source=a&source=b&type=video&is=trashed&is=favorite&no_group=1&all=1"
    )
    query = from_params(parse_qs(request), SearchConfig(timezone="Europe/Berlin"))
    assert (query.text, query.limit, query.group, query.everything) == (
        "snowball fight",
        3,
        False,
        True,
    )
    assert query.filters.sources == ("a", "b")
    assert query.filters.kinds == ("video",)
    assert query.filters.flags == ("favorite", "trashed")
    assert query.filters.days == (
        DayRange(date(2020, 1, 1), date(2021, 1, 1)),
        DayRange(date(2021, 1, 1), date(2021, 2, 1)),
    )
    assert query.filters.months == (1, 12)


def test_the_configured_limit_is_the_default() -> None:
    assert from_params({"q": ["x"]}, SearchConfig(limit=7)).limit == 7


def test_both_kinds_are_no_condition() -> None:
    assert build("x", kinds=["video", "photo"]).filters.kinds == ()


def test_bytes_that_are_no_text_do_not_reach_the_tokenizer() -> None:
    assert build("caf\udce9").text == "caf?"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({}, "What are you looking for"),
        ({"q": [" "]}, "What are you looking for"),
        ({"q": ["x"], "limit": ["0"]}, "--limit"),
        ({"q": ["x"], "limit": ["ten"]}, "--limit"),
        ({"q": ["x"], "limit": ["9" * 5000]}, "--limit"),
        ({"q": ["x"], "year": ["20"]}, "--year"),
        ({"q": ["x"], "year": [""]}, "--year"),
        ({"q": ["x"], "month": ["1,13"]}, "--month"),
        ({"q": ["x"], "after": ["yesterday"]}, "--after"),
        ({"q": ["x"], "type": ["gif"]}, "--type"),
        ({"q": ["x"], "is": ["starred"]}, "--is.*favorite, archived, trashed"),
        ({"q": ["x"], "is": [""]}, "--is"),
        ({"q": ["x"], "colour": ["red"]}, "colour"),
    ],
)
def test_what_cannot_be_read_is_named(params: dict[str, list[str]], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        from_params(params, SearchConfig())
