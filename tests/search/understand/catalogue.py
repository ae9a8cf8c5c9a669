"""A small catalogue to ask about, and the day of the questions."""

from __future__ import annotations

from datetime import date

from gphotos_search.config import SearchConfig
from gphotos_search.search.understand import Known, Options, Understood, understand

TODAY = date(2026, 7, 15)  # a Wednesday

PLACES = {
    "lyon": (1,),
    "paris": (2, 3),  # that of France, and that of Texas
    "rome": (4,),
    "roma": (4,),
    "rom": (4,),
    "new york": (5,),
    "nice": (6,),
    "nizza": (6,),
    "reading": (7,),
    "orange": (8,),
    "florence": (9,),
    "france": (10,),
    "frankreich": (10,),
    "texas": (11,),
    "turkey": (12,),
    "china": (13,),
    "barcelona": (14,),
    "san francisco": (15,),
    "essen": (16,),
    "lisboa": (18,),
    "amsterdam": (19,),
    "london": (21,),
}
WHERE = {"lyon": (45.76, 4.84), "paris": (48.86, 2.35)}

KNOWN = Known(
    albums=["Trip to Rome", "Wedding", "Summer 2019", "New York", "My Photos"],
    people=[
        "Anna Berger",
        "Ben",
        "Rose Miller",
        "Clara",
        "Max Mustermann",
        "Max Weber",
        "José Silva",
    ],
    places=PLACES,
    where=WHERE,
    within={1: (10,), 2: (10,), 3: (11,), 6: (10,), 8: (10,)},
    cameras=["Apple iPhone 12", "Canon EOS 5D Mark IV", "Google Pixel 6"],
    sources=["photos", "nas"],
)


def ask(
    *arguments: str,
    known: Known = KNOWN,
    today: date = TODAY,
    raw: bool = False,
    settings: SearchConfig | None = None,
    **options: object,
) -> Understood:
    """What these arguments are understood as."""
    given = Options(**options)  # type: ignore[arg-type]
    return understand(arguments, given, known, today, settings or SearchConfig(), raw=raw)
