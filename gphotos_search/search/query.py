"""What a client sent, as one Request. Pure, so that a command line and HTTP mean the same.

What the words say is read later, by search.understand, with what the catalogue knows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import get_args
from zoneinfo import ZoneInfo

from gphotos_search.config import SearchConfig
from gphotos_search.errors import UsageError
from gphotos_search.media import Sort

LARGEST_LIMIT = 10_000
LARGEST_SEED = 2**31 - 1
OPERATORS = (
    *("after", "before", "year", "month", "day", "album", "person", "place", "near", "radius"),
    *("camera", "type", "source", "fav", "is"),
)
LISTS = ("like", "plus", "minus", "more", "less")
SWITCHES = ("raw", "explain", "remember", "no_group", "all", "timings")
PARAMETERS = frozenset(("q", "limit", "sort", "random", *OPERATORS, *LISTS, *SWITCHES))
MEANINGFUL = ("q", "sort", "random", *OPERATORS, *LISTS)  # one of them is needed
SORTS = ("relevance", "date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A question as it came: `words` are arguments, of which each keeps its grouping."""

    words: tuple[str, ...] = ()
    operators: Mapping[str, Sequence[str]] = field(default_factory=dict)
    like: tuple[str, ...] = ()  # numbers of photos, and absolute paths of pictures
    plus: tuple[str, ...] = ()  # words, or numbers of photos
    minus: tuple[str, ...] = ()
    more: tuple[str, ...] = ()  # numbers of photos
    less: tuple[str, ...] = ()
    limit: int | None = None  # None: the configured one
    group: bool = True
    everything: bool = False
    sort: Sort = "relevance"
    seed: int = 0
    raw: bool = False  # the words are one meaning, nothing else
    explain: bool = False
    remember: bool = False  # the answer becomes the last list of results
    timings: bool = False  # the answer tells where the time went


def from_params(params: Mapping[str, Sequence[str]]) -> Request:
    """The Request of these parameters, as `urllib.parse.parse_qs` gives them; see PARAMETERS.

    q may be repeated, its values are words or groups of words. limit is a number, sort relevance or
    date, random a seed; the operators, like, plus, minus, more and less may be repeated, the last
    two hold commas; the switches are 1. Raises UsageError for what cannot be read and for any other
    parameter.
    """
    if unknown := sorted(set(params) - PARAMETERS):
        raise UsageError(f'A search has no parameter "{unknown[0]}".')
    for name in (*OPERATORS, *LISTS):
        if not all(value.strip() for value in params.get(name, ())):
            # An empty variable of a script must not turn a filtered search into one of everything.
            raise UsageError(f"--{name} needs a value.")
    if not any(any(map(str.strip, params.get(name, ()))) for name in MEANINGFUL):
        raise UsageError(
            "What are you looking for?", advice='For example: gphotos-search "snowball fight"'
        )
    sort, seed = _order(params)
    return Request(
        words=tuple(params.get("q", ())),
        operators={name: tuple(params[name]) for name in OPERATORS if name in params},
        like=tuple(params.get("like", ())),
        plus=tuple(params.get("plus", ())),
        minus=tuple(params.get("minus", ())),
        more=_listed(params.get("more", ())),
        less=_listed(params.get("less", ())),
        limit=_number(params, "limit", 1, LARGEST_LIMIT),
        group=not _truth(params, "no_group"),
        everything=_truth(params, "all"),
        sort=sort,
        seed=seed,
        raw=_truth(params, "raw"),
        explain=_truth(params, "explain"),
        remember=_truth(params, "remember"),
        timings=_truth(params, "timings"),
    )


def _order(params: Mapping[str, Sequence[str]]) -> tuple[Sort, int]:
    seed = _number(params, "random", 0, LARGEST_SEED)
    said = _last(params, "sort")
    if said and seed is not None:
        raise UsageError("--sort and --random exclude each other.")
    if said not in ("", *SORTS):
        raise UsageError(f'--sort: "{said}" is not known; there are: {", ".join(SORTS)}.')
    if seed is not None:
        return "random", seed
    return next((sort for sort in get_args(Sort) if sort == said), "relevance"), 0


def _number(params: Mapping[str, Sequence[str]], name: str, low: int, high: int) -> int | None:
    said = _last(params, name)
    if not said:
        return None
    if not (said.isascii() and said.isdigit()):
        raise UsageError(f'--{name}: "{said}" is not a number.')
    number = int(said[:12])
    if not low <= number <= high:
        raise UsageError(f"--{name}: {number} is outside {low} to {high}.")
    return number


def _listed(values: Sequence[str]) -> tuple[str, ...]:
    words = (word.strip() for value in values for word in value.split(","))
    return tuple(word for word in words if word)


def zone_of(config: SearchConfig) -> ZoneInfo | None:
    """The zone dates are meant in; None is the system's."""
    return ZoneInfo(config.timezone) if config.timezone else None


def local_zone(config: SearchConfig) -> tzinfo:
    """The zone of the config, else the system's, as an object that arithmetic can use."""
    from tzlocal import get_localzone

    return zone_of(config) or get_localzone()


def _last(params: Mapping[str, Sequence[str]], name: str) -> str:
    return params[name][-1] if params.get(name) else ""


def _truth(params: Mapping[str, Sequence[str]], name: str) -> bool:
    return _last(params, name) in ("1", "true", "yes")
