"""Times as seen from today: "yesterday", "last summer", "3 years ago", "the last two months"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gphotos_search.search.understand import calendars
from gphotos_search.search.understand.calendars import DAY_UNIT, YEAR
from gphotos_search.search.understand.lexicon import Entry
from gphotos_search.search.understand.moment import Clock, Moment
from gphotos_search.search.understand.sentence import Sentence
from gphotos_search.search.understand.when import When

_BEFORE_ONLY = frozenset(("en", "de", "nl"))  # "last" never follows its noun there
_POINTED = ("units", "seasons", "months", "weekdays", "holidays", "weekend")
_MOST = 150  # no photograph is older, in years


@dataclass(frozen=True, slots=True)
class Described:
    """A noun with "last" or "this" beside it, up to `end`."""

    end: int
    over: bool  # "last"
    noun: Entry
    langs: frozenset[str]


def described(sentence: Sentence, kind: str, i: int) -> Iterator[Described]:
    """What of a kind is said to be the last one or this one, at a position."""
    for which in ("last", "this"):
        for word in sentence.entries(which, i):
            middle = i + len(word.keys)
            for noun in sentence.entries(kind, middle):
                if langs := word.langs & noun.langs:
                    yield Described(middle + len(noun.keys), which == "last", noun, langs)
    for noun in sentence.entries(kind, i):
        middle = i + len(noun.keys)
        for word in sentence.entries("last", middle):
            if langs := word.langs & noun.langs - _BEFORE_ONLY:
                yield Described(middle + len(word.keys), True, noun, langs)


def number(sentence: Sentence, i: int) -> tuple[int, frozenset[str] | None] | None:
    """A count, written or in digits, and the languages of its word."""
    if i >= len(sentence) or sentence.taken[i]:
        return None
    key = sentence.tokens[i].key
    if key.isascii() and key.isdigit() and len(key) <= 3:
        return int(key), None
    entries = list(sentence.entries("numbers", i))
    if not entries:
        return None
    value = entries[0].value  # a word is no more than one number: "un" is 1 wherever it is said
    return int(value), frozenset().union(*(e.langs for e in entries if e.value == value))


def counted(sentence: Sentence, i: int) -> tuple[int, int, int, frozenset[str]] | None:
    """ "3 years": the end, the count, the unit, the languages."""
    found = number(sentence, i)
    if not found or not 1 <= found[0] <= _MOST:
        return None
    for unit in sentence.entries("units", i + 1):
        langs = unit.langs if found[1] is None else unit.langs & found[1]
        if langs:
            return i + 1 + len(unit.keys), found[0], int(unit.value), langs
    return None


def ago(sentence: Sentence, i: int) -> tuple[int, int, int, frozenset[str]] | None:
    """ "3 years ago", "vor 3 Jahren": the end, the count, the unit, the languages."""
    for word in sentence.entries("ago_before", i):
        found = counted(sentence, i + len(word.keys))
        if found and (langs := found[3] & word.langs):
            return (*found[:3], langs)
    if found := counted(sentence, i):
        for word in sentence.entries("ago_after", found[0]):
            if langs := found[3] & word.langs:
                return (found[0] + len(word.keys), *found[1:3], langs)
    return None


def years_back(sentence: Sentence, i: int) -> tuple[int, int] | None:
    """The end of "last year", "this year" or "3 years ago", and how many years back that is."""
    for each in described(sentence, "units", i):
        if each.noun.value == YEAR:
            return each.end, int(each.over)
    found = ago(sentence, i)
    return (found[0], found[1]) if found and found[2] == YEAR else None


def relative(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    """The longest time at this position that depends on today."""
    found = [_day_past(sentence, i, clock), _ago(sentence, i, clock), _rolling(sentence, i, clock)]
    for kind in _POINTED:
        found += [_pointed(sentence, kind, each, clock) for each in described(sentence, kind, i)]
    return max(filter(None, found), key=lambda moment: moment.end, default=None)


def _day_past(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    entry = sentence.first("days_past", i)
    if entry is None:
        return None
    when = calendars.back(DAY_UNIT, int(entry.value) - 1, clock.today)
    return Moment(i + len(entry.keys), when, langs=entry.langs, alone=True)


def _ago(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    found = ago(sentence, i)
    if found is None:
        return None
    end, count, unit, langs = found
    when = calendars.back(unit, count, clock.today)
    return Moment(end, when, langs=langs, year=_year(when), alone=True)


def _rolling(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    """ "the last 3 months", "les 3 derniers mois"."""
    for word in sentence.entries("last", i):
        found = counted(sentence, i + len(word.keys))
        if found and found[3] & word.langs:
            return _rolled(found, clock)
    count = number(sentence, i)
    if count and 1 <= count[0] <= _MOST:
        for word in sentence.entries("last", i + 1):
            for unit in sentence.entries("units", i + 1 + len(word.keys)):
                if langs := word.langs & unit.langs:
                    end = i + 1 + len(word.keys) + len(unit.keys)
                    return _rolled((end, count[0], int(unit.value), langs), clock)
    return None


def _rolled(found: tuple[int, int, int, frozenset[str]], clock: Clock) -> Moment:
    end, count, unit, langs = found
    return Moment(end, calendars.rolling(unit, count, clock.today), langs=langs, alone=True)


def _pointed(sentence: Sentence, kind: str, each: Described, clock: Clock) -> Moment | None:
    """ "last May" is one; "the last march of the band" is not."""
    if each.noun.ordinary and kind == "months" and not _a_month(sentence, each):
        return None
    when = _pointed_when(kind, each, clock)
    if when is None:
        return None
    return Moment(each.end, when, langs=each.langs, year=_year(when), alone=True)


def _a_month(sentence: Sentence, each: Described) -> bool:
    if any(token.capital for token in sentence.tokens[each.end - 1 : each.end]):
        return True
    return sentence.closed(each.end) and sentence.first("of", each.end) is None


def _pointed_when(kind: str, each: Described, clock: Clock) -> When | None:
    today, over, value = clock.today, each.over, each.noun.value
    if kind == "weekend":
        return calendars.weekend(today, over=over)
    if kind == "holidays":
        name = str(value)
        return _nearest(lambda year: calendars.holiday(name, year), clock, over)
    value = int(value)
    if kind == "units":
        # "the last day", "this day" belong to what is told, not to the calendar.
        return None if value == DAY_UNIT else calendars.back(value, int(over), today)
    if kind == "weekdays":
        return calendars.weekday(value, today, over=over)
    if kind == "months":
        return _nearest(lambda year: calendars.month(value, year), clock, over)
    return _nearest(lambda year: calendars.season_from(value, year, clock.hemisphere), clock, over)


def _nearest(of_year: calendars.OfYear, clock: Clock, over: bool) -> When:
    """The last one that is behind us; "this summer" is the last one that has begun."""
    return calendars.latest(of_year, clock.today, over=over)


def _year(when: When) -> int | None:
    start = when.days[0].start
    return start.year if start else None
