"""The whole of it: arguments and options in, one Query and what was understood out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from gphotos_search.config import SearchConfig
from gphotos_search.errors import UsageError
from gphotos_search.media import Filters, Query, Term
from gphotos_search.search.understand.gathered import Gathered
from gphotos_search.search.understand.leftovers import clear_up
from gphotos_search.search.understand.marks import (
    take_albums,
    take_cameras,
    take_favorites,
    take_type,
)
from gphotos_search.search.understand.meaning import meaning
from gphotos_search.search.understand.moment import Clock
from gphotos_search.search.understand.names import LONGEST, names_of, same
from gphotos_search.search.understand.operators import OPERATORS
from gphotos_search.search.understand.people import People, take_full_names, take_given_names
from gphotos_search.search.understand.periods import take_times
from gphotos_search.search.understand.pieces import (
    Heavy,
    Phrase,
    Piece,
    Said,
    Words,
    listed,
    pieces,
    weighted,
)
from gphotos_search.search.understand.places import RADIUS_KM, take_places
from gphotos_search.search.understand.sentence import Sentence
from gphotos_search.search.understand.settle import settled
from gphotos_search.search.understand.told import Known, Options, Read, Understood
from gphotos_search.search.understand.values import Context, radius_of

LONGEST_QUESTION = 4_000  # characters
LONGEST_SENTENCE = 300  # characters; no one dates a longer text, and an encoder reads no more
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")


def understand(
    arguments: Sequence[str],
    options: Options,
    known: Known,
    today: date,
    settings: SearchConfig,
    *,
    raw: bool = False,
) -> Understood:
    """What a question asks for. Pure: the same input gives the same answer.

    `arguments` are as a shell passes them; a line of a prompt goes through `split_line` first. With
    `raw` every word of them goes to the encoder as it is. Raises UsageError for an operator that is
    not known, a value that cannot be read, and a question that asks for nothing.
    """
    arguments = [_UNPRINTABLE.sub(" ", argument) for argument in arguments]
    text = " ".join(" ".join(arguments).split())
    if len(text) > LONGEST_QUESTION:
        raise UsageError(f"The question is longer than {LONGEST_QUESTION} characters.")
    found = [Words(text)] if raw else list(pieces(arguments))
    reading = _Reading(options, known, Clock(today, settings.hemisphere))
    reading.take([*_said(options), *found], raw=raw)
    return reading.understood(text, settings)


def _said(options: Options) -> Iterator[Said]:
    """The operators among the options; what begins with `-` excludes."""
    for operator, values in options.operators.items():
        if operator not in OPERATORS:
            raise ValueError(f"no operator: {operator}")
        for value in values:
            plain = " ".join(_UNPRINTABLE.sub(" ", value).split())
            minus = plain.startswith("-") and not plain[1:2].isdigit()
            yield Said(operator, listed(plain[1:] if minus else plain), minus)


class _Reading:
    """One question while it is read."""

    def __init__(self, options: Options, known: Known, clock: Clock) -> None:
        self.options = options
        self.known = known
        self.clock = clock
        self.gathered = Gathered()
        self.read: list[Read] = []
        self.terms: list[Term] = []
        self.content = ""

    def take(self, found: Sequence[Piece], *, raw: bool) -> None:
        """Operators first, for they decide what the sentence may still say."""
        bare = Context(self.known, self.clock)
        words: list[str] = []
        said: list[Said] = []
        for piece in found:
            if isinstance(piece, Words):
                words.append(piece.text)
            elif isinstance(piece, Said):
                whole, rest = settled(_undivided(piece, self.known), bare)
                said.append(whole)
                words += [rest] if rest else []
        self._operators(said)
        self.gathered.settle_times()
        self._sentence(" ".join(words), raw=raw)
        for piece in found:
            if isinstance(piece, Phrase):
                self._phrase(piece)
            elif isinstance(piece, Heavy):
                self._term(piece)
        for weight, texts in ((1.0, self.options.plus), (-1.0, self.options.minus)):
            for text in texts:
                self._term(weighted(_UNPRINTABLE.sub(" ", text), weight))

    def _operators(self, said: Sequence[Said]) -> None:
        radii = [each for each in said if each.operator == "radius"]
        radius = radius_of(radii[-1]) if radii else RADIUS_KM
        if radii and not any(each.operator == "near" for each in said):
            raise UsageError("radius: goes with near:, as in near:Lyon radius:20km.")
        context = Context(self.known, self.clock, radius)
        for each in said:
            if each.operator != "radius":
                filters = self.gathered.add(each, context)
                not_ = "not: " if each.minus else ""
                self.read.append(Read(each.operator, each.said, not_ + meaning(filters)))

    def _sentence(self, text: str, *, raw: bool) -> None:
        """Read the words that are left; an operator wins over what the sentence says."""
        if raw or len(text) > LONGEST_SENTENCE:
            self.content = text
        elif text:
            sentence = Sentence(text)
            read_sentence(sentence, self.gathered, self.known, self.clock)
            self.content = sentence.content()
            self.read += sentence.read
        if self.content:
            self.terms.append(Term("words", self.content))

    def _phrase(self, piece: Phrase) -> None:
        if not piece.minus:
            self.gathered.phrases.append(piece.text)
            self.read.append(Read("phrase", f'"{piece.text}"', "these words in a name or text"))
            return
        if len(piece.text) > LONGEST_SENTENCE:
            self._term(Heavy(piece.text, -1.0))
            return
        sentence, own = Sentence(piece.text), Gathered()
        read_sentence(sentence, own, self.known, self.clock)
        filters = own.filters()
        if sentence.content() or not filters:
            self._term(Heavy(piece.text, -1.0))
        else:
            self.gathered.excluded.append(filters)
            self.read.append(Read("excluded", f"-{piece.text}", f"not: {meaning(filters)}"))

    def _term(self, heavy: Heavy) -> None:
        if not heavy.text or not heavy.weight:
            return
        self.terms.append(Term("words", heavy.text, heavy.weight))
        towards = "away from" if heavy.weight < 0 else "towards"
        times = f", {abs(heavy.weight):g} times" if abs(heavy.weight) != 1 else ""
        self.read.append(Read("words", heavy.text, f"{towards} this meaning{times}"))

    def understood(self, text: str, settings: SearchConfig) -> Understood:
        """The Query; one that asks for nothing is an error."""
        options = self.options
        terms = (*self.terms, *options.terms)
        filters = self.gathered.filters()
        if not (terms or filters or options.more or options.less or options.sort != "relevance"):
            raise UsageError(
                "What are you looking for?", advice='For example: gphotos-search "snowball fight"'
            )
        query = Query(
            text=text,
            terms=terms,
            filters=filters,
            limit=settings.limit if options.limit is None else options.limit,
            group=options.group,
            everything=options.everything,
            sort=options.sort,
            seed=options.seed,
            more=options.more,
            less=options.less,
        )
        return Understood(query=query, read=tuple(self.read), content=self.content)


def _undivided(said: Said, known: Known) -> Said:
    """A title may hold a comma itself: "Rome, Italy"."""
    whole = ", ".join(said.values)
    if said.operator == "album" and 1 < len(said.values) <= LONGEST and same(known.albums, whole):
        return Said(said.operator, (whole,), said.minus, said.more, said.alone)
    return said


def read_sentence(sentence: Sentence, into: Gathered, known: Known, clock: Clock) -> None:
    """Take out of a sentence what is certainly a condition, what is surest first."""
    names = names_of(known)
    if albums := take_albums(sentence, names, clock):
        into.albums.append(albums)
    people = People(into.people)
    take_full_names(sentence, names, people)
    if "camera" not in into.given:
        into.cameras += take_cameras(sentence, names)
    into.when = take_times(sentence, clock, into.when)
    take_given_names(sentence, names, people)
    into.excluded += [Filters(people=(name,)) for name in people.missing]
    if not into.given & {"place", "near"}:
        places = take_places(sentence, names, known)
        into.places += places.ids
        into.near += places.near
    if not into.given & {"fav", "is"} and take_favorites(sentence):
        into.flags.append("favorite")
    if "type" not in into.given and (kind := take_type(sentence)):
        into.kinds.append(kind)
    clear_up(sentence)
