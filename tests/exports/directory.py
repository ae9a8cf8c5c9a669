"""One folder of an export: which names its files get, and what is true about each of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from hypothesis.vendor.pretty import RepresentationPrinter

from tests.exports.model import Photo
from tests.exports.names import (
    MEDIA_UNITS,
    bare,
    candidates,
    cut,
    legal,
    media_name,
    relatives,
    sidecar_name,
    split,
    units,
    without_counter,
)

Part = Literal["still", "clip", "edited", "generated", "rendition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """One media file. `sidecar` is its photo's document, "" where the export wrote none."""

    photo: Photo
    name: str
    part: Part = "still"
    variant: str = ""  # tells the copies of one photo apart
    still: str = ""  # the name of the file that this one is a clip or copy of
    sidecar: str = ""
    straight: bool = True  # named by the published rules alone, nothing cut that they leave open


@dataclass(frozen=True, slots=True)
class Directory:
    """Media files and sidecars by name; `without` some, and nothing else changes."""

    media: Mapping[str, Placed]
    sidecars: Mapping[str, Photo]

    def _repr_pretty_(self, printer: RepresentationPrinter, _cycle: bool) -> None:
        sidecars = {name: photo.name for name, photo in sorted(self.sidecars.items())}
        printer.text(f"Directory(media={sorted(self.media)}, titles by sidecar={sidecars})")

    def without(self, names: Collection[str]) -> Directory:
        return Directory(
            {name: one for name, one in self.media.items() if name not in names},
            {name: one for name, one in self.sidecars.items() if name not in names},
        )

    def allowed(self, name: str) -> frozenset[str]:
        """The sidecars that `name` may be given, "" for none; one alone is what it must be given.

        A file's own is always right. It may be reported instead where the rules leave it open. One
        of another photo is forgivable only where the own one is not here, or where the name says
        by the rules that the file is a copy or a clip of that photo.
        """
        one = self.media[name]
        own = one.sidecar if one.sidecar in self.sidecars else ""
        if own and one.part == "still":
            return frozenset({own} if self._certain(one, own) else {own, ""})
        related = self._fitting(relatives(name))
        converted = one.part == "edited" and split(name)[1] != split(one.still)[1]
        if not own or own not in related or converted:
            return related | self._fitting(bare(name)) | {own, ""}
        if untold := self._untold(name):
            return frozenset({own, "", *untold})
        certain = one.straight and related == {own} and not candidates(name) & set(self.sidecars)
        if one.part == "edited":  # how Google counts the copies of equal titles is not known
            titles = [photo.name for photo in self.sidecars.values()]
            certain &= titles.count(one.photo.name) == 1
        return frozenset({own} if certain else {own, ""})

    def _fitting(self, names: Iterable[str]) -> frozenset[str]:
        found = frozenset(sidecar for name in names for sidecar in candidates(name))
        return found & set(self.sidecars)

    def _untold(self, name: str) -> frozenset[str]:
        """Sidecars that nothing tells from this file's own: so are they called, so it is titled."""
        stem = split(without_counter(name)[0])[0]
        return frozenset(
            sidecar
            for sidecar in candidates(name) & set(self.sidecars)
            if _nfc(cut(legal(self.sidecars[sidecar].name), MEDIA_UNITS, over=True)) == stem
        )

    def _certain(self, one: Placed, own: str) -> bool:
        fitting = candidates(one.name) & set(self.sidecars)
        claimed = any(
            own in candidates(other.name) for other in self.media.values() if other is not one
        )
        return one.straight and fitting == {own} and not claimed


