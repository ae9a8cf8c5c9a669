"""All conditions of a question, from its operators and its sentence, as one Filters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gphotos_search.media import NO_FILTERS, Circle, Filters, Flag, Kind
from gphotos_search.search.understand.pieces import Said
from gphotos_search.search.understand.values import TIMES, Context, condition, time
from gphotos_search.search.understand.when import When, joined

T = TypeVar("T")
_BOUNDS = ("after", "before")  # two of them hold together; of two years either does


@dataclass(slots=True)
class Gathered:
    """Conditions as they are met; `given` are the operators that were said without a minus."""

    given: set[str] = field(default_factory=set)
    times: dict[str, When] = field(default_factory=dict)
    when: When = field(default_factory=When)
    sources: list[str] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    flags: list[Flag] = field(default_factory=list)
    albums: list[tuple[str, ...]] = field(default_factory=list)  # every group holds
    people: list[tuple[str, ...]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    near: list[Circle] = field(default_factory=list)
    cameras: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    excluded: list[Filters] = field(default_factory=list)

    def add(self, said: Said, context: Context) -> Filters:
        """Take an operator in; what it asks for by itself. Raises UsageError."""
        found = condition(said, context)
        if said.minus:
            for each in found.excluded:  # "-fav:no" asks for favourites
                self.flags += each.flags
            self.excluded += [] if found.excluded else [found]
            return found
        self.given.add(said.operator)
        if said.operator in TIMES:
            self._add_time(said, context)
        self.excluded += found.excluded
        self.sources += found.sources
        self.kinds += found.kinds
        self.flags += found.flags
        self.albums += [found.albums] if found.albums else []
        self.people += [found.people] if found.people else []
        self.places += found.places
        self.near += found.near
        self.cameras += found.cameras
        return found

    def _add_time(self, said: Said, context: Context) -> None:
        when = time(said, context.clock)
        known = self.times.get(said.operator)
        if known is None:
            self.times[said.operator] = when
        elif said.operator in _BOUNDS:
            self.times[said.operator] = known & when
        else:
            both = When(known.days + when.days, known.months + when.months,
                        known.weekdays + when.weekdays)  # fmt: skip
            self.times[said.operator] = both

    def settle_times(self) -> When:
        """What all time operators say together."""
        self.when = When()
        for when in self.times.values():
            self.when &= When(joined(when.days), when.months, when.weekdays)
        return self.when

    def filters(self) -> Filters:
        """The conditions in their final form; groups after the first are `also`."""
        also = [Filters(albums=group) for group in self.albums[1:]]
        also += [Filters(people=group) for group in self.people[1:]]
        return Filters(
            days=self.when.days,
            months=tuple(sorted(set(self.when.months))),
            weekdays=tuple(sorted(set(self.when.weekdays))),
            sources=_once(self.sources),
            kinds=_once(self.kinds),
            flags=_once(self.flags),
            albums=self.albums[0] if self.albums else (),
            people=self.people[0] if self.people else (),
            places=_once(self.places),
            near=_once(self.near),
            cameras=_once(self.cameras),
            phrases=_once(self.phrases),
            also=tuple(also),
            excluded=tuple(each for each in self.excluded if each != NO_FILTERS),
        )


def _once(values: Sequence[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))
