"""What goes into the understanding of a question, and what comes out. Only data."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from gphotos_search.media import Query, Sort, Term


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What occurs in the catalogue; only this is recognised in a sentence.

    Indexes of the names are made once for each object: keep it until the catalogue changes.
    """

    albums: Collection[str] = ()
    people: Collection[str] = ()
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # casefolded name -> ids
    where: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # casefolded -> degrees
    within: Mapping[int, Collection[int]] = field(default_factory=dict)  # id -> ids it lies in
    common: Collection[str] = ()  # keys of `places` that are ordinary words too
    cameras: Collection[str] = ()  # "make model"
    sources: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was said beside the words. `operators` are named as in a sentence: "after", "is" …

    A value of `operators` may hold commas; one that begins with `-` excludes. `plus` and `minus`
    hold words, which may carry a weight as `2:beach`. `terms` (`--like`), `more` and `less` go into
    the query as they are.
    """

    operators: Mapping[str, Sequence[str]] = field(default_factory=dict)
    plus: Sequence[str] = ()
    minus: Sequence[str] = ()
    terms: tuple[Term, ...] = ()
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    limit: int | None = None  # None: the configured one
    group: bool = True
    everything: bool = False
    sort: Sort = "relevance"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Read:
    """One thing that was understood: `said` in the question, and what that means."""

    kind: str
    said: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The question as the program will answer it, and why."""

    query: Query
    read: tuple[Read, ...]
    content: str  # the words that go to the encoder
