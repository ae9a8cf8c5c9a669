"""All tables of words as one index: what a run of words may mean, and in which languages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from gphotos_search.search.understand.tokens import Token, fold, tokenize
from gphotos_search.search.understand.words import LANGUAGES, Language
from gphotos_search.search.understand.words.language import word_set

ANY = frozenset(language.code for language in LANGUAGES)
_VALUES = word_set("months short_months seasons weekdays every_weekday units numbers days_past")
_PLAIN = word_set(
    "weekend last this ago_before ago_after decade at of the both between start end since before"
    " after until where near along either without album photos videos favorites favorite"
    " taken_with lead"
)
_SMALL = ("at", "of", "the", "both", "along", "where", "either", "common", "since", "without")


@dataclass(frozen=True, slots=True)
class Entry:
    """A way to say `value`. `exact`: accents matter; the other two are `~` and `?` of a table."""

    keys: tuple[str, ...]
    value: int | str
    langs: frozenset[str]
    exact: str = ""
    ordinary: bool = False
    evident: bool = False

    def stands(self, tokens: Sequence[Token], i: int) -> bool:
        """Whether these words begin at position i."""
        keys = self.keys
        if i + len(keys) > len(tokens) or (self.exact and tokens[i].plain != self.exact):
            return False
        return all(tokens[i + k].key == key for k, key in enumerate(keys))


Index = dict[str, list[Entry]]  # the first key -> entries, the longest first


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What words mean, by kind; the small words of each language; the names of months."""

    kinds: dict[str, Index]
    small: frozenset[str]
    telling: dict[str, frozenset[str]]  # a word -> the languages it tells of
    months: frozenset[str]

    def entries(self, kind: str, tokens: Sequence[Token], i: int) -> Iterator[Entry]:
        """What of this kind begins at position i, the longest first."""
        if i < len(tokens):
            for entry in self.kinds[kind].get(tokens[i].key, ()):
                if entry.stands(tokens, i):
                    yield entry


@cache
def lexicon() -> Lexicon:
    """The index, built on first use."""
    kinds: dict[str, Index] = {}
    for kind in _VALUES:
        kinds[kind] = _index(_numbered(kind))
    for kind in _PLAIN:
        kinds[kind] = _index(
            entry for lang in LANGUAGES for entry in _said(getattr(lang, kind), kind, lang)
        )
    kinds["holidays"] = _index(
        entry
        for lang in LANGUAGES
        for name, said in lang.holidays.items()
        for entry in _said(said, name, lang)
    )
    months = frozenset(kinds["months"]) | frozenset(kinds["short_months"])
    return Lexicon(kinds, _small(), _telling(), months)


@cache
def _tokens(words: str) -> tuple[Token, ...]:
    return tuple(tokenize(words))


def _numbered(kind: str) -> Iterator[Entry]:
    for language in LANGUAGES:
        for number, said in enumerate(getattr(language, kind).split("|"), start=1):
            yield from _said(said, number, language)


def _said(table: str, value: int | str, language: Language) -> Iterator[Entry]:
    for written in filter(None, table.split(",")):
        words = written.rstrip("~?").removeprefix("!")
        tokens = _tokens(words)
        yield Entry(
            keys=tuple(token.key for token in tokens),
            value=value,
            langs=frozenset((language.code,)),
            exact=tokens[0].plain if written.startswith("!") or words == "à" else "",
            ordinary=written.endswith("~"),
            evident=written.endswith("?"),
        )


def _index(entries: Iterable[Entry]) -> Index:
    """Entries that say the same in several languages become one."""
    merged: dict[tuple[object, ...], Entry] = {}
    for entry in entries:
        same = (entry.keys, entry.value, entry.exact, entry.ordinary, entry.evident)
        known = merged.get(same)
        merged[same] = replace(entry, langs=known.langs | entry.langs) if known else entry
    index: Index = {}
    for entry in merged.values():
        index.setdefault(entry.keys[0], []).append(entry)
    for found in index.values():
        found.sort(key=lambda entry: (-len(entry.keys), not entry.exact))
    return index


def _words(language: Language, fields: Iterable[str]) -> Iterator[str]:
    for field in fields:
        for written in filter(None, getattr(language, field).split(",")):
            yield from (token.key for token in _tokens(written.rstrip("~?").removeprefix("!")))


def _small() -> frozenset[str]:
    return frozenset(word for language in LANGUAGES for word in _words(language, _SMALL))


def _telling() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for word in _words(language, (*_SMALL, "usual")):
            found.setdefault(fold(word), set()).add(language.code)
    return {word: frozenset(langs) for word, langs in found.items()}
