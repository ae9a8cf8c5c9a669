"""Where the value of an operator ends when a shell took its quotes away."""

from __future__ import annotations

from dataclasses import replace

from gphotos_search.search.understand.names import LONGEST, names_of, same
from gphotos_search.search.understand.pieces import Said
from gphotos_search.search.understand.tokens import fold
from gphotos_search.search.understand.values import TIMES, Context, day_or_period, place_names

_NAMED = ("album", "person", "place", "near", "camera", "source")
_UNITS = (" km", " m", " mi", " miles", " mile", " kilometers", " kilometres")


def settled(said: Said, context: Context) -> tuple[Said, str]:
    """The operator with its whole value, and the words after it that are none of it.

    The longest value that the catalogue or the calendar knows wins. Where it knows none, the whole
    argument is the name of an album, a person, a place, a camera or a source.
    """
    if not said.more or not said.values:
        return said, " ".join(said.more)
    for count in range(min(len(said.more), LONGEST), -1, -1):
        value = " ".join((said.values[-1], *said.more[:count]))
        if _knows(said.operator, value, context):
            return _with(said, count, value)
    if said.operator in _NAMED and said.alone:
        return _with(said, len(said.more), " ".join((said.values[-1], *said.more)))
    return _with(said, 0, said.values[-1])


def _with(said: Said, count: int, value: str) -> tuple[Said, str]:
    values = (*said.values[:-1], value)
    return replace(said, values=values, more=()), " ".join(said.more[count:])


def _knows(operator: str, value: str, context: Context) -> bool:
    known = context.known
    plain = value.casefold()
    if operator in TIMES:
        return day_or_period(value, context.clock) is not None
    if operator == "person":
        return bool(same(known.people, value)) or fold(value) in names_of(known).given
    if operator == "near":
        return plain in known.where or bool(same(known.where, value))
    if operator == "place":
        return bool(place_names(value, known))
    if operator == "camera":
        return any(plain in camera.casefold() for camera in known.cameras)
    titles = {"album": known.albums, "source": known.sources}.get(operator, ())
    return bool(same(titles, value)) or (operator == "radius" and plain.endswith(_UNITS))
