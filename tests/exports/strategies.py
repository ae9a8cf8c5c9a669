"""Libraries and folders as Hypothesis draws them: few names, so that they collide."""

from __future__ import annotations

import unicodedata
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


KNOWN = st.sampled_from(STEMS)
STEM = st.builds(
    unicodedata.normalize,
    st.sampled_from(("NFC", "NFD")),
    st.one_of(
        KNOWN,
        KNOWN,
        st.builds(str.__add__, KNOWN, st.text(LETTERS, max_size=3)),
        st.builds(lambda stem, length: (stem * 52)[:length], KNOWN, st.integers(40, 52)),
        st.text(LETTERS, min_size=1, max_size=8).filter(lambda text: bool(text.strip(" .()1"))),
    ),
)
RARELY = st.integers(0, 5).map(lambda number: number == 5)
EVENLY = st.booleans()
MOVIE_ENDING = st.sampled_from(MOVIES)
STILL_ENDING = st.sampled_from(STILLS)
CLIP = st.sampled_from(CLIPS)
SUFFIX = st.sampled_from(EDITED)
EDITED_ENDING = st.sampled_from(("", "", "", ".jpg"))
GENERATED_SUFFIX = st.sampled_from(((), (), *((suffix,) for suffix in GENERATED)))
STYLE = st.sampled_from(STYLES)
ALBUM_TITLES = ("Rome", "Änne & Zoë", "a/b", "", "2019", "Party 💍")
ALBUMS = st.lists(st.sampled_from(ALBUM_TITLES), max_size=2, unique=True).map(tuple)
PEOPLE = st.sampled_from(((), ("Zoë",), ("Bo", "Zoë")))
DESCRIPTION = st.sampled_from(("", "a cake", "naïve 😀"))


@st.composite
def photos(draw: st.DrawFn) -> Photo:
    """One item with any of its oddities; which folder it lies in is not drawn here."""
    stem, movie = draw(STEM), draw(RARELY)
    ending = draw(MOVIE_ENDING if movie else STILL_ENDING)
    if not ending:
        stem = stem.replace(".", "_")  # what follows a dot would be taken for the kind of file
    added = bool(ending) and draw(RARELY)
    clip: Clip = "" if movie else _clip_of(stem, ending, draw(CLIP))
    edited = not movie and draw(RARELY)
    return Photo(
        number=1,
        title=stem if added else stem + ending,
        ending_added=ending if added else "",
        content="mp4" if movie else BY_ENDING.get(ending.lower(), "jpeg"),
        taken=draw(DAYS),
        clip=clip,
        edited=edited,
        suffix=draw(SUFFIX) if edited else "",
        edited_ending=draw(EDITED_ENDING) if edited else "",
        original=not (edited and draw(RARELY)),
        generated=draw(GENERATED_SUFFIX) if draw(RARELY) else (),
        rendition=stem.startswith("original_") and draw(EVENLY),
        style=draw(STYLE),
        sidecar=not draw(RARELY),
    )


FEW = st.lists(photos(), min_size=1, max_size=3)
MANY = st.lists(photos(), min_size=1, max_size=9)


@st.composite
def directories(draw: st.DrawFn, among: st.SearchStrategy[list[Photo]] = MANY) -> Directory:
    """One folder as its reader sees it; files of it may be in parts that are not here."""
    whole = in_nfc(directory_of(_numbered(draw(among)), letters_differ=draw(EVENLY)))
    names = sorted((*whole.media, *whole.sidecars))
    missing = {name for name in names if draw(RARELY)} if draw(EVENLY) else ()
    return whole.without(missing)


@st.composite
def libraries(draw: st.DrawFn) -> Library:
    """Whole libraries, for exports with real bytes."""
    drawn = [
        replace(
            photo,
            albums=draw(ALBUMS),
            people=draw(PEOPLE),
            favorite=draw(EVENLY),
            description=draw(DESCRIPTION),
        )
        for photo in _numbered(draw(MANY))
    ]
    return Library(
        photos=tuple(drawn),
        language=draw(st.sampled_from(sorted(TONGUES))),
        layout=draw(st.sampled_from(("full", "json albums", "albums only"))),
    )


def _clip_of(stem: str, ending: str, clip: Clip) -> Clip:
    """Only what cameras make: clips beside a HEIC or JPEG, bare ones beside two known names."""
    if ending.lower() not in {".jpg", ".heic"}:
        return ""
    known = stem.endswith(".MP") or stem == "MVIMG_20191230_232926"
    return clip if clip != "bare" or known else ""


def _numbered(drawn: list[Photo]) -> list[Photo]:
    return [replace(photo, number=number) for number, photo in enumerate(drawn, 1)]
