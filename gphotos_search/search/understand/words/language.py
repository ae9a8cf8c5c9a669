"""The shape of a table of words.

A table is text: `|` parts the values (months, seasons), `,` the ways to say one. Case and accents
do not matter, except after `!`. A word that ends in `~` is an ordinary word too and is read only
where nothing else fits; one that ends in `?` is read only where the question is in its language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


def word_set(text: str) -> frozenset[str]:
    """The words of a text that spaces part."""
    return frozenset(text.split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """What one language calls things. Every field is a table as the module describes it."""

    code: str
    months: str  # January to December
    short_months: str  # read beside a year only
    seasons: str  # spring, summer, autumn, winter
    weekdays: str  # Monday to Sunday
    every_weekday: str  # "on mondays", "montags": all of them
    weekend: str
    units: str  # day, week, month, year
    numbers: str  # 1 to 12
    days_past: str  # today, yesterday, the day before yesterday
    last: str
    this: str
    ago_before: str  # "vor" of "vor drei Jahren"
    ago_after: str  # "ago" of "three years ago"
    decade: str  # what stands before the "90" of a decade; empty where "90s" is one word
    holidays: Mapping[str, str]
    at: str  # what leads a time: "in" of "in June"
    of: str  # what binds a time to a year, or to what it is about
    the: str
    both: str  # "and" of "between … and …"
    between: str
    start: str  # "from" of "from … to …"
    end: str  # "to" of "from … to …"
    since: str
    before: str
    after: str
    until: str
    where: str  # what leads a place: "in" of "in Rome"
    near: str
    along: str  # "with" of "with Anna"
    either: str  # "or"
    without: str  # turns round what follows: "without Anna"
    album: str
    photos: str
    videos: str
    favorites: str  # say it alone: "favourites"
    favorite: str  # "favourite" of "my favourite photos"
    taken_with: str  # "shot on" of "shot on iPhone 12"
    lead: str  # what a question opens with and nobody means: "show me"
    common: str  # the other small words
    usual: str  # words of photos that tell the language and nothing else
