"""`import PATH…`: what each path is, which source takes it in, and what that source remembers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from gphotos_search.catalog import places, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError, ItemFailed, UsageError
from gphotos_search.files.base import Container, Member, Refused
from gphotos_search.files.containers import open_container
from gphotos_search.files.content import read
from gphotos_search.files.discover import find
from gphotos_search.files.given import kind_of
from gphotos_search.files.safety import is_text, printable
from gphotos_search.intake.scan import DOCUMENT_LIMIT
from gphotos_search.remembered import all_sources, known_as, paused
from gphotos_search.sources.folder import sort as sort_plain
from gphotos_search.sources.takeout import read_document, sort
from gphotos_search.takeout.exports import export_of

GIVE = "Give archives of Google Takeout with Google Photos in them, or a folder of pictures."
Type = Literal["takeout", "folder"]
TAKEOUT: Type = "takeout"
FOLDER: Type = "folder"


@dataclass(slots=True)
class Import:
    """What one source is to take in."""

    source: SourceConfig
    places: list[Path] = field(default_factory=list)  # new to it
    covered: list[Path] = field(default_factory=list)  # it reads these already

    @property
    def remarks(self) -> list[str]:
        """What a person may not expect."""
        name = self.source.name
        told = [f'{path} is read by "{name}" already.' for path in self.covered]
        return [*told, *_left_behind([*self.places, *self.covered])]


@dataclass(frozen=True, slots=True)
class _Reads:
    """A source there is, with the places it reads."""

    source: SourceConfig
    roots: tuple[Path, ...]

    def covers(self, path: Path) -> bool:
        chosen = self.source.include or self.source.exclude
        return any(
            path == root or (path.is_relative_to(root) and not chosen) for root in self.roots
        )


def plan(config: Config, catalog: Catalog, paths: Sequence[str], name: str = "") -> list[Import]:
    """Sort the paths into sources, new or known; writes nothing.

    `name` is the source to use. Raises UsageError with one sentence for each path that is not
    fit, and for a name that does not go with them.
    """
    kinds = _sorted(paths)
    reads = list(_reads(config, catalog))
    if name and len(set(kinds.values())) > 1:
        raise UsageError(
            f'Archives and plain folders cannot share the source "{name}".',
            advice="Import them one after the other, or leave --source out.",
        )
    found: dict[str, Import] = {}
    for path, kind in kinds.items():
        able = [each for each in reads if each.source.type == kind]
        covering = [each for each in able if each.covers(path) and name in ("", each.source.name)]
        if covering:
            one = covering[0].source
            found.setdefault(one.name, Import(one)).covered.append(path)
            continue
        taken = {each.source.name: each.source for each in reads} | {
            each.source.name: each.source for each in found.values()
        }
        one = _takeout(taken, name) if kind == TAKEOUT else _folder(taken, path, name)
        found.setdefault(one.name, Import(one)).places.append(path)
    _refuse_paused(catalog, found)
    return list(found.values())


def remember(catalog: Catalog, imports: Sequence[Import]) -> None:
    """The sources and their new places, for this sync and all later ones."""
    with catalog.transaction() as tx:
        for each in imports:
            row = known_as(tx, each.source)
            for path in each.places:
                places.add(tx, row.id, str(path))


def _sorted(paths: Sequence[str]) -> dict[Path, Type]:
    """Each path once, absolute, with the type of source that reads it."""
    found: dict[Path, Type] = {}
    problems: list[GphotosError] = []
    for text in paths:
        try:
            if not text.strip():
                raise UsageError("A path is empty.", advice=GIVE)
            path = Path(text).expanduser().resolve()
            if not is_text(path):
                raise UsageError(
                    f"The path {printable(str(path))} is not UTF-8.", advice="Rename it first."
                )
            found[path] = _type(path)
        except GphotosError as error:
            problems.append(error)
        except (OSError, RuntimeError, ValueError) as error:  # a loop of links, ~nobody, a NUL
            problems.append(UsageError(f"{text} cannot be read: {error}."))
    if problems:
        advice = dict.fromkeys(each.advice for each in problems if each.advice)
        raise UsageError("\n".join(map(str, problems)), advice="\n".join(advice))
    return found


def _type(path: Path) -> Type:
    kind = kind_of(path)
    if kind == "exports":
        return _exports(path)
    try:
        if _holds_photos(path, plain=kind == "folder"):
            return FOLDER if kind == "folder" else TAKEOUT
    except GphotosError as error:
        raise UsageError(str(error), advice=error.advice) from error
    raise UsageError(f"{path} holds no photos.", advice=GIVE)


def _exports(path: Path) -> Type:
    """A folder of archives; what is damaged or still being written may be good later."""
    found = find(path, settle_s=0)
    damaged = 0
    for archive in found.archives:
        try:
            if _holds_photos(archive, plain=False):
                return TAKEOUT
        except GphotosError:
            damaged += 1
    if damaged or found.unfinished or found.trees:
        return TAKEOUT
    raise UsageError(f"No archive in {path} holds photos.", advice=GIVE)


def _holds_photos(path: Path, *, plain: bool) -> bool:
    """Looked up to the first one. Raises ContainerDamaged, MemberGone, TryLater."""
    with closing(open_container(path, index_dir=None)) as container:
        if plain:
            listed = (each for each in container.listing() if isinstance(each, Member))
            return any(sort_plain(each.name) == "media" for each in listed)
        return any(_is_of_photos(container, each) for each in container.listing())


def _is_of_photos(container: Container, found: Member | Refused) -> bool:
    """Also a sidecar alone: a part of an export may hold nothing else."""
    if isinstance(found, Refused):
        return False
    what = sort(found.name)
    if what != "document" or found.size > DOCUMENT_LIMIT:
        return what == "media"
    try:
        return read_document(found.name, read(container, found, DOCUMENT_LIMIT)) is not None
    except ItemFailed:
        return False


def _reads(config: Config, catalog: Catalog) -> Iterator[_Reads]:
    for source in all_sources(config, catalog):
        roots = [source.path] if source.path else []
        with catalog.reading() as tx:
            row = sources.get(tx, source.name)
            roots += [Path(place) for place in (places.of(tx, row.id) if row else ())]
        yield _Reads(source, tuple(root.expanduser().resolve() for root in roots))


def _takeout(taken: Mapping[str, SourceConfig], name: str) -> SourceConfig:
    """The one that is named, else the only one there is, else one called "takeout"."""
    if name:
        return _of_type(taken, name, TAKEOUT)
    there = [source for source in taken.values() if source.type == TAKEOUT]
    if len(there) == 1:
        return there[0]
    if TAKEOUT in taken and taken[TAKEOUT].type == TAKEOUT:
        return taken[TAKEOUT]
    return _new(_unused(TAKEOUT, taken), TAKEOUT)


def _folder(taken: Mapping[str, SourceConfig], path: Path, name: str) -> SourceConfig:
    """A source of its own for each folder."""
    if not name:
        stem = path.name.replace(",", " ").strip().lstrip("-") or FOLDER
        return _new(_unused(stem, taken), FOLDER)
    if name in taken:
        raise UsageError(
            f'"{name}" is the name of another source; a plain folder gets one of its own.',
            advice="Choose another name, or leave --source out.",
        )
    return _new(name, FOLDER)


def _of_type(taken: Mapping[str, SourceConfig], name: str, wanted: Type) -> SourceConfig:
    source = taken.get(name) or _new(name, wanted)
    if source.type != wanted:
        raise UsageError(
            f'"{name}" is a source of type {source.type}; Takeout archives need one of type'
            f" {wanted}.",
            advice="Choose another name, or leave --source out.",
        )
    return source


def _new(name: str, kind: Type) -> SourceConfig:
    return SourceConfig(name=name, type=kind, remembered=True)


def _unused(stem: str, taken: Mapping[str, SourceConfig]) -> str:
    number, name = 1, stem
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    return name


def _refuse_paused(catalog: Catalog, found: Mapping[str, Import]) -> None:
    if resting := sorted(paused(catalog) & found.keys()):
        raise UsageError(
            f'"{resting[0]}" is paused.',
            advice=f"Run: gphotos-search sources resume {resting[0]}",
        )


def _left_behind(given: Sequence[Path]) -> Iterator[str]:
    """Other parts of the same export, beside the archive that was given alone."""
    for path in given:
        export = export_of(path.name)
        if export is None or not path.is_file():
            continue
        beside = (other for other in path.parent.iterdir() if other not in given)
        same = [other for other in beside if (of := export_of(other.name)) and of.id == export.id]
        if same:
            count = "another part" if len(same) == 1 else f"{len(same)} more parts"
            yield (
                f"{path.parent} holds {count} of the same export; import the folder to have all"
                " of them, or each part."
            )
            return
