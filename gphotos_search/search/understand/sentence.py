"""A sentence while it is read: which words are still content, and what the others were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from gphotos_search.search.understand.lexicon import Entry, lexicon
from gphotos_search.search.understand.tokens import Token, tokenize
from gphotos_search.search.understand.told import Read

if TYPE_CHECKING:
    from gphotos_search.search.understand.moment import Moment


class Sentence:
    """Words that readers take away one reading after the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lexicon = lexicon()
        self.tokens: list[Token] = tokenize(text, self.lexicon.months)
        self.taken: list[bool] = [False] * len(self.tokens)
        self.read: list[Read] = []
        self.moments: dict[int, Moment | None] = {}  # by position, while the words stay as they are

    def __len__(self) -> int:
        return len(self.tokens)

    def free(self, start: int, end: int) -> bool:
        """Whether all these words are still content."""
        return not any(self.taken[start:end])

    def keys(self, start: int, end: int) -> tuple[str, ...]:
        """These words as tables know them."""
        return tuple(token.key for token in self.tokens[start:end])

    def take(self, start: int, end: int) -> None:
        """Take words away without a meaning of their own."""
        self.taken[start:end] = [True] * (end - start)
        self.moments.clear()

    def note(self, start: int, end: int, kind: str, meaning: str) -> None:
        """Take words away as what they mean."""
        self.take(start, end)
        said = self.text[self.tokens[start].start : self.tokens[end - 1].end]
        self.read.append(Read(kind, said, meaning))

    def entries(self, kind: str, i: int) -> Iterator[Entry]:
        """What of a kind the tables know at this position, among words that are free."""
        for entry in self.lexicon.entries(kind, self.tokens, i):
            if self.free(i, i + len(entry.keys)) and (
                not entry.evident or self.speaks(entry.langs, i, i + len(entry.keys))
            ):
                yield entry

    def first(self, kind: str, i: int) -> Entry | None:
        """The longest of `entries`."""
        return next(self.entries(kind, i), None)

    def ending(self, kind: str, end: int, length: int = 4) -> Iterator[tuple[int, Entry]]:
        """Where something of a kind begins that ends exactly before position `end`."""
        for start in range(max(0, end - length), end):
            for entry in self.entries(kind, start):
                if start + len(entry.keys) == end:
                    yield start, entry

    def denied(self, i: int) -> int | None:
        """Where the "without" begins that stands directly before a position."""
        return next((start for start, _ in self.ending("without", i)), None)

    def small(self, i: int) -> bool:
        return self.tokens[i].key in self.lexicon.small

    def closed(self, end: int) -> bool:
        """Whether no word of content follows at once: "in May" of "in May, flowers"."""
        if end >= len(self) or self.taken[end] or self.tokens[end - 1].pause:
            return True
        return self.small(end) or self.tokens[end].key.isdigit()

    def telling(self, i: int) -> frozenset[str]:
        """The languages that a word tells of."""
        return self.lexicon.telling.get(self.tokens[i].key, frozenset())

    @cached_property
    def languages(self) -> frozenset[str]:
        """What most words tell of: one language, or several that cannot be told apart."""
        counts = Counter(lang for i in range(len(self)) for lang in self.telling(i))
        best = max(counts.values(), default=0)
        return frozenset(lang for lang, count in counts.items() if count == best)

    def speaks(self, langs: frozenset[str], start: int, end: int) -> bool:
        """Whether the words around are in one of these languages rather than in another; where they
        are in none, a word at the front is believed.
        """
        around = (i for i in range(len(self)) if not start <= i < end)
        scores = Counter(lang for i in around for lang in self.telling(i))
        best = max(scores.values(), default=0)
        return any(scores[lang] == best for lang in langs) and (best > 0 or start == 0)

    @cached_property
    def cased(self) -> bool:
        """Whether capitals say something here: some words have one, and some have none."""
        letters = [token.text[0] for token in self.tokens if token.text[:1].isalpha()]
        return any(c.isupper() for c in letters) and any(c.islower() for c in letters)

    @cached_property
    def lower(self) -> bool:
        """Whether it is written without any capital."""
        return self.text == self.text.lower()

    def content(self) -> str:
        """What was not taken, joined as it stood; all of it with its signs where nothing was."""
        if self.tokens and not any(self.taken):
            return self.text.strip(" ,;")
        parts: list[str] = []
        last = None
        for token, taken in zip(self.tokens, self.taken, strict=True):
            if taken:
                continue
            if last is not None and last.end < token.start:
                parts.append(" ")
            parts.append(token.text)
            last = token
        return "".join(parts)
