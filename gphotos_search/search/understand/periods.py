"""The times of a sentence: moments with what leads them, and periods between two moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from gphotos_search.media import DayRange
from gphotos_search.search.understand.lexicon import ANY
from gphotos_search.search.understand.moment import Clock, Moment, Need
from gphotos_search.search.understand.named import moment
from gphotos_search.search.understand.sentence import Sentence
from gphotos_search.search.understand.when import When, joined, told

_LEADS = ("at", "of")
MOST_TIMES = 8  # of one sentence; whoever lists more does not mean them


def take_times(sentence: Sentence, clock: Clock, found: When) -> When:
    """Take every time out of a sentence; all of them hold together, and with what was `found`."""
    i = count = 0
    while i < len(sentence) and count < MOST_TIMES:
        each = None if sentence.taken[i] else time_at(sentence, i, clock)
        if each is None:
            i += 1
            continue
        count += 1
        if sentence.denied(i) is not None:
            i = each.end  # "not 2019" is for an operator to say
            continue
        each = _alternatives(sentence, each, clock)
        both = found & each.when
        if both.impossible and not each.when.impossible:
            i = each.end  # it excludes what was said before, so it stays content
            continue
        found = both
        sentence.note(i, each.end, "time", told(each.when))
        i = each.end
    return found


def _alternatives(sentence: Sentence, first: Moment, clock: Clock) -> Moment:
    """ "2019 or 2020", "2018, 2019 and 2020": any of them."""
    while first.when.days and not (first.when.months or first.when.weekdays):
        links = [first.end] if sentence.tokens[first.end - 1].pause else []
        links += [link.end for link in _starts(sentence, ("either", "both"), first.end)]
        for start in links:
            other = time_at(sentence, start, clock)
            if other and other.when.days and not (other.when.months or other.when.weekdays):
                days = joined((*first.when.days, *other.when.days))
                first = replace(other, when=When(days))
                break
        else:
            break
    return first


def time_at(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    """The time that begins here with all that leads it, where it is certain."""
    return (
        _between(sentence, i, clock)
        or _from_to(sentence, i, clock)
        or _open_ended(sentence, i, clock)
        or _single(sentence, i, clock)
    )


def whole(text: str, clock: Clock) -> When | None:
    """The time that a whole text names, as the value of an operator does; else None."""
    sentence = Sentence(text)
    if not len(sentence):
        return None
    found = time_at(sentence, 0, clock)
    if found is None or found.end != len(sentence):
        found = moment(sentence, 0, clock)
    return found.when if found and found.end == len(sentence) else None


@dataclass(frozen=True, slots=True)
class _Led:
    """A word that leads a time, with its article, up to `end`."""

    end: int
    langs: frozenset[str]
    kind: str
    ordinary: bool = False


def _starts(sentence: Sentence, kinds: tuple[str, ...], i: int) -> Iterator[_Led]:
    """Words of these kinds at a position, with their article before without it."""
    for kind in kinds:
        for entry in sentence.entries(kind, i):
            end = i + len(entry.keys)
            for article in sentence.entries("the", end):
                if langs := article.langs & entry.langs:
                    yield _Led(end + len(article.keys), langs, kind, entry.ordinary)
            yield _Led(end, entry.langs, kind, entry.ordinary)


def _single(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    for lead in _starts(sentence, _LEADS, i):
        found = moment(sentence, lead.end, clock)
        if (
            found
            and found.langs & lead.langs
            and _certain(sentence, i, found, _leading(sentence, i, lead.kind))
        ):
            return found
    for article in sentence.entries("the", i):
        found = moment(sentence, i + len(article.keys), clock)
        if found and found.langs & article.langs and _certain(sentence, i, found, False):
            return found
    found = moment(sentence, i, clock)
    return found if found and _certain(sentence, i, found, False) else None


def _leading(sentence: Sentence, i: int, kind: str) -> bool:
    """ "of" leads a time only after the word for photos: not in "flores de mayo"."""
    if kind == "at":
        return True
    media = ("photos", "videos")
    return (
        any(True for each in media for _ in sentence.lexicon.entries(each, sentence.tokens, i - 1))
        if i
        else False
    )


def _certain(sentence: Sentence, i: int, found: Moment, led: bool) -> bool:
    if found.need is Need.NOTHING:
        return True
    if found.alone and i == 0 and found.end == len(sentence):
        return True
    if found.need is Need.PERIOD or not led:
        return False
    return found.need is Need.LEAD or sentence.closed(found.end)


def _between(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    for lead in _starts(sentence, ("between",), i):
        if found := _pair(sentence, lead.end, clock, ("both",), lead.langs):
            return found
    return None


def _from_to(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    for lead in _starts(sentence, ("start", "since"), i):
        if found := _pair(sentence, lead.end, clock, ("end", "until"), lead.langs):
            return found
    return _pair(sentence, i, clock, ("end", "until"), ANY, led=False)


def _pair(
    sentence: Sentence,
    i: int,
    clock: Clock,
    links: tuple[str, ...],
    langs: frozenset[str],
    *,
    led: bool = True,
) -> Moment | None:
    """Two moments and what links them, as one period."""
    first = moment(sentence, i, clock)
    if first is None or not first.langs & langs:
        return None
    ends = [*_starts(sentence, links, first.end)]
    if first.end < len(sentence) and sentence.tokens[first.end].key in ("-", "–", "—"):
        ends.append(_Led(first.end + 1, ANY, "end"))
    for link in ends:
        last = moment(sentence, link.end, clock)
        if last and last.langs & link.langs & langs and (last.langs & first.langs):
            when = _spanned(first, last, led)
            if when:
                return replace(last, when=when, need=Need.NOTHING, year=None, of_year=None)
    return None


def _spanned(first: Moment, last: Moment, led: bool) -> When | None:
    begin, end = first.when, last.when
    if first.of_year and last.year:
        begin = first.of_year(last.year)
        if _begin(begin) > _begin(end):
            begin = first.of_year(last.year - 1)
    elif last.of_year and first.year:
        end = last.of_year(first.year)
        if _begin(end) < _begin(begin):
            end = last.of_year(first.year + 1)
    elif len(begin.months) == len(end.months) == 1:
        return _months(begin.months[0], end.months[0]) if led else None
    elif first.of_year or last.of_year:
        return None
    if not (begin.days and end.days) or _begin(begin) > _begin(end):
        return None
    return When((DayRange(begin.days[0].start, end.days[-1].end),))


def _months(first: int, last: int) -> When:
    count = (last - first) % 12 + 1
    return When(months=tuple(sorted((first + k - 1) % 12 + 1 for k in range(count))))


def _begin(when: When) -> date:
    return (when.days[0].start if when.days else None) or date.min


def _open_ended(sentence: Sentence, i: int, clock: Clock) -> Moment | None:
    """ "since 2020", "before 2015", "after June 2019", "until 2012"."""
    for kind in ("since", "before", "after", "until"):
        for lead in _starts(sentence, (kind,), i):
            found = moment(sentence, lead.end, clock)
            if found and found.of_year and lead.ordinary:
                continue  # "vestito da estate" is no dress since summer
            if found and found.langs & lead.langs and (when := _opened(kind, found, clock)):
                return replace(found, when=when, need=Need.NOTHING, year=None, of_year=None)
    return None


def _opened(kind: str, found: Moment, clock: Clock) -> When | None:
    when = found.when
    if found.of_year:  # no year was said: "since June" is the latest one, "before June" is unsure
        if kind != "since":
            return None
        this_year = found.of_year(clock.today.year)
        begun = _begin(this_year) <= clock.today
        when = this_year if begun else found.of_year(clock.today.year - 1)
    if not when.days:
        return None
    if kind == "since":
        return When((DayRange(when.days[0].start, None),))
    if kind == "after":
        return When((DayRange(when.days[-1].end, None),))
    end = when.days[0].start if kind == "before" else when.days[-1].end
    return When((DayRange(None, end),))
