"""The reading side of the Drive API: `files`, `files/{id}` with and without `alt=media`, `about`.

Files lie in memory or on disk and may be replaced while they are served.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gphotos_search.demo.emulator.drive_answers import (
    bad_value,
    data_reply,
    file_not_found,
    legacy,
    no_scope,
    not_signed_in,
    only,
)
from gphotos_search.demo.emulator.drive_query import matches
from gphotos_search.demo.emulator.grants import PREFIX as SCOPES
from gphotos_search.demo.emulator.grants import Grants
from gphotos_search.demo.emulator.resources import timestamp
from gphotos_search.demo.emulator.wire import Kind, Reply, Request, json_reply

PREFIX = "/drive/v3/"
READ_SCOPES = (SCOPES + "drive", SCOPES + "drive.readonly")
LARGEST_PAGE = 1000
DEFAULT_FIELDS = "kind,id,name,mimeType"
EMAIL = "emulated.person@gmail.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One file. `delivering`: listed, but Drive says neither size nor checksum yet."""

    id: str
    name: str
    content: bytes | Path
    created_at: datetime
    modified_at: datetime
    revision: int = 1
    mime_type: str = "application/zip"
    parent: str = "folder-Takeout"
    owned: bool = True
    trashed: bool = False
    delivering: bool = False
    md5: str = ""  # a false one, instead of the content's

    @property
    def size(self) -> int:
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    def bytes_from(self, start: int, end: int) -> bytes:
        if isinstance(self.content, bytes):
            return self.content[start:end]
        with self.content.open("rb") as file:
            file.seek(start)
            return file.read(end - start)


