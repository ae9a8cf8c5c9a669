"""What a person typed, or a client sent, as one Query. Pure, so that both mean the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from zoneinfo import ZoneInfo

from gphotos_search.config import SearchConfig
from gphotos_search.errors import UsageError
from gphotos_search.media import DayRange, Filters, Flag, Kind, Query
from gphotos_search.search import dates

LARGEST_LIMIT = 10_000
KINDS: tuple[Kind, ...] = ("photo", "video")
FLAGS: tuple[Flag, ...] = ("favorite", "archived", "trashed")
PARAMETERS = frozenset(
    ("q", "limit", "after", "before", "year", "month", "source", "type", "is", "no_group", "all")
)


def build(
    text: str,
    *,
    limit: int = 10,
    after: str = "",
    before: str = "",
    years: Sequence[str] = (),
    months: Sequence[str] = (),
    sources: Sequence[str] = (),
    kinds: Sequence[str] = (),
    flags: Sequence[str] = (),
    group: bool = True,
    everything: bool = False,
) -> Query:
    """A Query from words. `after` is included, `before` excluded; `years` and `months` may hold
    commas; of several `flags` an item must have all. Raises UsageError.
    """
    # Bytes that are no UTF-8 arrive as lone surrogates, which no tokenizer accepts.
    words = " ".join(text.encode("utf-8", "replace").decode().split())
    if not words:
        raise UsageError(
            "What are you looking for?", advice='For example: gphotos-search "snowball fight"'
        )
    if not 1 <= limit <= LARGEST_LIMIT:
        raise UsageError(f"--limit: {limit} is outside 1 to {LARGEST_LIMIT}.")
    filters = Filters(
        days=_days(
            after, before, dates.numbers(years, "--year", dates.FIRST_YEAR, dates.LAST_YEAR)
        ),
        months=dates.numbers(months, "--month", 1, 12),
        sources=tuple(dict.fromkeys(sources)),
        kinds=_kinds(kinds),
        flags=_flags(flags),
    )
    return Query.of(words, filters, limit=limit, group=group, everything=everything)


def _days(after: str, before: str, years: Sequence[int]) -> tuple[DayRange, ...]:
    ranges = dates.of_years(years)
    if after or before:
        bounds = DayRange(
            dates.day(after, "--after") if after else None,
            dates.day(before, "--before") if before else None,
        )
        ranges = dates.within(ranges or (DayRange(),), bounds)
    return ranges


def _kinds(words: Sequence[str]) -> tuple[Kind, ...]:
    for word in words:
        if word not in KINDS:
            raise UsageError(f'--type: "{word}" is neither photo nor video.')
    found = tuple(kind for kind in KINDS if kind in words)
    return () if len(found) == len(KINDS) else found


def _flags(words: Sequence[str]) -> tuple[Flag, ...]:
    for word in words:
        if word not in FLAGS:
            raise UsageError(f'--is: "{word}" is not known; there are: {", ".join(FLAGS)}.')
    return tuple(flag for flag in FLAGS if flag in words)


def from_params(params: Mapping[str, Sequence[str]], config: SearchConfig) -> Query:
    """The Query of a request, as `urllib.parse.parse_qs` gives its parameters.

    q (its values are words or groups of words), limit, after, before, year, month, source, type,
    is, no_group=1, all=1. Raises UsageError for what cannot be read and for any other parameter.
    """
    if unknown := sorted(set(params) - PARAMETERS):
        raise UsageError(f'A search has no parameter "{unknown[0]}".')
    limit = _last(params, "limit") or str(config.limit)
    if not (limit.isascii() and limit.isdigit()):
        raise UsageError(f'--limit: "{limit}" is not a number.')
    return build(
        " ".join(params.get("q", ())),
        limit=int(limit[:9]),
        after=_last(params, "after"),
        before=_last(params, "before"),
        years=params.get("year", ()),
        months=params.get("month", ()),
        sources=params.get("source", ()),
        kinds=params.get("type", ()),
        flags=params.get("is", ()),
        group=not _truth(params, "no_group"),
        everything=_truth(params, "all"),
    )


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
