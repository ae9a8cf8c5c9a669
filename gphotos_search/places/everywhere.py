"""Where names are: those of the catalogue first, then those of the whole gazetteer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

Point = tuple[float, float]  # latitude, longitude


class Everywhere(Mapping[str, Point]):
    """Finds every place of the gazetteer, and lists only the known ones.

    The gazetteer is read at the first name that is not among `known`: a search that asks for none
    pays nothing.
    """

    def __init__(self, known: Mapping[str, Point]) -> None:
        self._known = known

    def __getitem__(self, name: str) -> Point:
        if (point := self._known.get(name)) is not None:
            return point
        from gphotos_search.places.atlas import where

        if (point := where(name)) is None:
            raise KeyError(name)
        return point

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)
