"""Which JSON file of a directory belongs to which photo. Names decide; nothing is guessed.

A sidecar whose name is generated from the file's; else one whose title is the file's name; else the
file is an edited copy of another, or the clip of a still, and shares that one's; else a sidecar
whose name begins as the file's does. Two possibilities are none, and are told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gphotos_search.takeout.base import Assigned, Paired, Role, Sidecar
from gphotos_search.takeout.claims import Claims, Sidecars, same_photo
from gphotos_search.takeout.endings import may_be_media, sort_of
from gphotos_search.takeout.kin import Kin, Kinship, names_behind

__all__ = ["pair", "same_photo"]

NO_SIDECAR = "no sidecar for it is in this folder"
NOT_EVEN_ITS = "the photo it belongs to has none"


def pair(media_names: Sequence[str], sidecars: Mapping[str, Sidecar]) -> Paired:
    """Assign the sidecars of one directory, over all parts of an export, to its media files.

    A name that is no media file's gets the role "other"; a sidecar of its name makes it one.
    Deterministic: neither the order of the names nor of the sidecars matters.
    """
    names = dict.fromkeys(media_names)
    ordered = {name: sidecars[name] for name in sorted(sidecars)}
    assigned = _Directory(sorted(names), ordered).assigned()
    used = {one.sidecar for one in assigned.values()}
    return Paired(
        media=tuple(assigned.get(name) or Assigned(name, "other") for name in names),
        orphans=tuple(
            (name, names_behind(name, sidecar))
            for name, sidecar in sidecars.items()
            if name not in used
        ),
    )


class _Directory:
    def __init__(self, names: list[str], sidecars: Mapping[str, Sidecar]) -> None:
        self._all = sidecars
        self._sidecars = Sidecars(sidecars)
        self._media = [
            name
            for name in names
            if may_be_media(name) or (sort_of(name) != "json" and self._sidecars.named(name))
        ]
        self._kin = Kin(self._media)
        self._claims = Claims(self._media, self._sidecars, self._kin.shares)
        self._targets: dict[str, tuple[Role, str]] = {}  # media -> what it is to which other
        self._shared: set[str] = set()  # sidecars of files that are not here

    def assigned(self) -> dict[str, Assigned]:
        claims, sidecars = self._claims, self._sidecars
        claims.settle("name", sidecars.named)
        claims.settle("name", sidecars.named_loosely)
        claims.settle("title", sidecars.titled)
        taken = claims.owners.keys() | claims.contested
        self._kin.add_absent({name: one for name, one in self._all.items() if name not in taken})
        for name in self._media:
            kinship = self._kin.of(name)
            if kinship and name in claims.given:
                self._relate_with_own(name, kinship)
            elif kinship and name in claims.open:
                self._relate(name, kinship)
        claims.settle("prefix", self._beginning)
        return {name: self._assign(name) for name in self._media}

    def _beginning(self, name: str) -> list[str]:
        if name in self._targets:
            return []
        return [one for one in self._sidecars.beginning(name) if one not in self._shared]

    def _relate_with_own(self, name: str, kinship: Kinship) -> None:
        """A file with a sidecar of its own stands for itself, unless both are of one item."""
        own = self._all[self._claims.given[name][0]]
        for other in kinship.present:
            theirs = self._claims.given.get(other)
            if theirs and own.url and self._all[theirs[0]].url == own.url:
                self._targets[name] = (kinship.role, other)
                return

    def _relate(self, name: str, kinship: Kinship) -> None:
        """Only files with a sidecar, or two, can be meant, here or not; else the one here."""
        claims = self._claims
        told = [one for one in kinship.present if one in claims.given or one in claims.refused]
        absent = kinship.absent[: 1 if self._one_photo(kinship.absent) else None]
        rivals = any(rival in self._claims.given for rival in kinship.rivals)
        none_told = len(kinship.present) > 1 and not told + absent
        if rivals or none_told or len(told) + len(absent) > 1:
            self._claims.refused[name] = kinship.two
            self._claims.open.pop(name)
        elif absent:
            self._claims.given[name] = (absent[0], kinship.rule)
            self._claims.open.pop(name)
            self._shared.add(absent[0])
        else:
            self._targets[name] = (kinship.role, (told or kinship.present)[0])

    def _one_photo(self, names: Sequence[str]) -> bool:
        return all(same_photo(self._all[names[0]], self._all[name]) for name in names[1:])

    def _assign(self, name: str) -> Assigned:
        sidecar, rule = self._claims.given.get(name, ("", ""))
        why = "" if sidecar else self._claims.refused.get(name, NO_SIDECAR)
        if name not in self._targets:
            return Assigned(name, "media", sidecar, rule, "", why)
        role, target = self._last(name)
        if not sidecar:
            sidecar = self._sidecar_behind(name)
            rule = ("sibling" if role == "clip" else "edited") if sidecar else ""
            why = "" if sidecar else NOT_EVEN_ITS
        return Assigned(name, role, sidecar, rule, target, why)

    def _last(self, name: str) -> tuple[Role, str]:
        """What `name` belongs to; the edited copy of a clip belongs to the clip's still."""
        role, target = self._targets[name]
        behind = self._targets.get(target)
        return behind if role == "media" and behind and behind[0] == "clip" else (role, target)

    def _sidecar_behind(self, name: str) -> str:
        """Of the nearest file that has one: a clip's edited still, that one's original.

        Nothing is the copy of a copy: `a-edited-edited` is one of a photo called `a-edited`.
        """
        copies = 0
        while name in self._targets and copies < 2:
            role, name = self._targets[name]
            copies += role == "media"
            sidecar, rule = self._claims.given.get(name, ("", ""))
            copies += rule == "edited"
            if sidecar:
                return sidecar if copies < 2 else ""
        return ""
