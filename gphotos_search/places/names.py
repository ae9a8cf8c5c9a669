"""How names of places are compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from gphotos_search.places import DATA

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl")
SHORTEST = 3  # letters; a shorter name is taken for a place only where a sentence says so
_APOSTROPHES = str.maketrans("’ʼ`´", "''''")


def fold(name: str) -> str:
    """`name` for comparing: NFC, without case, one kind of apostrophe, single spaces."""
    plain = unicodedata.normalize("NFC", name).translate(_APOSTROPHES).casefold()
    return " ".join(plain.split())


def without_accents(name: str) -> str:
    apart = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def spellings(names: Iterable[str]) -> Iterator[str]:
    """Every folded form that a person may type: also without accents, and without hyphens."""
    for name in names:
        for form in {folded := fold(name), without_accents(folded)}:
            yield form
            yield " ".join(form.replace("-", " ").split())


def is_common(key: str) -> bool:
    """Whether a folded name is a word too ("nice", "halle"), or too short to be sure."""
    return len(key) < SHORTEST or key in _words()


@cache
def _words() -> frozenset[str]:
    words = (DATA / "words.txt").read_text("utf-8").split("\n")
    return frozenset(words) | frozenset(map(without_accents, words))
