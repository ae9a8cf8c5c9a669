"""How Google names the files of an export, from what published exports show.

Written for the tests alone, without a look at the code that pairs: neither can copy the other's
mistakes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

Style = Literal["new", "old", "full", "odd"]

MEDIA_UNITS = 47  # UTF-16 code units of a media file's name before its counter and extension
SIDECAR_UNITS = 46  # of a sidecar's name before its counter and ".json"
NEW = ".supplemental-metadata"
ILLEGAL = '/\\:*?"<>|&'
EDITED = (
    "-edited",
    "-bearbeitet",
    "-modifié",
    "-modificato",
    "-ha editado",
    "-editado",
    "-editat",
    "-bewerkt",
    "-edytowane",
    "-muokattu",
    "-düzenlendi",
    "-измененный",
    "-編集済み",
    "-编辑",
    "-已修改",
    "-已編輯",
)
GENERATED = ("-effects", "-motion", "-animation", "-smile", "-collage", "-mix")
STILL_ENDINGS = (".HEIC", ".heic", ".JPG", ".jpg", ".jpeg", ".JPEG", ".png", ".PNG", ".dng", ".gif")
CLIP_ENDINGS = (".mp4", ".mov", ".mp", ".mv", "")
COUNTER = re.compile(r"\((\d+)\)$")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, limit: int, *, over: bool) -> str:
    """About `limit` UTF-16 units; a pair that straddles the limit stays whole: kept if `over`."""
    kept = text.encode("utf-16-le")[: 2 * limit].decode("utf-16-le", "ignore")
    return text[: len(kept) + 1] if over and units(kept) < min(limit, units(text)) else kept


def legal(title: str) -> str:
    return "".join("_" if letter in ILLEGAL else letter for letter in title)


def split(name: str) -> tuple[str, str]:
    """Stem and extension with its dot; a name that only begins with a dot has no extension."""
    stem, dot, ending = name.rpartition(".")
    return (stem, dot + ending) if stem else (name, "")


def media_name(stem: str, ending: str, counter: int) -> str:
    return cut(stem, MEDIA_UNITS, over=True) + numbered(counter) + ending


def numbered(counter: int) -> str:
    return f"({counter})" if counter else ""


def without_counter(name: str) -> tuple[str, str]:
    """`a(1).jpg` -> `a.jpg`, `(1)`; the counter may also end a name that has no extension."""
    stem, ending = split(name)
    if found := COUNTER.search(stem):
        return stem[: found.start()] + ending, found[0]
    if found := COUNTER.search(name):
        return name[: found.start()], found[0]
    return name, ""


def sidecar_name(media: str, style: Style = "new", *, over: bool = False) -> str:
    """The sidecar of a media file.

    "new" since 2024 and "old" before; "full" was not cut, "odd" left the counter in its place.
    """
    if style == "odd":
        return f"{media}{NEW}.json"
    plain, counter = without_counter(media)
    if style == "full":
        return f"{plain}{NEW}{counter}.json"
    whole = plain + NEW if style == "new" else plain
    return f"{cut(whole, SIDECAR_UNITS, over=over)}{counter}.json"


@lru_cache(20_000)
def candidates(media: str) -> frozenset[str]:
    """Every sidecar name that this media name may have led to."""
    styles: tuple[Style, ...] = ("new", "old", "full", "odd")
    spelt = {unicodedata.normalize(form, media) for form in ("NFC", "NFD")} | {media}
    return frozenset(
        unicodedata.normalize("NFC", sidecar_name(name, style, over=over))
        for name in spelt
        for style in styles
        for over in (False, True)
    )


def relatives(media: str) -> Iterator[str]:
    """Names of the originals and stills that `media` may be a copy or a clip of.

    Its own name too, spelt with small or capital letters at the end: readers must not mind them.
    """
    plain, counter = without_counter(media)
    stem, ending = split(plain)
    yield from (f"{stem}{counter}{same}" for same in (ending.lower(), ending.upper()))
    # How the copy of a video is called whose format changed is not known.
    videos = CLIP_ENDINGS if ending.lower() in CLIP_ENDINGS else ()
    for base in _unedited(stem):
        for other in (ending, *STILL_ENDINGS, *videos, *(each.upper() for each in videos)):
            yield f"{base}{counter}{other}"
    whole_stem, whole_ending = split(media)
    for base in _unedited(whole_stem):  # the copy of a file whose own title ends in "(1)"
        yield f"{base}{whole_ending}"
    if ending.lower() in CLIP_ENDINGS or not re.fullmatch(r"\.\w{2,4}", ending):
        for other in STILL_ENDINGS:
            yield f"{stem}{counter}{other}"
            yield f"{plain}{counter}{other}"
            yield f"{plain}{other}"


def bare(media: str) -> Iterator[str]:
    """Names without an extension whose sidecars old exports give to a file that has one."""
    plain, counter = without_counter(media)
    yield from (f"{base}{counter}" for base in (split(plain)[0], *_unedited(split(plain)[0])))


def _unedited(stem: str) -> Iterator[str]:
    for suffix in _spelt((*EDITED, *GENERATED)):
        if stem.endswith(suffix):
            yield stem.removesuffix(suffix)
        if units(stem) >= MEDIA_UNITS - 1:
            for length in range(1, len(suffix)):
                if stem.endswith(suffix[:length]):
                    yield stem.removesuffix(suffix[:length])


def _spelt(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield from {unicodedata.normalize(form, word) for form in ("NFC", "NFD")}
