"""People in a sentence: "Anna Berger", "with Anna", "Anna and Ben", "Anna's birthday"."""

from __future__ import annotations

from dataclasses import dataclass, field

from gphotos_search.search.understand.names import Names, found
from gphotos_search.search.understand.sentence import Sentence
from gphotos_search.search.understand.words import ordinary


@dataclass(slots=True)
class People:
    """Everyone of `shown`, of a group of names any; no one of `missing`."""

    shown: list[tuple[str, ...]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def take_full_names(sentence: Sentence, names: Names, people: People) -> None:
    """Take names of two words or more, however they are written."""
    for i in range(len(sentence)):
        for end, name in [] if sentence.taken[i] else found(names.people, sentence, i):
            if end - i > 1:
                _note(sentence, i, end, (name,), people)
                break


def take_given_names(sentence: Sentence, names: Names, people: People) -> None:
    """Take first names of which it is certain who is meant."""
    for i in range(len(sentence)):
        if sentence.taken[i]:
            continue
        who = _who(sentence, names, i)
        if who and _certain(sentence, names, i):
            _note(sentence, i, i + 1, (who,), people)


def led(sentence: Sentence, i: int) -> int:
    """Where the "with" before a position begins; the position itself where there is none."""
    return next((start for start, _ in sentence.ending("along", i)), i)


def _who(sentence: Sentence, names: Names, i: int) -> str | None:
    key = _bare(sentence, names, i)
    bearers = names.given.get(key, ())
    alone = [name for name in bearers if len(name.split()) == 1]
    return alone[0] if alone else bearers[0] if len(bearers) == 1 else None


def _bare(sentence: Sentence, names: Names, i: int) -> str:
    """The name without the genitive of English ("Anna's") and German ("Annas")."""
    token = sentence.tokens[i]
    if token.key.endswith("'s"):
        return token.key[:-2]
    if token.key not in names.given and token.capital and token.key.endswith("s"):
        return token.key[:-1]
    return token.key


def _certain(sentence: Sentence, names: Names, i: int) -> bool:
    token, key = sentence.tokens[i], _bare(sentence, names, i)
    with_them = led(sentence, i) < i or sentence.denied(i) is not None
    if key in ordinary.PEOPLE or key in names.places:
        if not (token.capital and with_them):
            return False
    elif not (token.capital or with_them):
        return False
    return key != token.key or not surname_follows(sentence, i + 1)


def surname_follows(sentence: Sentence, i: int) -> bool:
    """Whether a name goes on with a word that we do not know: "Anna Karenina"."""
    if i >= len(sentence) or sentence.taken[i] or sentence.tokens[i - 1].pause:
        return False
    return sentence.tokens[i].capital and not sentence.small(i)


def _note(sentence: Sentence, i: int, end: int, who: tuple[str, ...], people: People) -> None:
    if (denied := sentence.denied(i)) is not None:
        sentence.note(denied, end, "person", "not: person " + " or ".join(who))
        people.missing += who
        return
    start = led(sentence, i)
    either = False
    if people.shown and start == i:
        for kind in ("both", "either"):
            for first, _ in sentence.ending(kind, i):
                if first and sentence.taken[first - 1]:
                    start, either = first, kind == "either"
    sentence.note(start, end, "person", ("or " if either else "") + "person " + " or ".join(who))
    if either:
        people.shown[-1] = (*people.shown[-1], *who)
    elif who not in people.shown:
        people.shown.append(who)
