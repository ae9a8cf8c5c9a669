"""Places in a sentence: "in Rome", "Lyon, France", "near Lyon", "New York skyline"."""

from __future__ import annotations

from dataclasses import dataclass, field

from gphotos_search.media import Circle
from gphotos_search.search.understand.names import Names, found
from gphotos_search.search.understand.people import led, surname_follows
from gphotos_search.search.understand.sentence import Sentence
from gphotos_search.search.understand.told import Known
from gphotos_search.search.understand.words import ordinary

RADIUS_KM = 20.0  # of "near" where none is said
SHORTEST = 4  # letters of a name that is read without a capital and without "in"


@dataclass(slots=True)
class Places:
    """Any of these places and circles."""

    ids: list[int] = field(default_factory=list)
    near: list[Circle] = field(default_factory=list)


def take_places(sentence: Sentence, names: Names, known: Known) -> Places:
    """Take the places of which it is certain that places are meant."""
    places = Places()
    last: tuple[int, tuple[int, ...]] | None = None  # where a place ended, and its ids
    for i in range(len(sentence)):
        if sentence.taken[i]:
            continue
        for end, name in found(names.places, sentence, i):
            common = _common(sentence, i, end) or name in known.common
            joined = last is not None and last[0] == i
            if not _certain(sentence, names, i, end, joined=joined, common=common):
                continue
            ids = known.places[name]
            if last and last[0] == i and (nested := inside(last[1], ids, known)):
                places.ids = [each for each in places.ids if each not in last[1]] + list(nested)
                sentence.note(i, end, "place", f"in {sentence.tokens[i].text}")
                last = (end, nested)
            else:
                _note(sentence, i, end, name, known=known, places=places)
                last = (end, ids)
            break
    return places


def inside(ids: tuple[int, ...], outer: tuple[int, ...], known: Known) -> tuple[int, ...]:
    """Which of these places lie in one of the outer ones."""
    return tuple(each for each in ids if not set(known.within.get(each, ())).isdisjoint(outer))


def _note(sentence: Sentence, i: int, end: int, name: str, *, known: Known, places: Places) -> None:
    start, near = _lead(sentence, i)
    said = sentence.text[sentence.tokens[i].start : sentence.tokens[end - 1].end]
    if near and name in known.where:
        latitude, longitude = known.where[name]
        places.near.append(Circle(latitude, longitude, RADIUS_KM))
        sentence.note(start, end, "near", f"within {RADIUS_KM:g} km of {said}")
        return
    if start == i and places.ids:
        for kind in ("both", "either"):
            for first, _ in sentence.ending(kind, i):
                start = first if first and sentence.taken[first - 1] else start
    sentence.note(start, end, "place", f"place {said}")
    places.ids += [each for each in known.places[name] if each not in places.ids]


def _lead(sentence: Sentence, i: int) -> tuple[int, bool]:
    """Where "in the" before a position begins, and whether it is "near"."""
    for before in (i, *(start for start, _ in sentence.ending("the", i))):
        for kind in ("near", "where"):
            for start, _ in sentence.ending(kind, before):
                return start, kind == "near"
    return i, False


def _common(sentence: Sentence, i: int, end: int) -> bool:
    key = sentence.tokens[i].key
    return end - i == 1 and (key in ordinary.PLACES or key.isdigit())


def _certain(
    sentence: Sentence, names: Names, i: int, end: int, *, joined: bool, common: bool
) -> bool:
    token = sentence.tokens[i]
    start = _lead(sentence, i)[0]
    if led(sentence, i) < i or sentence.denied(start) is not None:
        return False  # "with Paris" is someone, "not in Paris" is for an operator to say
    if start < i:
        # No town has an article, but "nach dem Essen" is after the meal.
        articled = all(not any(sentence.ending(kind, i)) for kind in ("near", "where"))
        return not common or (token.capital and sentence.closed(end) and not articled)
    if common or (end - i == 1 and token.key in names.given):
        return False
    if _name_after(sentence, end) or (not joined and _name_before(sentence, i)):
        return False
    if end - i > 1 or token.capital:
        return True
    return sentence.lower and len(token.key) >= SHORTEST and sentence.closed(end)


def _name_after(sentence: Sentence, end: int) -> bool:
    """Whether it may be someone's first name: "Paris Hilton", but not "Lyon Strand"."""
    return surname_follows(sentence, end) and not sentence.telling(end)


def _name_before(sentence: Sentence, i: int) -> bool:
    """Whether it may be someone's second name: "Conrad Hilton"."""
    if i == 0 or sentence.taken[i - 1] or sentence.tokens[i - 1].pause:
        return False
    return sentence.tokens[i - 1].capital and not sentence.telling(i - 1)
