"""What the JSON files of an export say. They are told apart by content, never by name.

Everything may be missing, of another type, absurd or hostile: what cannot be used is left out.
"""

from __future__ import annotations

import codecs
import json
import math
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from gphotos_search.takeout.base import Album, Sidecar

MAX_BYTES = 16 << 20  # shared albums hold all their comments; anything larger is none of ours
MAX_TITLE = 1_000  # characters, here and below
MAX_DESCRIPTION = 10_000
MAX_NAME = 200
MAX_PEOPLE = 200
MAX_URL = 2_000
HOSTS = ("photos.google.com",)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(1800, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Only items have these; they tell an item whose date is empty from an album.
ITEM_KEYS = ("imageViews", "googlePhotosOrigin")
UNSET: tuple[Any, ...] = (None, False, 0, "", "false", "False", "0")


def read(content: bytes) -> Sidecar | Album | None:
    """The sidecar of an item, the metadata of an album, or None for any other JSON. Never raises.

    A non-empty `photoTakenTime.timestamp` makes an item; else a title, or `albumData`, an album.
    """
    found = _parsed(content)
    if not isinstance(found, dict):
        return None
    if _is_item(found):
        return _sidecar(found)
    for holder in (found, found.get("albumData")):
        if isinstance(holder, dict) and isinstance(holder.get("title"), str):
            return Album(_line(holder["title"], MAX_TITLE))
    return Album("") if isinstance(found.get("albumData"), dict) else None


def _parsed(content: bytes) -> object:
    if len(content) > MAX_BYTES:
        return None
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig", "replace")
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _is_item(found: Mapping[str, Any]) -> bool:
    stamp = _timestamp(found, "photoTakenTime")
    if isinstance(stamp, str):
        stamp = stamp.strip()
    dated = isinstance(stamp, int | float) or bool(stamp)
    return dated or bool(_url(found.get("url"))) or any(key in found for key in ITEM_KEYS)


def _timestamp(found: Mapping[str, Any], key: str) -> str | int | float | None:
    holder = found.get(key)
    stamp = holder.get("timestamp") if isinstance(holder, dict) else None
    return stamp if isinstance(stamp, str | int | float) and not isinstance(stamp, bool) else None


def _sidecar(found: Mapping[str, Any]) -> Sidecar:
    latitude, longitude = _position(found)
    return Sidecar(
        title=_title(found.get("title")),
        description=_text(found.get("description"), MAX_DESCRIPTION),
        taken_at=_moment(_timestamp(found, "photoTakenTime")),
        latitude=latitude,
        longitude=longitude,
        people=_people(found.get("people")),
        url=_url(found.get("url")),
        favorite=_flag(found.get("favorited")),
        archived=_flag(found.get("archived")),
        trashed=_flag(found.get("trashed")),
        locked=_flag(found.get("inLockedFolder")),
    )


def _moment(stamp: str | int | float | None) -> datetime | None:
    """Seconds since 1970 as a moment; 0 means that Google knows none, before 1970 is negative."""
    try:
        seconds = float(stamp) if stamp is not None else 0.0
        if not seconds or not math.isfinite(seconds):
            return None
        moment = EPOCH + timedelta(seconds=int(seconds))
    except (ValueError, OverflowError):
        return None
    return moment if FIRST <= moment < LAST else None


def _position(found: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """The file's own place, else Google's, which may be an estimate; 0,0 is none."""
    for key in ("geoDataExif", "geoData"):
        place = found.get(key)
        if isinstance(place, dict):
            latitude, longitude = _number(place.get("latitude")), _number(place.get("longitude"))
            if abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude or longitude):
                return latitude, longitude
    return None, None


def _number(value: object) -> float:
    """A coordinate, or infinity for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return math.inf
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return math.inf
    return math.inf if math.isnan(number) else number


def _people(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    people = (person.get("name") for person in value if isinstance(person, dict))
    names = dict.fromkeys(_line(name, MAX_NAME) for name in people)
    return tuple(name for name in names if name)[:MAX_PEOPLE]


def _url(value: object) -> str:
    """An address of Google Photos, or "": it is opened in the person's browser."""
    if not isinstance(value, str) or len(value) > MAX_URL:
        return ""
    if not value.isascii() or not value.isprintable() or any(mark in value for mark in ' \\"<>'):
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        return ""
    return value if parts.scheme == "https" and parts.netloc.lower() in HOSTS else ""


def _flag(value: object) -> bool:
    """Flags appear only when true; an unknown shape counts as set, so that nothing locked shows."""
    return value not in UNSET


def _title(value: object) -> str:
    """The name an item was uploaded with: it is compared with file names, so nothing is trimmed."""
    if not isinstance(value, str):
        return ""
    whole = _whole(value[:MAX_TITLE])
    return "".join("_" if unicodedata.category(sign) == "Cc" else sign for sign in whole)


def _line(value: object, length: int) -> str:
    return " ".join(_text(value, length).splitlines()).strip()


def _text(value: object, length: int) -> str:
    """NFC, without control characters except line ends, without halves of surrogate pairs."""
    if not isinstance(value, str):
        return ""
    whole = _whole(value[: 4 * length]).replace("\t", " ")
    kept = (sign for sign in whole if sign == "\n" or unicodedata.category(sign) != "Cc")
    return "".join(kept)[:length].strip()


def _whole(text: str) -> str:
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
