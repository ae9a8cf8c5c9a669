"""The files of one directory that share another's sidecar: who is whose copy or clip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gphotos_search.takeout.base import Role, Rule, Sidecar
from gphotos_search.takeout.copies import original_of, still_stems
from gphotos_search.takeout.endings import JPEG, STILL, ending_of, sort_of, split_ending
from gphotos_search.takeout.names import (
    SIDECAR_UNITS,
    counter_of,
    fold,
    media_name,
    nfc,
    sidecar_parts,
    split_counter,
    units,
    with_counter,
)

TWO_ORIGINALS = "it could be an edited copy of two photos"
TWO_STILLS = "it could be the clip of two photos"

Key = tuple[str, str]  # stem, counter


@dataclass(frozen=True, slots=True)
class Kinship:
    """What a file may be to others: here `present`, or `absent` and known by a sidecar only."""

    role: Role
    rule: Rule
    two: str  # what to say when there are two
    present: list[str]
    absent: list[str]
    rivals: tuple[str, ...] = ()  # files that a clip would be an edited copy of instead


class Kin:
    """Media files by stem and counter, and those that are not here by their sidecars."""

    def __init__(self, media: Iterable[str]) -> None:
        self._names: dict[str, list[str]] = defaultdict(list)
        self._present: dict[Key, list[str]] = defaultdict(list)
        self._absent: dict[Key, list[tuple[str, str]]] = defaultdict(list)  # sidecar, media name
        for name in media:
            self._names[fold(name)].append(name)
            self._present[_key(name)].append(name)

    def add_absent(self, sidecars: Mapping[str, Sidecar]) -> None:
        """Sidecars that nobody owns: each stands for a file in another part of the export."""
        for sidecar, said in sidecars.items():
            for name in _numbered(sidecar, said):
                self._absent[_key(name)].append((sidecar, name))

    def of(self, name: str) -> Kinship | None:
        """What `name` says that its file belongs to; None for a file that stands for itself."""
        stills, told = self._stills(name)
        originals = self._originals(name)
        if stills:
            rivals = tuple(originals.present) if originals else ()
            return Kinship("clip", "sibling", TWO_STILLS, stills, told, rivals)
        if originals and told:  # the clip of an absent still called so, or a copy of a video
            absent = originals.absent + told
            return Kinship("media", "sibling", TWO_ORIGINALS, originals.present, absent)
        return originals or (Kinship("clip", "sibling", TWO_STILLS, [], told) if told else None)

    def shares(self, name: str, other: str) -> bool:
        """Whether `name` is by its name a copy or the clip of `other`."""
        kinship = self.of(name)
        return kinship is not None and other in kinship.present

    def _stills(self, name: str) -> tuple[list[str], list[str]]:
        keys = still_stems(name)
        present = [one for key in keys for one in self._present.get(key, ()) if one != name]
        absent = [pair for key in keys for pair in self._absent.get(key, ())]
        return (
            [one for one in dict.fromkeys(present) if ending_of(one) in STILL],
            list(dict.fromkeys(sidecar for sidecar, one in absent if _of_still(sidecar, one))),
        )

    def _originals(self, name: str) -> Kinship | None:
        """The copy has its original's ending; but a JPEG may be a copy of any other format."""
        original = original_of(name)
        if not original:
            return None
        key = _key(original)
        same = self._names.get(fold(original), [])
        same = [original] if original in same else same
        there, gone = self._present.get(key, ()), self._absent.get(key, ())
        absent = [sidecar for sidecar, one in gone if fold(one) == fold(original)]
        if not same and not absent:  # the ending may be cut off, and the title have none
            absent = [
                sidecar
                for sidecar, one in gone
                if fold(original).startswith(fold(one)) and _may_be_cut(sidecar)
            ]
        if ending_of(name) in JPEG or not (same or absent):
            same = same + [one for one in there if _alike(one, name) and one not in same]
            absent = absent + [sidecar for sidecar, one in gone if _alike(one, name)]
        found = Kinship("media", "edited", TWO_ORIGINALS, same, list(dict.fromkeys(absent)))
        return found if same or absent else None


def names_behind(sidecar: str, said: Sidecar) -> tuple[str, ...]:
    """The names that the media file of a sidecar may have, the likeliest first."""
    plain = [media_name(nfc(said.title))] if said.title else []
    plain.append(sidecar_parts(nfc(sidecar))[0])
    return tuple(dict.fromkeys(name for name in _numbered(sidecar, said) + plain if name))


def _numbered(sidecar: str, said: Sidecar) -> list[str]:
    base, moved = sidecar_parts(nfc(sidecar))
    name = with_counter(base, moved)
    if not said.title:
        return [name]
    titled = media_name(nfc(said.title), counter_of(nfc(sidecar), said.title))
    return [titled, name] if name != titled else [titled]


def _of_still(sidecar: str, name: str) -> bool:
    ending = ending_of(name)
    cut = bool(ending) and _may_be_cut(sidecar)
    return ending in STILL or (cut and any(still.startswith(ending) for still in STILL))


def _may_be_cut(sidecar: str) -> bool:
    return units(sidecar_parts(nfc(sidecar))[0]) >= SIDECAR_UNITS - 1


def _key(name: str) -> Key:
    plain, counter = split_counter(nfc(name))
    return split_ending(plain)[0], counter


def _alike(name: str, other: str) -> bool:
    sorts = {"raw": "photo"}
    one, two = sort_of(name), sort_of(other)
    return sorts.get(one, one) == sorts.get(two, two)
