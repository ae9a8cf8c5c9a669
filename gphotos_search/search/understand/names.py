"""The names that occur in a catalogue, ready to be found in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from gphotos_search.search.understand.lexicon import lexicon
from gphotos_search.search.understand.sentence import Sentence
from gphotos_search.search.understand.tokens import fold, tokenize
from gphotos_search.search.understand.told import Known

Keys = tuple[str, ...]
Table = dict[str, list[tuple[Keys, str]]]  # the first key -> keys and name, the longest first
LONGEST = 8  # words of a name that are compared; longer titles count only in operators


@dataclass(frozen=True, slots=True)
class Names:
    """Names by their words; `given` is by the first word of a person's name."""

    albums: Table
    people: Table
    places: Table
    cameras: Table
    given: dict[str, tuple[str, ...]]


@lru_cache(maxsize=4)
def names_of(known: Known) -> Names:
    """The index of a catalogue's names, made once for each Known."""
    given: dict[str, tuple[str, ...]] = {}
    for name in sorted(known.people):
        keys = keys_of(name)
        if keys:
            given[keys[0]] = (*given.get(keys[0], ()), name)
    return Names(
        albums=_table(known.albums),
        people=_table(known.people),
        places=_table(known.places),
        cameras=_cameras(known.cameras),
        given=given,
    )


def keys_of(name: str) -> Keys:
    """The words of a name as a sentence would have them."""
    return tuple(token.key for token in tokenize(name, lexicon().months))


def found(table: Table, sentence: Sentence, i: int) -> Iterator[tuple[int, str]]:
    """Names that begin at a position, among free words: the end and the name, longest first."""
    for keys, name in table.get(sentence.tokens[i].key, ()):
        end = i + len(keys)
        if end <= len(sentence) and sentence.free(i, end) and sentence.keys(i, end) == keys:
            yield end, name


def same(names: Iterable[str], said: str) -> tuple[str, ...]:
    """The names that are written like this, whatever case, accents and commas."""
    wanted = _plain(said)
    return tuple(sorted(name for name in names if _plain(name) == wanted))


def _plain(name: str) -> str:
    return fold(" ".join(name.replace(",", " ").split()))


def _table(names: Iterable[str]) -> Table:
    table: Table = {}
    for name in sorted(names):
        keys = keys_of(name)
        if 0 < len(keys) <= LONGEST:
            table.setdefault(keys[0], []).append((keys, name))
    for entries in table.values():
        entries.sort(key=lambda entry: -len(entry[0]))
    return table


def _cameras(cameras: Iterable[str]) -> Table:
    """Every run of words in a camera's name: people leave out the maker and the last words."""
    runs: dict[str, None] = {}
    for camera in sorted(cameras):
        words = camera.casefold().split()[:LONGEST]
        for start in range(len(words)):
            for end in range(start + 1, len(words) + 1):
                runs[" ".join(words[start:end])] = None
    return _table(runs)
