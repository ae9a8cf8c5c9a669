"""The arguments of a question as pieces: operators, phrases, what is excluded, words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gphotos_search.search.understand.operators import canonical, unknown

_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‟": '"', "″": '"'})
_VALUE = r'(?:"[^"]*"|[^\s",]+)'
_ITEM = re.compile(
    rf"""(?P<minus>-?)
    (?:(?P<name>[^\W\d_]{{2,20}}):(?=["\S])(?P<values>{_VALUE}(?:,{_VALUE})*),?
      |(?P<weight>\d{{1,3}}(?:\.\d{{1,3}})?):(?="|[^\W\d])(?P<heavy>"[^"]*"|[^\s"]+)
      |"(?P<phrase>[^"]*)"
    )(?=\s|$)""",
    re.VERBOSE,
)
_TAKEN_QUOTES = re.compile(r"-(?=\w)(?=\S* )[^\"]*$")  # -"red car" as a shell passes it
_WORD = re.compile(r"\S+")
_FILE = re.compile(r".*\.[a-z0-9]{2,4}$", re.IGNORECASE)
_LINE_PIECE = re.compile(r'(?:[^\s"]|"[^"]*"|")+')


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a sentence."""

    text: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """What must occur as it is; `minus`: whose meaning is excluded."""

    text: str
    minus: bool = False


@dataclass(frozen=True, slots=True)
class Heavy:
    """Words with a weight, below zero where they are excluded."""

    text: str
    weight: float


@dataclass(frozen=True, slots=True)
class Said:
    """An operator. `more` are words that followed in the same argument: a shell takes the quotes of
    `album:"Trip to Rome"` away. `alone`: nothing else is in that argument; it may be meant whole.
    """

    operator: str
    values: tuple[str, ...]
    minus: bool = False
    more: tuple[str, ...] = ()
    alone: bool = False

    @property
    def said(self) -> str:
        quoted = (f'"{value}"' if " " in value else value for value in self.values)
        return f"{'-' if self.minus else ''}{self.operator}:{','.join(quoted)}"


Piece = Words | Phrase | Heavy | Said


def listed(value: str) -> tuple[str, ...]:
    """The values of a list that commas part and quotes hold together."""
    parts = (part.strip('" ') for part in re.findall(r'"[^"]*"|[^",]+', value))
    return tuple(filter(None, parts))


def weighted(text: str, weight: float = 1.0) -> Heavy:
    """Words that may begin with their weight, as `2:beach`, times another weight."""
    plain = " ".join(text.translate(_QUOTES).split())
    number, colon, rest = plain.partition(":")
    if colon and rest and re.fullmatch(r"\d{1,3}(?:\.\d{1,3})?", number) and not rest[0].isdigit():
        return Heavy(rest.strip('" '), weight * float(number))
    return Heavy(plain.strip('" '), weight)


def split_line(line: str) -> list[str]:
    """A line of a prompt as arguments: parted at spaces outside quotes, which stay."""
    return _LINE_PIECE.findall(line.translate(_QUOTES))


def pieces(arguments: Sequence[str]) -> Iterator[Piece]:
    """Every piece in order. Raises UsageError for an unknown operator."""
    for argument in arguments:
        text = " ".join(argument.translate(_QUOTES).split())
        if _TAKEN_QUOTES.match(text) and not _ITEM.match(text):
            yield Phrase(text.lstrip("-").strip(), minus=True)  # a shell took its quotes away
        else:
            yield from _scan(text)


def _scan(text: str) -> Iterator[Piece]:
    position = 0
    words: list[str] = []
    while position < len(text):
        if text[position] == " ":
            position += 1
            continue
        item = _ITEM.match(text, position)
        piece = _read(item) if item else None
        if item is None or piece is None:
            match = _WORD.match(text, position)
            word = match.group() if match else text[position]
            if (excluded := _excluded(word)) is None:
                words.append(word)
            else:
                yield from _flush(words)
                yield excluded
            position += len(word)
            continue
        yield from _flush(words)
        position = item.end()
        if isinstance(piece, Heavy | Said) and '"' not in item.group():
            piece, position = _followed(piece, text, item)
        yield piece
    yield from _flush(words)


def _flush(words: list[str]) -> Iterator[Words]:
    if words:
        yield Words(" ".join(words))
        words.clear()


def _excluded(word: str) -> Phrase | None:
    """ "-people"; a dash alone or one before digits that are no year excludes nothing."""
    if word.startswith("-") and not word.startswith("--") and len(word) > 1:
        rest = word[1:].strip('"')
        if rest[:1].isalpha() or re.fullmatch(r"\d{4}", rest):
            return Phrase(rest, minus=True)
    return None


def _read(item: re.Match[str]) -> Piece | None:
    """None where it only looks like an item: a link, a time, a file name."""
    minus = bool(item["minus"])
    if item["phrase"] is not None:
        phrase = " ".join(item["phrase"].split())
        return Phrase(phrase, minus=minus) if phrase else None
    if item["weight"] is not None:
        weight = float(item["weight"])
        return Heavy(item["heavy"].strip('"').strip(), -weight if minus else weight)
    name, values = item["name"], item["values"]
    operator = canonical(name)
    if operator is None:
        if values.startswith(("//", ":")) or _FILE.fullmatch(values):
            return None
        raise unknown(name, item.group())
    return Said(operator, listed(values), minus)


def _followed(piece: Heavy | Said, text: str, item: re.Match[str]) -> tuple[Piece, int]:
    """The piece with the words after it up to the next item of the same argument."""
    end = item.end()
    while end < len(text) and not _ITEM.match(text, end + 1):
        match = _WORD.match(text, end + 1)
        if match is None or _excluded(match.group()):
            break
        end = match.end()
    more = tuple(text[item.end() : end].split())
    alone = item.start() == 0 and end == len(text)
    if isinstance(piece, Heavy):
        return Heavy(" ".join((piece.text, *more)), piece.weight), end
    return Said(piece.operator, piece.values, piece.minus, more, alone), end
