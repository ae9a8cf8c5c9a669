"""How an export calls a photo and its sidecar. The rules and their sources: docs/reference/takeout.

Lengths are UTF-16 code units, as Google counts: an emoji is two.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from gphotos_search.takeout.endings import MOTION, ending_of, sort_of, split_ending

SIDECAR_UNITS = 46  # of a sidecar's name, before the counter and ".json"
NAME_UNITS = 47  # of a media file's name, before the counter and its ending
NEW_STYLE = ".supplemental-metadata"  # since October 2024; older sidecars append nothing

# "(n)" directly before the ending, or at the end.
_COUNTER = re.compile(r"(?P<stem>.+?)(?P<counter>\(\d{1,9}\))(?P<ending>\.[^.()]*)?", re.DOTALL)
_END_COUNTER = re.compile(r"\(\d{1,9}\)$")
_ILLEGAL = re.compile(r'[/\\:*?"<>|&\x00-\x1f\x7f]')
# What an export may write as "_", and the remains of HTML entities (`&#39;`) that titles hold.
_UNSURE = re.compile(r"[/\\:*?\"<>|&'#;%_\x00-\x1f\x7f]+")


def nfc(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, length: int, *, up: bool = False) -> str:
    """The first `length` UTF-16 units of `text`; a pair of surrogates is never split.

    A pair that lies across the end is left out; with `up` it is kept, one unit more: so are media
    names cut in the one published example with emoji (48 units), sidecars' names are not.
    """
    if text.isascii():
        return text[:length]
    kept = text.encode("utf-16-le", "surrogatepass")[: 2 * length]
    short = kept.decode("utf-16-le", "ignore")
    split = bool(kept) and 0xD8 <= kept[-1] <= 0xDB and len(short) < len(text)
    return text[: len(short) + 1] if up and split else short


def legal(title: str) -> str:
    """`title` as part of a file name: what file systems refuse becomes "_".

    Confirmed for `/`, `&` and `?`; the others are believed.
    """
    return _ILLEGAL.sub("_", title)


def fold(name: str) -> str:
    """`name` for comparing: NFC, and the ending in small letters.

    The rest keeps its case: `img_1.jpg` and `IMG_1.jpg` may lie in one folder and be two photos.
    """
    stem, ending = split_ending(nfc(name))
    return stem + ending.lower()


def blurred(text: str) -> str:
    """`text` with everything that an export may write as "_" written so, accents taken apart."""
    return _UNSURE.sub("_", _apart(text))


def _apart(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFD", text)


def split_counter(name: str) -> tuple[str, str]:
    """The name without its `(n)`, and that `(n)`: `a(2).jpg` -> (`a.jpg`, `(2)`); "" for none."""
    if "(" not in name:
        return name, ""
    found = _END_COUNTER.search(name)
    if found and found.start():
        return name[: found.start()], found.group()
    whole = _COUNTER.fullmatch(name)
    if not whole:
        return name, ""
    return whole["stem"] + (whole["ending"] or ""), whole["counter"]


def with_counter(name: str, counter: str) -> str:
    """The inverse of `split_counter`: the counter goes before the ending."""
    stem, ending = split_ending(name)
    return f"{stem}{counter}{ending}"


def media_name(title: str, counter: str = "") -> str:
    """The name of the media file of an item: legal, cut, numbered where names collide."""
    stem, ending = split_ending(legal(title))
    return f"{cut(stem, NAME_UNITS, up=True)}{counter}{ending}"


def sidecar_name(media: str, counter: str = "") -> str:
    """What Google calls the sidecar of a media file today; `media` comes without its counter."""
    return cut(media + NEW_STYLE, SIDECAR_UNITS) + f"{counter}.json"


def sidecar_names(media: str) -> tuple[str, ...]:
    """All names the sidecar of a media file may have, the likeliest first.

    New style whole (a few longer than the limit exist), new style cut, old style; a `(n)` moves
    behind the cut. Last and rare: `name(1).jpg.supplemental-metadata.json`, where it stays.
    """
    base, counter = split_counter(media)
    names = [f"{text}{counter}.json" for text in _styles(base)]
    stem = split_ending(media)[0]
    # Where the cut would lose the counter, that name is the one of another file: of `X_P(1).jpg`
    # and `X_P.jpg`, too long both, `X_.json` belongs to the second.
    if counter and units(stem) <= SIDECAR_UNITS:
        names += [f"{text}.json" for text in _styles(media)]
    return tuple(dict.fromkeys(names))


def _styles(base: str) -> tuple[str, ...]:
    new = base + NEW_STYLE
    if base.isascii():
        return new, new[:SIDECAR_UNITS], base[:SIDECAR_UNITS], base
    apart = _apart(base)  # a name of a Mac is counted with its accents apart
    return (
        new,
        cut(new, SIDECAR_UNITS),
        cut(base, SIDECAR_UNITS),
        base,
        cut(new, SIDECAR_UNITS, up=True),
        cut(base, SIDECAR_UNITS, up=True),
        nfc(cut(apart + NEW_STYLE, SIDECAR_UNITS)),
        nfc(cut(apart, SIDECAR_UNITS)),
    )


@lru_cache(maxsize=1 << 16)
def sidecar_parts(sidecar: str) -> tuple[str, str]:
    """What a sidecar's name holds of its media's, maybe cut, and the counter.

    `a.jpg.supplemental-metadata(2).json` -> (`a.jpg`, `(2)`). A shortened `.supplemental-meta` is
    taken off only where the name is as long as names get.
    """
    whole = sidecar[:-5] if sidecar[-5:].lower() == ".json" else sidecar
    found = _END_COUNTER.search(whole)
    counter = found.group() if found and found.start() else ""
    base = whole[: len(whole) - len(counter)] if counter else whole
    if base.endswith(NEW_STYLE):
        return base[: -len(NEW_STYLE)], counter
    if units(base) >= SIDECAR_UNITS - 1:
        dot = base.rfind(".")
        if dot > 0 and NEW_STYLE.startswith(base[dot:]):
            return base[:dot], counter
    return base, counter


def counter_of(sidecar: str, title: str) -> str:
    """The counter that the media file of a sidecar has besides its title.

    Also where the sidecar's name has it in place; none where it is the title's own `(1)`.
    """
    base, counter = sidecar_parts(sidecar)
    plain, own = split_counter(title)
    if not counter:
        within = split_counter(base)[1] if title else ""
        return within if within != own else ""
    begins = blurred(base)
    moved = own == counter and blurred(plain).startswith(begins)
    return "" if moved and not blurred(title).startswith(begins) else counter


def title_fit(media: str, title: str) -> int:
    """How well a media file's name, without its counter, goes with an item's title.

    3: it is the name that title gets; 2: so it is, the title has no ending; 1: the endings differ;
    0: the title is another.
    """
    stem, ending = split_ending(media)
    title_stem, title_ending = split_ending(title)
    name, said = blurred(stem), blurred(title_stem)
    # A name that reached the limit is only the beginning of its title.
    at_limit = units(_apart(stem)) >= NAME_UNITS - 1
    same_stem = name == said or (at_limit and said.startswith(name))
    if same_stem and blurred(ending).lower() == blurred(title_ending).lower():
        return 3
    whole = blurred(title)  # the title may have no ending, or a dot that is none
    no_ending = sort_of(title) in ("unknown", "other") or ending_of(title) in MOTION
    bare = not same_stem or no_ending
    if name == whole or (at_limit and bare and whole.startswith(name)):
        return 2
    return 1 if same_stem else 0
