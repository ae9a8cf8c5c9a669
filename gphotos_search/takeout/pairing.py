"""Which JSON file of a directory belongs to which photo. Names decide; nothing is guessed.

A sidecar whose name is generated from the file's; else one whose title is the file's name; else the
file is an edited copy of another, or the clip of a still, and shares that one's; else a sidecar
whose name begins as the file's does. Two possibilities are none, and are told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from gphotos_search.takeout.base import Assigned, Paired, Role, Rule, Sidecar
from gphotos_search.takeout.claims import TWO_SIDECARS, Claims, Sidecars, same_photo
from gphotos_search.takeout.copies import original_of, still_stems
from gphotos_search.takeout.endings import STILL, ending_of, may_be_media, sort_of, split_ending
from gphotos_search.takeout.names import (
    fold,
    media_name,
    nfc,
    sidecar_parts,
    split_counter,
    with_counter,
)

__all__ = ["pair", "possible_names", "same_photo"]

NO_SIDECAR = "no sidecar for it is in this folder"
NOT_EVEN_ITS = "the photo it belongs to has none"
TWO_ORIGINALS = "it could be an edited copy of two photos"
TWO_STILLS = "it could be the clip of two photos"


def pair(media_names: Sequence[str], sidecars: Mapping[str, Sidecar]) -> Paired:
    """Assign the sidecars of one directory, over all parts of an export, to its media files.

    A name that is no media file's gets the role "other". Deterministic: neither the order of the
    names nor of the sidecars matters to what is assigned.
    """
    names = dict.fromkeys(media_names)
    media = [name for name in names if may_be_media(name)]
    directory = _Directory(sorted(media), {name: sidecars[name] for name in sorted(sidecars)})
    assigned = directory.assigned()
    return Paired(
        media=tuple(assigned.get(name) or Assigned(name, "other") for name in names),
        orphans=tuple(
            (name, possible_names(name, sidecars[name]))
            for name in sidecars
            if name not in directory.used
        ),
    )


def possible_names(name: str, sidecar: Sidecar) -> tuple[str, ...]:
    """The names that the media file of a sidecar may have, the likeliest first."""
    base, counter = sidecar_parts(nfc(name))
    title = nfc(sidecar.title)
    plain = ([media_name(title)] if title else []) + [base]
    numbered = ([media_name(title, counter)] if title else []) + [with_counter(base, counter)]
    return tuple(dict.fromkeys(found for found in numbered + plain if found))


class _Directory:
    def __init__(self, media: list[str], sidecars: Mapping[str, Sidecar]) -> None:
        self._media = media
        self._names: dict[str, list[str]] = defaultdict(list)
        self._stems: dict[tuple[str, str], list[str]] = defaultdict(list)
        for name in media:
            plain, counter = split_counter(nfc(name))
            self._names[fold(name)].append(name)
            self._stems[split_ending(plain)[0], counter].append(name)
        self._sidecars = Sidecars(sidecars)
        self._claims = Claims(media, self._sidecars, self._shares)
        self._targets: dict[str, tuple[Role, str]] = {}  # media -> what it is to which other
        self.used: set[str] = set()

    def assigned(self) -> dict[str, Assigned]:
        claims, sidecars = self._claims, self._sidecars
        claims.settle("name", sidecars.named)
        claims.settle("name", sidecars.named_loosely)
        claims.settle("title", sidecars.titled)
        for name in self._media:
            self._relate(name)
        for name in list(claims.open):
            self._without_target(name)
        claims.settle("prefix", lambda name: [] if name in self._targets else self._prefix(name))
        done = {name: self._assign(name) for name in self._media}
        self.used.update(one.sidecar for one in done.values() if one.sidecar)
        return done

    def _prefix(self, name: str) -> list[str]:
        return [found for found in self._sidecars.beginning(name) if found not in self.used]

    # which files are copies and clips of which

    def _stills(self, name: str) -> list[str]:
        stems = (self._stems.get(key, ()) for key in still_stems(name))
        found = dict.fromkeys(still for stem in stems for still in stem if still != name)
        return [still for still in found if ending_of(still) in STILL]

    def _originals(self, name: str) -> list[str]:
        """The files that `name` may be an edited copy of: same ending, else the same sort."""
        original = original_of(name)
        if not original:
            return []
        same = self._names.get(fold(original), [])
        if same:
            return [original] if original in same else same
        if self._free([original], self._sidecars.named):
            return []  # it is not here, its sidecar is
        plain, counter = split_counter(original)
        beside = self._stems.get((split_ending(plain)[0], counter), [])
        return [one for one in beside if sort_of(one) == sort_of(name)]

    def _shares(self, name: str, other: str) -> bool:
        return other in self._stills(name) or other in self._originals(name)

    def _relate(self, name: str) -> None:
        """Note what `name` belongs to; a file with a sidecar of its own only if both say so."""
        clip = self._stills(name)
        role: Role = "clip" if clip else "media"
        found = clip or self._originals(name)
        if not found:
            return
        own = self._claims.given.get(name)
        if own:
            found = [one for one in found if self._one_item(own[0], one)]
        elif name in self._claims.refused:
            return
        if len(found) == 1:
            self._targets[name] = (role, found[0])
        elif found:
            self._claims.refused[name] = TWO_STILLS if clip else TWO_ORIGINALS
            self._claims.open.pop(name, None)

    def _one_item(self, sidecar: str, other: str) -> bool:
        theirs = self._claims.given.get(other)
        url = self._sidecars[sidecar].url
        return theirs is not None and bool(url) and self._sidecars[theirs[0]].url == url

    def _without_target(self, name: str) -> None:
        """An edited copy without its original, or a clip without its still: by the absent name."""
        if name in self._targets:
            return
        for rule, absent in _absent(name):
            found = self._free(absent, self._sidecars.named)
            found = found or self._free(absent, self._sidecars.named_loosely)
            found = found or self._free(absent, self._sidecars.titled)
            if found:
                first = self._sidecars[found[0]]
                if all(same_photo(first, self._sidecars[other]) for other in found[1:]):
                    self._claims.given[name] = (found[0], rule)
                    self.used.add(found[0])
                else:
                    self._claims.refused[name] = TWO_SIDECARS
                self._claims.open.pop(name)
                return

    def _free(self, names: Iterable[str], find: Callable[[str], list[str]]) -> list[str]:
        found = (sidecar for name in names for sidecar in find(name))
        return [sidecar for sidecar in dict.fromkeys(found) if sidecar not in self._claims.owners]

    # what each file gets

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
        """Of the nearest file that has one: clip, edited still, original. Names grow shorter."""
        while name in self._targets:
            name = self._targets[name][1]
            if name in self._claims.given:
                return self._claims.given[name][0]
        return ""


def _absent(name: str) -> Iterator[tuple[Rule, list[str]]]:
    """The names of files that are not here and may share their sidecar with `name`."""
    original = original_of(name)
    if original:
        yield "edited", [original]
        if ending_of(name) in STILL:  # the edited copy of a HEIC is often a JPEG
            stem = split_ending(original)[0]
            yield "edited", [f"{stem}.{ending}" for ending in sorted(STILL)]
    stills = [
        with_counter(f"{stem}.{ending}", counter)
        for stem, counter in still_stems(name)
        for ending in sorted(STILL)
    ]
    if stills:
        yield "sibling", stills
