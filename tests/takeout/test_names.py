"""Names as published exports have them: the fixtures of immich-go and timelinize, and the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.takeout.endings import may_be_media, sort_of
from gphotos_search.takeout.names import (
    NAME_UNITS,
    SIDECAR_UNITS,
    blurred,
    cut,
    fold,
    legal,
    media_name,
    sidecar_name,
    sidecar_names,
    sidecar_parts,
    split_counter,
    title_fit,
    units,
    with_counter,
)

NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/"), min_size=1, max_size=70
)

PUBLISHED = [
    ("20161105_170829.jpg", "20161105_170829.jpg.supplemental-metadata.json"),
    ("MVIMG_20191230_232926.jpg", "MVIMG_20191230_232926.jpg.supplemental-metadat.json"),
    (
        "Screenshot_20231027_123303_Facebook(1).jpg",
        "Screenshot_20231027_123303_Facebook.jpg.supple(1).json",
    ),
    (
        "Screenshot_2024-08-31-00-53-48-647_com.snapchat.jpg",
        "Screenshot_2024-08-31-00-53-48-647_com.snapcha.json",
    ),
    (
        "PXL_20230814_201154491.LONG_EXPOSURE-01.COVER.jpg",
        "PXL_20230814_201154491.LONG_EXPOSURE-01.COVER..json",
    ),
    ("CLIP0001(10).AVI", "CLIP0001.AVI.supplemental-metadata(10).json"),
    ("IMG_2710(1).HEIC", "IMG_2710.HEIC(1).json"),
    ("2234089303984509579", "2234089303984509579.supplemental-metadata.json"),
    ("PXL_20211013_220651983.jpg", "PXL_20211013_220651983.jpg.json"),
    ("DSC_0101(1).JPG", "DSC_0101.JPG(1).json"),
    (
        "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg",
        "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json",
    ),
    (
        "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jpg",
        "05yqt21kruxwwlhhgrwrdyb6chhwszi9bqmzu16w0 2.jp.json",
    ),
    (
        "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋😛.jpg",
        "😀😃😄😁😆😅😂🤣🥲☺️😊😇🙂🙃😉😌😍🥰😘😗😙😚😋.json",
    ),
    (
        "Backyard_ceremony_wedding_photography_xxxxxxx_m(494).jpg",
        "Backyard_ceremony_wedding_photography_xxxxxxx_(494).json",
    ),
    (
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg",
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json",
    ),
    (
        "13039_327707840323_537645323_9470255_27214_n(1).jpg",
        "13039_327707840323_537645323_9470255_27214_n.j(1).json",
    ),
    ("PXL_20210102_221126856.MP~2.jpg", "PXL_20210102_221126856.MP~2.jpg.json"),
    ("IMG_1(1).jpg", "IMG_1(1).jpg.supplemental-metadata.json"),  # rare
]
OTHERS = [
    ("PXL_20211013_220651958.jpg", "PXL_20211013_220651983.jpg.json"),
    ("DSC_0102(1).JPG", "DSC_0102.JPG(2).json"),
    ("DSC_0103.JPG", "DSC_0103.JPG(1).json"),
    ("DSC_0104(1).JPG", "DSC_0104.JPG.json"),
    (
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P(1).jpg",
        "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json",
    ),
    (
        "Backyard_ceremony_wedding_photography_xxxxxxx_m(185).jpg",
        "Backyard_ceremony_wedding_photography_xxxxxxx_(494).json",
    ),
]


@pytest.mark.parametrize(("media", "sidecar"), PUBLISHED)
def test_the_sidecars_of_published_exports_are_among_the_generated(
    media: str, sidecar: str
) -> None:
    assert sidecar in sidecar_names(media)


@pytest.mark.parametrize(("media", "sidecar"), OTHERS)
def test_the_sidecars_of_other_files_are_not(media: str, sidecar: str) -> None:
    assert sidecar not in sidecar_names(media)


def test_the_whole_new_name_is_tried_first() -> None:
    assert sidecar_names("MVIMG_20191230_232926.jpg") == (
        "MVIMG_20191230_232926.jpg.supplemental-metadata.json",
        "MVIMG_20191230_232926.jpg.supplemental-metadat.json",
        "MVIMG_20191230_232926.jpg.json",
    )
    assert sidecar_names("a(2).jpg")[0] == "a.jpg.supplemental-metadata(2).json"
    assert sidecar_names("a(2).jpg")[-1] == "a(2).jpg.json"


@given(NAMES, st.integers(0, 9))
def test_what_google_writes_is_always_among_the_generated(title: str, number: int) -> None:
    counter = f"({number})" if number and title.rpartition(".")[0] else ""
    media = media_name(title, counter)
    plain, found = split_counter(media)
    assert sidecar_name(plain, found) in sidecar_names(media)
    for sidecar in (sidecar_name(plain, found), f"{cut(plain, SIDECAR_UNITS)}{found}.json"):
        assert units(sidecar) <= SIDECAR_UNITS + len(found) + len(".json")
        assert title_fit(plain, title) >= 2 or found != counter


@given(NAMES, st.integers(0, 60))
def test_a_cut_is_a_beginning_and_splits_no_pair(text: str, length: int) -> None:
    short, longer = cut(text, length), cut(text, length, up=True)
    assert text.startswith(short)
    assert text.startswith(longer)
    assert length - 1 <= units(short) <= length or short == text
    assert longer in (short, text[: len(short) + 1])
    assert units(longer) <= length + 1


def test_media_names_are_cut_before_their_ending() -> None:
    long = "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINAL.jpg"
    assert media_name(long) == "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg"
    assert media_name(long, "(2)") == "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA(2).jpg"
    emoji = media_name("😀" * 30 + ".jpg")
    assert emoji == "😀" * 24 + ".jpg"
    assert units(emoji.removesuffix(".jpg")) == NAME_UNITS + 1


def test_what_file_systems_refuse_becomes_a_line() -> None:
    assert legal("27/06/12 - 1") == "27_06_12 - 1"
    assert legal("who? me & you") == "who_ me _ you"
    assert legal('a:b*c"d<e>f|g\\h\x00') == "a_b_c_d_e_f_g_h_"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a(2).jpg", ("a.jpg", "(2)")),
        ("a(2)", ("a", "(2)")),
        ("a.jpg(2)", ("a.jpg", "(2)")),
        ("a(2)b.jpg", ("a(2)b.jpg", "")),
        ("a(2)(3).jpg", ("a(2).jpg", "(3)")),
        ("a(x).jpg", ("a(x).jpg", "")),
        ("(2).jpg", ("(2).jpg", "")),
        ("(2)", ("(2)", "")),
        ("PXL_1.MP(1).jpg", ("PXL_1.MP.jpg", "(1)")),
        ("a.jpg", ("a.jpg", "")),
        ("", ("", "")),
    ],
)
def test_counters(name: str, parts: tuple[str, str]) -> None:
    assert split_counter(name) == parts


@given(NAMES, st.integers(1, 99))
def test_a_counter_is_taken_off_as_it_was_put_on(name: str, number: int) -> None:
    numbered = with_counter(name, f"({number})")
    plain, counter = split_counter(numbered)
    plain_name = "(" not in name and ")" not in name and not name.startswith(".")
    assert (plain, counter) == (name, f"({number})") or not plain_name


@pytest.mark.parametrize(
    ("sidecar", "parts"),
    [
        ("a.jpg.supplemental-metadata.json", ("a.jpg", "")),
        ("a.jpg.supplemental-metadata(2).json", ("a.jpg", "(2)")),
        ("a.jpg(2).json", ("a.jpg", "(2)")),
        ("MVIMG_20191230_232926.jpg.supplemental-metadat.json", ("MVIMG_20191230_232926.jpg", "")),
        ("short.jpg.supp.json", ("short.jpg.supp", "")),
        ("a.JSON", ("a", "")),
    ],
)
def test_a_sidecars_name_is_taken_apart(sidecar: str, parts: tuple[str, str]) -> None:
    assert sidecar_parts(sidecar) == parts


def test_names_are_compared_composed_and_without_the_case_of_their_ending() -> None:
    assert fold("Cafe\u0301.JPG") == fold("Café.jpg")
    assert fold("IMG_1.jpg") != fold("img_1.jpg")
    assert blurred("Tom &amp; Jerry?") == blurred("Tom _amp_ Jerry_")


@pytest.mark.parametrize(
    ("media", "title", "fit"),
    [
        ("IMG_1.jpg", "IMG_1.jpg", 3),
        ("IMG_1.JPG", "IMG_1.jpg", 3),
        ("27_06_12 - 1.mov", "27/06/12 - 1", 2),
        ("IMG_1.jpg", "IMG_1.HEIC", 1),
        ("IMG_1.jpg", "IMG_12.jpg", 0),
        ("x" * 47 + ".jpg", "x" * 80 + ".jpg", 3),
        ("x" * 40 + ".jpg", "x" * 80 + ".jpg", 0),
        ("x" * 46 + "a.jpg", "x" * 46 + "b.jpg", 0),
    ],
)
def test_a_title_goes_with_a_name_or_not(media: str, title: str, fit: int) -> None:
    assert title_fit(media, title) == fit


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("a.JPG", "photo"),
        ("a.heic", "photo"),
        ("a.avif", "photo"),
        ("a.CR2", "raw"),
        ("a.dng", "raw"),
        ("a.arw", "raw"),
        ("a.MP", "video"),
        ("a.m2ts", "video"),
        ("2234089303984509579", "unknown"),
        ("PXL_20210102_221126856.MP~2", "unknown"),
        ("Dr. Smith at home", "unknown"),
        ("Plan 1.2", "unknown"),
        ("a.jpg.json", "json"),
        ("archive_browser.html", "other"),
        ("a.txt", "other"),
    ],
)
def test_endings(name: str, sort: str) -> None:
    assert sort_of(name) == sort
    assert may_be_media(name) == (sort not in ("json", "other"))
