"""Libraries and folders as Hypothesis draws them: few names, so that they collide."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from tests.exports.directory import Directory, directory_of, in_nfc
from tests.exports.model import Clip, Content, Library, Photo
from tests.exports.names import EDITED, GENERATED, Style
from tests.exports.tongues import TONGUES

STEMS = (
    "IMG_0001",
    "IMG_0001(1)",
    "IMG_00012",
    "IMG_0001-edited",
    "IMG_0001-ed",
    "IMG_0001-effects",
    "IMG_0001-COVER",
    "PXL_20230814_201154491.MP",
    "MVIMG_20191230_232926",
    "été",
    "2/3: a?&b",
    "2_3_ a__b",
    ".hidden",
    "no. 5",
    "Screenshot_20231027_123303_Facebook",
    "Screenshot_2024-08-31-00-53-48-647_com.snapchat",
    "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P",
    "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_O",
    "😀😃😄😁😆😅😂🤣🥲😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛😝😜",
)
LETTERS = "a1_-. ()é😀e\u0301"
STILLS = (".jpg", ".jpg", ".HEIC", ".JPG", ".png", ".dng", ".gif", "")
MOVIES = (".MP4", ".mp4", ".MOV", "")
STYLES: tuple[Style, ...] = ("new", "new", "new", "old", "old", "full", "odd")
CLIPS: tuple[Clip, ...] = ("", "", ".MP4", ".MOV", "bare")
BY_ENDING: dict[str, Content] = {
    ".heic": "heic",
    ".png": "png",
    ".dng": "dng",
    ".gif": "gif",
    ".mp4": "mp4",
    ".mov": "mp4",
}
DAYS = st.integers(0, 2600).map(lambda days: datetime(2018, 1, 2, 8, tzinfo=UTC) + timedelta(days))


def stems() -> st.SearchStrategy[str]:
    known = st.sampled_from(STEMS)
    padded = st.builds(lambda stem, tail: stem + tail, known, st.text(LETTERS, max_size=3))
    lengths = st.integers(40, 52)
    long = st.builds(lambda stem, length: (stem * 52)[:length], known, lengths)
    free = st.text(LETTERS, min_size=1, max_size=8).filter(lambda text: bool(text.strip(" .")))
    forms = st.sampled_from(("NFC", "NFD"))
    return st.builds(
        unicodedata.normalize,
        forms,
        st.one_of(known, known, padded, long, free),
    )


@st.composite
def photos(draw: st.DrawFn, number: int = 1) -> Photo:
    """One item with any of its oddities; which folder it lies in is not drawn here."""
    stem = draw(stems())
    movie = draw(st.integers(0, 5)) == 0
    ending = draw(st.sampled_from(MOVIES if movie else STILLS))
    added = draw(st.booleans()) and bool(ending)
    clip: Clip = "" if movie else draw(st.sampled_from(CLIPS))
    edited = not movie and draw(st.integers(0, 3)) == 0
    return Photo(
        number=number,
        title=stem if added else stem + ending,
        ending_added=ending if added else "",
        content="mp4" if movie else BY_ENDING.get(ending.lower(), "jpeg"),
        taken=draw(DAYS),
        clip="" if clip == "bare" and not ending else clip,
        edited=edited,
        suffix=draw(st.sampled_from(EDITED)),
        edited_ending=draw(st.sampled_from(("", "", "", ".jpg"))),
        original=not edited or draw(st.integers(0, 3)) > 0,
        generated=tuple(draw(st.lists(st.sampled_from(GENERATED), max_size=1))),
        rendition=stem.startswith("original_") and draw(st.booleans()),
        style=draw(st.sampled_from(STYLES)),
        sidecar=draw(st.integers(0, 9)) > 0,
    )


@st.composite
def directories(draw: st.DrawFn, most: int = 8) -> Directory:
    """One folder as its reader sees it; files of it may be in parts that are not here."""
    count = draw(st.integers(1, most))
    whole = in_nfc(
        directory_of(
            [draw(photos(number)) for number in range(1, count + 1)],
            letters_differ=draw(st.booleans()),
        )
    )
    names = sorted((*whole.media, *whole.sidecars))
    missing = draw(st.lists(st.sampled_from(names), max_size=3)) if names else []
    return whole.without(set(missing))


@st.composite
def libraries(draw: st.DrawFn, most: int = 12) -> Library:
    """Whole libraries, for exports with real bytes; nothing of them is ambiguous by bytes."""
    album = st.sampled_from(("Rome", "Änne & Zoë", "a/b", "", "2019", "Party 💍"))
    vary: Callable[[Photo], Photo] = lambda photo: replace(  # noqa: E731
        photo,
        albums=tuple(draw(st.lists(album, max_size=2, unique=True))),
        people=tuple(draw(st.lists(st.sampled_from(("Zoë", "Bo")), max_size=2, unique=True))),
        favorite=draw(st.booleans()),
        description=draw(st.sampled_from(("", "a cake", "naïve 😀"))),
    )
    drawn = [vary(draw(photos(number))) for number in range(1, draw(st.integers(1, most)) + 1)]
    return Library(
        photos=tuple(drawn),
        language=draw(st.sampled_from(sorted(TONGUES))),
        layout=draw(st.sampled_from(("full", "json albums", "albums only"))),
    )
