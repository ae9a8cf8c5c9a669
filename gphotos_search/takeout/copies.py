"""Files that share another file's sidecar, told by their names: edited copies and clips."""

from __future__ import annotations

from gphotos_search.takeout.endings import CLIP, MOTION, ending_of, split_ending
from gphotos_search.takeout.names import NAME_UNITS, nfc, split_counter, units

# The language of the account at export time decides.
EDITED = (
    "-edited",  # en
    "-bearbeitet",  # de
    "-modifié",  # fr
    "-modificato",  # it
    "-ha editado",  # es
    "-editado",  # es
    "-editat",  # ca
    "-bewerkt",  # nl
    "-edytowane",  # pl
    "-muokattu",  # fi
    "-düzenlendi",  # tr
    "-измененный",  # ru
    "-編集済み",  # ja
    "-编辑",  # zh-CN
    "-已修改",  # zh-CN
    "-已編輯",  # zh-TW
)
GENERATED = ("-effects", "-motion", "-animation", "-smile", "-collage", "-mix")  # in any language
SUFFIXES = tuple(sorted(EDITED + GENERATED, key=len, reverse=True))


def original_of(name: str) -> str:
    """The name its original has, ending and counter kept, or "" for no edited or generated copy.

    `a-edited(1).jpg` and `a(1)-edited.jpg` are both copies of `a(1).jpg`. A shortened suffix
    (`-edi`) counts only in a name that is as long as names get.
    """
    plain, counter = split_counter(nfc(name))
    stem, ending = split_ending(plain)
    before = _without_suffix(stem)
    return f"{before}{counter}{ending}" if before else ""


def _without_suffix(stem: str) -> str:
    dash = stem.rfind("-")
    if dash < 1:
        return ""
    for suffix in SUFFIXES:
        if stem[-len(suffix) :].lower() == suffix:
            return stem[: -len(suffix)]
    if units(stem) < NAME_UNITS:
        return ""
    rest = stem[dash:].lower()
    # "-e" may begin any word; "-ed" and "-编" hardly do.
    enough = len(rest) >= (3 if rest.isascii() else 2)
    return stem[:dash] if enough and any(suffix.startswith(rest) for suffix in SUFFIXES) else ""


def still_stems(name: str) -> tuple[tuple[str, str], ...]:
    """(stem, counter) of the stills that a file of this name may be the clip of; () for no clip.

    `IMG_1(2).MP4` goes with `IMG_1(2).HEIC`, `PXL_1.MP` with `PXL_1.MP.jpg`, `MVIMG_1` with
    `MVIMG_1.jpg`.
    """
    plain, counter = split_counter(nfc(name))
    stem, _ = split_ending(plain)
    if ending_of(plain) in MOTION:
        return (plain, counter), (stem, counter)
    if ending_of(plain) in CLIP:
        return ((stem, counter),)
    if ending_of(plain.partition("~")[0]) in MOTION:  # `PXL_1.MP~2` beside `PXL_1.MP~2.jpg`
        return ((plain, counter),)
    if "." not in plain and plain.lower().startswith("mvimg_"):
        return ((plain, counter),)
    return ()
