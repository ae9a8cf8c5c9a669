"""A sentence as words that know where they stood."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_CHUNK = re.compile(r"\S+")
_OPENING = "([{<\"'“”„«‹‘¿¡*_~`"
_CLOSING = ')]}>"“”»›?!.,;:…*_~`'
_PAUSE = frozenset(",;:.!?)")
# What French and Italian shorten before a vowel; "o'clock" and "rock'n'roll" stay whole.
_ELIDED = re.compile(
    r"(l|d|s|j|c|m|t|n|qu|dell|nell|all|dall|sull|quell|quest|un|degl|negl|gl)'(?=\w)",
    re.IGNORECASE,
)
_PAIR = re.compile(r"([^\W\d_.]{3,})\.?[-–—]([^\W\d_.]{3,})")  # "March-May"


@dataclass(frozen=True, slots=True)
class Token:
    """One word. `key` is what tables know it by: without case and accents."""

    text: str
    plain: str  # without case
    key: str
    start: int  # of the sentence
    end: int
    pause: bool  # a comma or the like follows

    @property
    def capital(self) -> bool:
        return self.text[:1].isupper()


def fold(text: str) -> str:
    """Text without case and accents, as tables and names are compared."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFKD", text.replace("’", "'").replace("´", "'"))
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).casefold()


def tokenize(text: str, pairs: frozenset[str] = frozenset()) -> list[Token]:
    """The words of a text in order; words of `pairs` that a dash joins are parted."""
    found: list[Token] = []
    for match in _CHUNK.finditer(text):
        start, end = _trimmed(match.group(), match.start())
        if start == end:
            if match.group() in ("-", "–", "—"):
                found.append(_token(text, match.start(), match.end(), pause=False))
            continue
        pause = not _PAUSE.isdisjoint(text[end : match.end()])
        for piece_start, piece_end in _pieces(text, start, end, pairs):
            found.append(_token(text, piece_start, piece_end, pause=pause and piece_end == end))
    return found


def _trimmed(chunk: str, offset: int) -> tuple[int, int]:
    core = chunk.lstrip(_OPENING)
    start = offset + len(chunk) - len(core)
    core = core.rstrip(_CLOSING)
    if chunk.startswith(("'", "‘")):
        core = core.rstrip("'’")
    return (start, start + len(core)) if core not in ("-", "–", "—") else (start, start)


def _pieces(text: str, start: int, end: int, pairs: frozenset[str]) -> list[tuple[int, int]]:
    if match := _ELIDED.match(
        text.replace("’", "'") if "’" in text[start:end] else text, start, end
    ):
        return [(start, match.end()), (match.end(), end)]
    pair = _PAIR.fullmatch(text, start, end)
    if pair and fold(pair[1]) in pairs and fold(pair[2]) in pairs:
        return [(start, pair.end(1)), (pair.start(2) - 1, pair.start(2)), (pair.start(2), end)]
    return [(start, end)]


def _token(text: str, start: int, end: int, *, pause: bool) -> Token:
    core = text[start:end]
    if core.isascii():
        return Token(core, core.lower(), core.lower(), start, end, pause)
    plain = unicodedata.normalize("NFC", core).casefold().replace("’", "'")
    return Token(core, plain, fold(core), start, end, pause)