class Drive:
    """The switches work while it is served."""

    def __init__(self, grants: Grants, clock: Callable[[], float]) -> None:
        self._grants, self._clock = grants, clock
        self._lock = threading.Lock()
        self._files: dict[str, Stored] = {}
        self._md5s: dict[tuple[str, int], str] = {}
        self.page_size_max = LARGEST_PAGE
        self.incomplete = False  # incompleteSearch: not every place was searched
        self.ignores_range = False  # 200 and the whole file, whatever was asked
        self.page_generation = 0  # raise it, and tokens handed out so far are refused
        self.pace = 0.0  # bytes a second of every download; 0: as fast as it goes
        self.email = EMAIL

    def put(self, name: str, content: bytes | Path, **more: Any) -> str:
        """A new file made now, or `created_at`; its id."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        made = more.pop("created_at", now)
        with self._lock:
            number = f"{name} {len(self._files)}"
            file_id = f"1{hashlib.sha256(number.encode()).hexdigest()}"[:33]
            self._files[file_id] = Stored(
                id=file_id, name=name, content=content, created_at=made,
                modified_at=more.pop("modified_at", made), **more,
            )  # fmt: skip
        return file_id

    def change(self, file_id: str, **changes: Any) -> None:
        """Other properties of a file; other `content` is a new revision."""
        with self._lock:
            old = self._files[file_id]
            if "content" in changes:
                changes.setdefault("revision", old.revision + 1)
                changes.setdefault("modified_at", datetime.fromtimestamp(self._clock(), UTC))
            self._files[file_id] = replace(old, **changes)

    def remove(self, file_id: str) -> None:
        with self._lock:
            del self._files[file_id]

    def answer(self, request: Request, kind: Kind) -> Reply:
        access = self._grants.access(request.bearer)
        if access is None:
            return not_signed_in()
        if access.scopes.isdisjoint(READ_SCOPES):
            return no_scope()
        if kind in ("drive.about", "drive.list"):
            return (self._about if kind == "drive.about" else self._listing)(request)
        file = self._files.get(id_of(request.path))
        if file is None:
            return file_not_found(id_of(request.path))
        if kind == "drive.media":
            return self._media(request, file)
        fields = request.first("fields") or DEFAULT_FIELDS
        return json_reply(only(self._resource(file), fields), ids=(file.id,))

    def _about(self, request: Request) -> Reply:
        if not (fields := request.first("fields")):
            return legacy(400, "required", "The 'fields' parameter is required for this method.")
        about = {"user": {"kind": "drive#user", "emailAddress": self.email, "me": True}}
        return json_reply(only(about, fields))

    def _listing(self, request: Request) -> Reply:
        size = request.first("pageSize") or str(LARGEST_PAGE)
        if not size.isdecimal() or int(size) < 1:
            return bad_value("pageSize", size)
        asked = (request.first("q"), request.first("orderBy"))
        start = self._start(request.first("pageToken"), asked)
        try:
            found = [one for one in self._files.values() if matches(asked[0], one)]
        except ValueError:
            return bad_value("q", asked[0])
        if start is None:
            return bad_value("pageToken", request.first("pageToken"))
        found.sort(key=lambda one: _natural(one.name) if "name" in asked[1] else one.created_at)
        end = start + min(int(size), self.page_size_max)
        page = found[start:end]
        answer: dict[str, Any] = {
            "kind": "drive#fileList",
            "incompleteSearch": self.incomplete,
            "files": [self._resource(one) for one in page],
        }
        if end < len(found):
            answer["nextPageToken"] = f"~!{self.page_generation}!{end}!{_mark(asked)}"
        fields = request.first("fields")
        fields = fields or f"kind,incompleteSearch,nextPageToken,files({DEFAULT_FIELDS})"
        return json_reply(only(answer, fields), ids=tuple(one.id for one in page))

    def _start(self, token: str, asked: tuple[str, str]) -> int | None:
        """Where a page begins; None for a token that is old or of another question."""
        if not token:
            return 0
        found = re.fullmatch(r"~!(\d+)!(\d+)!(\w+)", token)
        good = found and int(found[1]) == self.page_generation and found[3] == _mark(asked)
        return int(found[2]) if found and good else None

    def _resource(self, file: Stored) -> dict[str, Any]:
        resource = {
            "kind": "drive#file",
            "id": file.id,
            "name": file.name,
            "mimeType": file.mime_type,
            "createdTime": timestamp(file.created_at),
            "modifiedTime": timestamp(file.modified_at),
            "parents": [file.parent],
            "trashed": file.trashed,
            "ownedByMe": file.owned,
            "headRevisionId": f"0B{file.id[:8]}r{file.revision}",
            "capabilities": {"canDownload": True},
        }
        if not file.delivering:
            resource |= {"size": str(file.size), "md5Checksum": file.md5 or self._md5(file)}
        return resource

    def _md5(self, file: Stored) -> str:
        key = (file.id, file.revision)
        if key not in self._md5s:
            content = file.bytes_from(0, file.size)
            self._md5s[key] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return self._md5s[key]

    def _media(self, request: Request, file: Stored) -> Reply:
        wished = "" if self.ignores_range else request.headers.get("range", "")
        reply = data_reply(file.id, file.size, wished, file.bytes_from, file.mime_type)
        return replace(reply, pace=self.pace)


def kind_of(request: Request) -> Kind:
    """Which Drive method a path below PREFIX is."""
    rest = request.path.removeprefix(PREFIX)
    if request.method != "GET":
        return "other"
    if rest in ("files", "about"):
        return "drive.list" if rest == "files" else "drive.about"
    if not id_of(request.path):
        return "other"
    return "drive.media" if request.first("alt") == "media" else "drive.get"


def id_of(path: str) -> str:
    """The file a path names, "" for none."""
    found = re.fullmatch(rf"{PREFIX}files/([^/]+)", path)
    return found[1] if found else ""


def _natural(name: str) -> list[tuple[int, str]]:
    """1, 2, 12 instead of 1, 12, 2."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def _mark(asked: tuple[str, str]) -> str:
    return hashlib.sha256("\n".join(asked).encode()).hexdigest()[:8]
