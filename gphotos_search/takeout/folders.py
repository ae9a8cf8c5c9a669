"""Where in an export a file lies: the container of the photos, and the year or album in it.

Names are in the person's language; sources of the lists: docs/reference/takeout.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gphotos_search.takeout.base import Album
from gphotos_search.takeout.names import blurred, nfc

PlaceKind = Literal["year", "album", "archive", "trash", "locked", "failed", "root", "elsewhere"]

CONTAINERS = frozenset(
    {
        "google photos",  # en, fr
        "google fotos",  # de, es, pt, nl
        "google foto",  # it
        "google фото",  # ru
        "google снимки",  # bg
        "fotky google",  # sk
        "google kuvat",  # fi
        "google フォト",  # ja
        "google 포토",  # ko
        "google 相册",  # zh-CN
        "google 相簿",  # zh-TW
        "google 相片",  # zh-HK
        "google fotoğraflar",  # tr
    }
)
# What lies beside the photos in an export of several products. An old export that somebody keeps in
# Drive comes along as a file of Drive: it is not the library of today.
OTHER_PRODUCTS = frozenset({"drive", "mail", "keep", "google chat", "hangouts", "my activity"})

SPECIAL: dict[str, PlaceKind] = {
    **dict.fromkeys(
        ("archive", "archivo", "arquivo", "archivio", "archiv", "archief", "архив", "アーカイブ"),
        "archive",
    ),
    **dict.fromkeys(
        (
            *("trash", "bin", "papelera", "lixeira", "cestino", "corbeille", "papierkorb"),
            *("prullenbak", "корзина", "ゴミ箱"),
        ),
        "trash",
    ),
    **dict.fromkeys(("locked folder", "carpeta privada"), "locked"),
    "failed videos": "failed",
}
YEARS = frozenset(
    blurred(words)
    for words in (
        "photos from N",  # en
        *("fotos von N", "fotos aus N"),  # de
        *("fotos de N", "fotos del N"),  # es, pt
        "photos de N",  # fr
        *("foto del N", "foto di N"),  # it
        *("foto's uit N", "foto's van N"),  # nl
        "фото за N",  # ru
        *("N年的照片", "N年の写真", "N년의 사진"),  # zh, ja, ko
    )
)
_FOUR_DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
_TAKEOUT = re.compile(r"takeout(?: ?\(\d+\)| \d+)?", re.IGNORECASE)  # "Takeout 2": unpacked twice


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file of an export lies. "elsewhere" is another product's file: no photo of ours.

    `year` is set for a year folder; `album` is the title for an album, "" for an untitled one.
    """

    container: str  # path of the folder that holds the year and album folders; "" is the start
    folder: str  # the folder's own name, "" directly in the container
    kind: PlaceKind
    year: int | None = None
    album: str = ""


def containers(paths_of_item_sidecars: Iterable[str]) -> frozenset[str]:
    """The folders that hold the years and albums, whatever they are called, by their content.

    `Takeout/Google Фото` for sidecars in `Takeout/Google Фото/Фото за 2019`; where there is no
    `Takeout` and no known name, the folder above the sidecars': albums do not nest.
    """
    directories = {path.rpartition("/")[0] for path in paths_of_item_sidecars}
    found = (_container_of(tuple(filter(None, one.split("/")))) for one in directories)
    return frozenset("/".join(parts) for parts in found if parts is not None)


def place(path: str, known: Collection[str] = ()) -> Place:
    """The place of the file `path`; `known` are the containers of its export, see `containers`.

    Without them the names decide. A path may begin above `Takeout`, at it, or inside the container.
    """
    directory = tuple(filter(None, path.split("/")))[:-1]
    length = _length(directory, known)
    if length is None:
        return Place("", "/".join(directory), "elsewhere")
    container, inside = "/".join(directory[:length]), directory[length:]
    if not inside:
        return Place(container, "", "root")
    folder = inside[-1]
    for name in inside:
        special = SPECIAL.get(_plain(name))
        if special:
            return Place(container, folder, special)
    year = year_of(folder)
    if year is not None:
        return Place(container, folder, "year", year)
    return Place(container, folder, "album", album=folder)


def with_album(found: Place, album: Album | None) -> Place:
    """The same place once the folder's album file is known: its title is the true one.

    A folder that looks like a year's, or is called as a special one, is an album if its file names
    it otherwise. The locked folder stays locked whatever a file says.
    """
    if album is None or found.kind in ("root", "elsewhere", "locked"):
        return found
    if found.kind == "album":
        return replace(found, album=album.title)
    title = _plain(album.title)
    same = not title.strip() or blurred(title) == blurred(_plain(found.folder))
    if found.kind == "year":
        same = (same and _names_year(found.folder)) or not title or _names_year(album.title)
    elif SPECIAL.get(title) == found.kind:
        same = True
    return found if same else replace(found, kind="album", year=None, album=album.title)


def year_of(folder: str) -> int | None:
    """The year of a year folder: exactly one number of four digits, 1800 to 2099, in any words."""
    years = _FOUR_DIGITS.findall(folder)
    return int(years[0]) if len(years) == 1 and 1800 <= int(years[0]) <= 2099 else None


def _names_year(folder: str) -> bool:
    """Whether these are the words that an export has for a year's folder."""
    year = year_of(folder)
    return year is not None and blurred(_FOUR_DIGITS.sub("N", _plain(folder))) in YEARS


def _length(directory: Sequence[str], known: Collection[str]) -> int | None:
    """How many parts of a directory are its container; None: it is in none."""
    root = _takeout(directory)
    if root is not None and root < len(directory) and _plain(directory[root]) in OTHER_PRODUCTS:
        return None
    for length in range(len(directory), -1, -1):
        if "/".join(directory[:length]) in known:
            return length
    for length, name in enumerate(directory, 1):
        if _plain(name) in CONTAINERS:
            return length
    return None if root is not None or known else 0


def _container_of(directory: Sequence[str]) -> Sequence[str] | None:
    """The container of a directory that holds sidecars of items; None for another product's."""
    root = _takeout(directory)
    if root is not None and root < len(directory):
        if _plain(directory[root]) in OTHER_PRODUCTS:
            return None
        inside = len(directory) > root + 1 or _plain(directory[root]) in CONTAINERS
        return directory[: root + 1 if inside else root]
    for length, name in enumerate(directory, 1):
        if _plain(name) in CONTAINERS:
            return directory[:length]
    return directory[:-1]


def _takeout(directory: Sequence[str]) -> int | None:
    """The position after the part that is called Takeout."""
    positions = (at for at, name in enumerate(directory, 1) if _TAKEOUT.fullmatch(name))
    return next(positions, None)


def _plain(name: str) -> str:
    return nfc(name).lower().replace("’", "'").strip()
