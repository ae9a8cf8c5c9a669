"""What the folder of a file means: a year, an album, the trash; or nothing, in a plain folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import Connection

from gphotos_search.catalog import observations
from gphotos_search.takeout import folders
from gphotos_search.takeout.base import Album
from gphotos_search.takeout.folders import Place

SOME_FILE = "/."  # folders.place() wants the path of a file


class Placing(Protocol):
    """How a source reads the names of its folders."""

    def refresh(self, tx: Connection, source_pk: int) -> None:
        """Look again at what the catalogue knows of sidecars and album files."""
        ...

    def of(self, export: str, directory: str) -> Place: ...


class ExportPlacing:
    """As Takeout names them; album files, and where the sidecars lie, are taken into account."""

    def __init__(self) -> None:
        self._containers: Mapping[str, frozenset[str]] = {}
        self._titles: Mapping[tuple[str, str], str] = {}
        self._found: dict[tuple[str, str], Place] = {}

    def refresh(self, tx: Connection, source_pk: int) -> None:
        sidecars: dict[str, list[str]] = {}
        for export, directory in observations.sidecar_directories(tx, source_pk):
            sidecars.setdefault(export, []).append(directory + SOME_FILE)
        self._containers = {export: folders.containers(paths) for export, paths in sidecars.items()}
        self._titles = observations.album_titles(tx, source_pk)
        self._found = {}

    def of(self, export: str, directory: str) -> Place:
        key = (export, directory)
        if key not in self._found:
            known = self._containers.get(export, frozenset())
            found = folders.place(directory + SOME_FILE, known)
            album = Album(self._titles[key]) if key in self._titles else None
            self._found[key] = folders.with_album(found, album)
        return self._found[key]


class PlainPlacing:
    """Folders of a person's own: a year in a name dates what has no date, nothing else is meant."""

    def refresh(self, tx: Connection, source_pk: int) -> None:
        pass

    def of(self, export: str, directory: str) -> Place:  # noqa: ARG002
        folder = directory.rpartition("/")[2]
        year = folders.year_of(folder)
        return Place("", folder, "year" if year else "root", year)
