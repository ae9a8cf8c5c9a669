"""What a time in a sentence is, before it is known whether it is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from gphotos_search.search.understand.calendars import Hemisphere
from gphotos_search.search.understand.lexicon import ANY
from gphotos_search.search.understand.when import When


class Need(IntEnum):
    """What a reading asks for before it is believed."""

    NOTHING = 0
    LEAD = 1  # a word that leads a time: "in June"
    CLOSED = 2  # that, and no word of content at once after it: not "in May flowers"
    PERIOD = 3  # a period around it: "since Christmas"


@dataclass(frozen=True, slots=True)
class Clock:
    """When and where the question is asked."""

    today: date
    hemisphere: Hemisphere


@dataclass(frozen=True, slots=True)
class Moment:
    """Words up to `end` that name a time. `of_year` gives it in a year that was not said."""

    end: int
    when: When
    need: Need = Need.NOTHING
    langs: frozenset[str] = ANY
    year: int | None = None
    of_year: Callable[[int], When] | None = None
    alone: bool = False  # is a time even where it is the whole question
