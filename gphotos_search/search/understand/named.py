"""Times that have a name: "12 June 2019", "summer 2018", "Christmas", "on Mondays", "the 90s"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from gphotos_search.search.understand import calendars
from gphotos_search.search.understand.lexicon import Entry
from gphotos_search.search.understand.moment import Clock, Moment, Need
from gphotos_search.search.understand.numerals import numeral
from gphotos_search.search.understand.relative import relative, years_back
from gphotos_search.search.understand.sentence import Sentence
from gphotos_search.search.understand.when import When
from gphotos_search.search.understand.words.language import word_set

_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|re|e|o|a|de|ste)?")
_DECADE = re.compile(r"'?(\d0|\d{3}0)(?:s|'s|er|ern)")
_TENS = re.compile(r"\d0|\d{3}0")
_SPLIT_YEAR = re.compile(r"(\d{4})[-/–](\d{4}|\d{2})")
_DECADE_NAMES = {"nineties": 90, "eighties": 80, "seventies": 70, "sixties": 60, "fifties": 50}
_DECADE_NAMES |= {"neunzigern": 90, "achtzigern": 80, "siebzigern": 70, "sechzigern": 60}
# A number after these is no year, and one before those neither.
_NUMBERED = word_set(
    "windows office peugeot bmw boeing route room zimmer number nr no num iso expo"
)
_MEASURES = word_set(
    "m km euro euros eur usd dollar dollars meter meters metre metres metros metri people"
    " personen personnes personas persone pessoas pieces teile cm mm kg g ml kcal watt px"
    " steps feet"
)
# Nouns before these make another thing of them: "real estate 2019", "hot spring 2019".
_COMPOUNDED = frozenset(("real", "hot", "water", "thermal", "free", "box"))


def moment(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    """The longest time that begins at a position."""
    if i >= len(sentence) or sentence.taken[i]:
        return None
    if i not in sentence.moments:
        found = [read(sentence, i, clock) for read in _READERS]
        longest = max(filter(None, found), key=lambda each: each.end, default=None)
        sentence.moments[i] = longest
    return sentence.moments[i]


def year_at(sentence: Sentence, i: int, clock: Clock, links: int = 3) -> tuple[int, int] | None:
    """A year that completes a time, and the position after it: "2019", "of last year"."""
    if i >= len(sentence) or sentence.taken[i] or not links:
        return None
    key = sentence.tokens[i].key
    if key.isascii() and key.isdigit() and len(key) == 4:
        return (int(key), i + 1) if calendars.FIRST <= int(key) <= calendars.LAST else None
    if found := years_back(sentence, i):
        return clock.today.year - found[1], found[0]
    linking = [entry for kind in ("of", "the") for entry in sentence.entries(kind, i)]
    linking += [entry for entry in sentence.entries("units", i) if entry.value == calendars.YEAR]
    if sentence.tokens[i].key in ("in", "en", "im", "em", "nel", "in"):
        linking += list(sentence.entries("at", i))
    for entry in linking:
        if year := year_at(sentence, i + len(entry.keys), clock, links - 1):
            return year
    return None


def _numeral(sentence: Sentence, i: int, _clock: Clock) -> Moment | None:
    when = numeral(sentence.tokens[i].text)
    start = when.days[0].start if when else None
    return Moment(i + 1, when, year=start.year, alone=True) if when and start else None


def _bare_year(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    """ "2019", "im Jahr 2019"; what counts something else is none."""
    unit = sentence.first("units", i)
    if unit and unit.value == calendars.YEAR:
        i += len(unit.keys)
    if i >= len(sentence) or sentence.taken[i]:
        return None
    key = sentence.tokens[i].key
    if not (key.isascii() and key.isdigit() and len(key) == 4):
        return None
    if not (unit or 1900 <= int(key) <= clock.today.year) or int(key) > calendars.LAST:
        return None
    if int(key) < calendars.FIRST or (i and sentence.tokens[i - 1].key in _NUMBERED):
        return None
    if i + 1 < len(sentence) and sentence.tokens[i + 1].key in _MEASURES:
        return None
    return Moment(i + 1, calendars.year(int(key)), year=int(key), alone=True)


def _date(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    """ "June", "June 2019", "12 June 2019", "June 12, 2019", "12 June"."""
    day = _day_number(sentence, i)
    start = i + 1 if day else i
    if day and (link := sentence.first("of", start)):
        start += len(link.keys)
    for month, short in _months(sentence, start):
        end = start + len(month.keys)
        after = None if day else _day_number(sentence, end)
        if after and (found := _dated(sentence, end + 1, month, after, clock, short=short)):
            return found
        return _dated(sentence, end, month, day, clock, short=short)
    return None


def _months(sentence: Sentence, i: int) -> Iterator[tuple[Entry, bool]]:
    yield from ((entry, False) for entry in sentence.entries("months", i))
    yield from ((entry, True) for entry in sentence.entries("short_months", i))


def _day_number(sentence: Sentence, i: int) -> int | None:
    if i >= len(sentence) or sentence.taken[i]:
        return None
    match = _ORDINAL.fullmatch(sentence.tokens[i].key)
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None


def _dated(
    sentence: Sentence, end: int, month: Entry, day: int | None, clock: Clock, *, short: bool
) -> Moment | None:
    value = int(month.value)
    if found := year_at(sentence, end, clock):
        when = calendars.day(found[0], value, day) if day else calendars.month(value, found[0])
        return (
            Moment(found[1], when, langs=month.langs, year=found[0], alone=True) if when else None
        )
    if short and not day:
        return None

    def of_year(year: int) -> When:
        named = calendars.day(year, value, day) if day else None
        return named or calendars.month(value, year)

    every = calendars.every(value, day, clock.today) if day else When(months=(value,))
    if every is None:
        return None
    word = sentence.tokens[end - 1 if day is None else end - len(month.keys)]
    plain = not month.ordinary or (day and (word.capital or sentence.closed(end)))
    need = Need.CLOSED if not plain else Need.NOTHING if day and not short else Need.LEAD
    alone = not (month.ordinary or short)
    return Moment(end, every, need, month.langs, of_year=of_year, alone=alone)


def _season(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    season = sentence.first("seasons", i)
    if season is None or (i and sentence.tokens[i - 1].key in _COMPOUNDED):
        return None
    number, end = int(season.value), i + len(season.keys)

    def of_year(year: int) -> When:
        return calendars.season_from(number, year, clock.hemisphere)

    if (split := _split_year(sentence, end)) is not None:
        return Moment(end + 1, of_year(split), langs=season.langs, year=split)
    if year := year_at(sentence, end, clock):
        when = calendars.season(number, year[0], clock.hemisphere)
        return Moment(year[1], when, langs=season.langs, year=year[0])
    need = Need.CLOSED if season.langs & {"en", "de", "nl"} else Need.LEAD
    months = calendars.season_months(number, clock.hemisphere)
    return Moment(end, When(months=months), need, season.langs, of_year=of_year)


def _split_year(sentence: Sentence, i: int) -> int | None:
    """2018 of "winter 2018/19"."""
    match = _SPLIT_YEAR.fullmatch(sentence.tokens[i].text) if i < len(sentence) else None
    if not match or sentence.taken[i] or (int(match[1]) + 1 - int(match[2])) % 100:
        return None
    return int(match[1]) if calendars.FIRST <= int(match[1]) < calendars.LAST else None


def _holiday(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    entry = sentence.first("holidays", i)
    if entry is None:
        return None
    name, end = str(entry.value), i + len(entry.keys)

    def of_year(year: int) -> When:
        return calendars.holiday(name, year)

    if year := year_at(sentence, end, clock):
        return Moment(year[1], of_year(year[0]), langs=entry.langs, year=year[0])
    latest = calendars.latest(of_year, clock.today, over=False)
    return Moment(end, latest, Need.PERIOD, entry.langs, of_year=of_year)


def _weekday(sentence: Sentence, i: int, _clock: Clock) -> Moment | None:
    """ "on Mondays", "montags", "on Monday": every one of them."""
    if entry := sentence.first("every_weekday", i):
        need = Need.CLOSED if entry.langs == {"en"} else Need.NOTHING
    elif entry := sentence.first("weekdays", i):
        need = Need.CLOSED
    else:
        return None
    when = When(weekdays=(int(entry.value),))
    return Moment(i + len(entry.keys), when, need, entry.langs)


def _weekend(sentence: Sentence, i: int, _clock: Clock) -> Moment | None:
    entry = sentence.first("weekend", i)
    if entry is None:
        return None
    need = Need.CLOSED if entry.ordinary else Need.NOTHING
    return Moment(i + len(entry.keys), When(weekdays=(6, 7)), need, entry.langs)


def _decade(sentence: Sentence, i: int, _clock: Clock) -> Moment | None:
    """ "in the 90s", "in den 90er Jahren", "dans les années 90"."""
    key = sentence.tokens[i].key
    if (match := _DECADE.fullmatch(key)) or key in _DECADE_NAMES:
        when = calendars.decade(int(match[1]) if match else _DECADE_NAMES[key])
        unit = sentence.first("units", i + 1)
        end = i + 2 if unit and unit.value == calendars.YEAR else i + 1
        return Moment(end, when, Need.CLOSED) if when else None
    for entry in sentence.entries("decade", i):
        end = i + len(entry.keys)
        if end < len(sentence) and _TENS.fullmatch(sentence.tokens[end].key):
            when = calendars.decade(int(sentence.tokens[end].key))
            return Moment(end + 1, when, Need.LEAD, entry.langs) if when else None
    return None


_READERS: tuple[Callable[[Sentence, int, Clock], Moment | None], ...] = (
    _numeral,
    _date,
    _season,
    _holiday,
    relative,
    _decade,
    _weekday,
    _weekend,
    _bare_year,
)