@dataclass(slots=True)
class Folder:
    """Gives names in the order in which photos come; colliding ones get their counters."""

    placed: list[Placed] = field(default_factory=list)
    sidecars: dict[str, Photo] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    letters_differ: bool = False  # "a.jpg" and "a.JPG" are two names

    def add(self, photo: Photo) -> None:
        stem, ending = split(legal(photo.name))
        files = list(_files(photo, stem, ending))
        counter = next(
            number
            for number in range(len(self.taken) + 1)
            if all(self._free(media_name(*file[:2], number)) for file in files)
        )
        still = media_name(stem, ending, counter)
        sidecar = self._document(photo, still) if photo.sidecar else ""
        straight = _straight(photo, still)
        for base, its_ending, part in files:
            name = media_name(base, its_ending, counter)
            self._put(
                Placed(
                    photo=photo,
                    name=name,
                    part=part,
                    variant=base[len(stem) :],
                    still="" if part == "still" else still,
                    sidecar=sidecar,
                    straight=straight and _plain(part, stem, ending, base, its_ending, counter),
                )
            )
        for base, its_ending, part in _more_files(photo, stem, ending):
            self._collide(photo, base, its_ending, part, still, sidecar)

    def done(self) -> Directory:
        there = (one for one in self.placed if one.part != "still" or one.photo.original)
        return Directory({one.name: one for one in there}, dict(self.sidecars))

    def _collide(
        self, photo: Photo, stem: str, ending: str, part: Part, still: str, sidecar: str
    ) -> None:
        """A file whose name, once cut, is the still's own: it takes the next counter."""
        counter = 0
        while not self._free(name := media_name(stem, ending, counter)):
            counter += 1
        variant = stem[len(split(legal(photo.name))[0]) :] or part
        self._put(
            Placed(
                photo=photo,
                name=name,
                part=part,
                variant=variant,
                still=still,
                sidecar=sidecar,
                straight=False,
            )
        )

    def _document(self, photo: Photo, still: str) -> str:
        """The sidecar's name; "" when an earlier photo's document has it already."""
        name = sidecar_name(still, photo.style)
        if self._key(name) in self.taken:
            return ""
        self.taken.add(self._key(name))
        self.sidecars[name] = photo
        return name

    def _put(self, one: Placed) -> None:
        self.taken.add(self._key(one.name))
        self.placed.append(one)

    def _free(self, name: str) -> bool:
        return self._key(name) not in self.taken

    def _key(self, name: str) -> str:
        same = unicodedata.normalize("NFC", name)
        return same if self.letters_differ else same.casefold()


def directory_of(photos: Iterable[Photo], *, letters_differ: bool = False) -> Directory:
    folder = Folder(letters_differ=letters_differ)
    for photo in photos:
        folder.add(photo)
    return folder.done()


def in_nfc(directory: Directory) -> Directory:
    """As readers of archives hand names on: composed."""
    return Directory(
        {
            _nfc(name): replace(
                one, name=_nfc(name), still=_nfc(one.still), sidecar=_nfc(one.sidecar)
            )
            for name, one in directory.media.items()
        },
        {_nfc(name): photo for name, photo in directory.sidecars.items()},
    )


def _files(photo: Photo, stem: str, ending: str) -> Iterable[tuple[str, str, Part]]:
    """Stem, extension and part of the files that share one counter."""
    yield stem, ending, "still"
    if photo.clip:
        yield stem, photo.clip if photo.clip != "bare" else "", "clip"
    yield from (file for file in _copies(photo, stem, ending) if not _cut_away(stem, *file))


def _more_files(photo: Photo, stem: str, ending: str) -> Iterable[tuple[str, str, Part]]:
    """Those whose suffix is cut away so that only a counter can tell them from the still."""
    yield from (file for file in _copies(photo, stem, ending) if _cut_away(stem, *file))
    if photo.rendition:
        yield stem, ending, "rendition"


def _copies(photo: Photo, stem: str, ending: str) -> Iterable[tuple[str, str, Part]]:
    if photo.edited:
        yield stem + (photo.suffix or "-edited"), photo.edited_ending or ending, "edited"
    for suffix in photo.generated:
        yield stem + suffix, ending, "generated"


def _cut_away(stem: str, base: str, _ending: str, _part: Part) -> bool:
    return media_name(base, "", 0) == media_name(stem, "", 0)


def _straight(photo: Photo, still: str) -> bool:
    """Whether published rules alone lead from the file's name to its sidecar's."""
    whole = sidecar_name(still, photo.style)
    composed = sidecar_name(_nfc(still), photo.style)
    halved = whole != sidecar_name(still, photo.style, over=True)
    return photo.style != "odd" and _nfc(whole) == composed and not halved


def _plain(part: Part, stem: str, ending: str, base: str, its_ending: str, counter: int) -> bool:
    if part == "still":
        return True
    if part == "clip":
        return not (counter and not its_ending)
    if part == "edited":
        kept = cut(base, MEDIA_UNITS, over=True)
        enough = units(kept) - units(stem) >= min(3, units(base) - units(stem))
        return (
            its_ending == ending
            and enough
            and _nfc(kept) == cut(_nfc(base), MEDIA_UNITS, over=True)
        )
    return False


def _nfc(name: str) -> str:
    return unicodedata.normalize("NFC", name)
