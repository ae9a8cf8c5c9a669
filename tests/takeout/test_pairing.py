"""Pairing, case by case: the tables of docs/reference/takeout.md, and what must not be guessed."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from gphotos_search.takeout.base import Assigned, Paired, Sidecar
from gphotos_search.takeout.pairing import pair, same_photo
from tests.takeout.test_names import PUBLISHED

UUID = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_"


def said(media: list[str], titles: dict[str, str]) -> Paired:
    sidecars = {
        name: Sidecar(title=title, url=f"https://photos.google.com/photo/{name}")
        for name, title in titles.items()
    }
    return pair(media, sidecars)


def one(media: list[str], titles: dict[str, str], name: str) -> Assigned:
    return next(found for found in said(media, titles).media if found.name == name)


@pytest.mark.parametrize(("media", "sidecar"), PUBLISHED)
def test_published_pairs_without_a_look_at_the_title(media: str, sidecar: str) -> None:
    assert said([media], {sidecar: ""}).media == (Assigned(media, "media", sidecar, "name"),)


def test_counters_are_kept_apart() -> None:
    media = ["IMG_1.jpg", "IMG_1(1).jpg", "IMG_1(2).jpg"]
    titles = {
        "IMG_1.jpg.supplemental-metadata(2).json": "IMG_1.jpg",
        "IMG_1.jpg.json": "IMG_1.jpg",
    }
    assert [found.sidecar for found in said(media, titles).media] == [
        "IMG_1.jpg.json",
        "",
        "IMG_1.jpg.supplemental-metadata(2).json",
    ]


def test_the_ending_may_differ_in_case() -> None:
    assert one(["a.JPG"], {"a.jpg.json": "a.jpg"}, "a.JPG").rule == "name"


def test_a_cut_name_proves_nothing_against_the_title() -> None:
    sidecar = "x" * 46 + ".json"
    media = ["x" * 46 + "a.jpg", "x" * 46 + "b.jpg"]
    found = said(media, {sidecar: "x" * 46 + "b.jpg"})
    assert [each.sidecar for each in found.media] == ["", sidecar]
    assert said(media, {sidecar: ""}).media[0].why_none == (
        "its sidecar could as well be another file's"
    )


def test_the_second_file_of_the_third_collision_form_has_none() -> None:
    media = [f"{UUID}P.jpg", f"{UUID}P(1).jpg"]
    found = said(media, {f"{UUID}.json": f"{UUID}P.jpg"})
    assert [each.sidecar for each in found.media] == [f"{UUID}.json", ""]
    assert found.media[1].why_none == "no sidecar for it is in this folder"
    alone = said(media[1:], {f"{UUID}.json": f"{UUID}P.jpg"})
    assert alone.media[0].sidecar == ""
    assert alone.orphans[0][1][0] == f"{UUID}P.jpg"


def test_two_sidecars_of_one_file_are_told_unless_they_are_of_one_photo() -> None:
    new, old = "a.jpg.supplemental-metadata.json", "a.jpg.json"
    found = one(["a.jpg"], {new: "a.jpg", old: "a.jpg"}, "a.jpg")
    assert (found.sidecar, found.why_none) == ("", "two sidecars could be its")
    same = Sidecar(title="a.jpg", url="https://photos.google.com/photo/1")
    assert pair(["a.jpg"], {old: same, new: same}).media[0].sidecar == new


def test_the_title_finds_what_the_name_does_not() -> None:
    found = one(["27_06_12 - 1.mov"], {"odd.json": "27/06/12 - 1.mov"}, "27_06_12 - 1.mov")
    assert (found.sidecar, found.rule) == ("odd.json", "title")
    titles = {"odd.json": "a.jpg", "even.json": "a.jpg"}
    assert one(["a.jpg"], titles, "a.jpg").why_none == "two sidecars could be its"
    assert one(["a.jpg"], {"odd(1).json": "a.jpg"}, "a.jpg").sidecar == ""


def test_a_long_beginning_is_enough_where_the_title_agrees() -> None:
    stem = "y" * 47
    sidecar, media = stem[:42] + ".json", f"{stem}.jpg"
    assert one([media], {sidecar: "y" * 60}, media).rule == "prefix"
    assert one([media], {sidecar: "z" * 60}, media).sidecar == ""
    assert one(["IMG_12.jpg"], {"IMG_1.json": "IMG_1"}, "IMG_12.jpg").sidecar == ""


@pytest.mark.parametrize(
    ("copy", "original", "sidecar"),
    [
        ("X-edited.jpg", "X.jpg", "X.jpg.supplemental-metadata.json"),
        ("X-bearbeitet(1).jpg", "X(1).jpg", "X.jpg.supplemental-metadata(1).json"),
        ("X(1)-modifié.jpg", "X(1).jpg", "X.jpg(1).json"),
        ("X-effects.jpg", "X.jpg", "X.jpg.json"),
        ("X-edited.jpg", "X.HEIC", "X.HEIC.supplemental-metadata.json"),
        ("X-edited.MOV", "X.MOV", "X.MOV.json"),
    ],
)
def test_copies_use_the_sidecar_of_their_original(copy: str, original: str, sidecar: str) -> None:
    title = original.replace("(1)", "")
    found = one([original, copy], {sidecar: title}, copy)
    assert found == Assigned(copy, "media", sidecar, "edited", original)
    alone = one([copy], {sidecar: title}, copy)
    assert alone == Assigned(copy, "media", sidecar, "edited", "")


def test_a_file_with_a_sidecar_of_its_own_is_no_copy() -> None:
    titles = {"X.jpg.json": "X.jpg", "X-edited.jpg.json": "X-edited.jpg"}
    found = one(["X.jpg", "X-edited.jpg"], titles, "X-edited.jpg")
    assert found == Assigned("X-edited.jpg", "media", "X-edited.jpg.json", "name")
    same = Sidecar(title="X.jpg", url="https://photos.google.com/photo/1")
    linked = pair(["X.jpg", "X-edited.jpg"], dict.fromkeys(titles, same))
    assert linked.media[1].belongs_to == "X.jpg"


def test_a_jpeg_copy_of_two_formats_is_not_guessed() -> None:
    media = ["X.HEIC", "X.jpg", "X-edited.jpg"]
    titles = {"X.HEIC.json": "X.HEIC", "X.jpg.json": "X.jpg"}
    found = one(media, titles, "X-edited.jpg")
    assert found.why_none == "it could be an edited copy of two photos"


@pytest.mark.parametrize(
    ("clip", "still", "sidecar"),
    [
        ("IMG_0170.MP4", "IMG_0170.HEIC", "IMG_0170.HEIC.supplemental-metadata.json"),
        ("IMG_0170.MOV", "IMG_0170.JPG", "IMG_0170.JPG.json"),
        ("IMG_1976(1).MP4", "IMG_1976(1).HEIC", "IMG_1976.HEIC.supplemental-metadata(1).json"),
        ("PXL_1.MP", "PXL_1.MP.jpg", "PXL_1.MP.jpg.supplemental-metadata.json"),
        ("PXL_1.MV", "PXL_1.MV.jpg", "PXL_1.MV.jpg.json"),
        ("PXL_1.MP~2", "PXL_1.MP~2.jpg", "PXL_1.MP~2.jpg.json"),
        ("MVIMG_1", "MVIMG_1.jpg", "MVIMG_1.jpg.json"),
    ],
)
def test_clips_share_the_sidecar_of_their_still(clip: str, still: str, sidecar: str) -> None:
    title = still.replace("(1)", "")
    found = one([clip, still], {sidecar: title}, clip)
    assert found == Assigned(clip, "clip", sidecar, "sibling", still)
    assert one([clip, still], {sidecar: title}, still).rule == "name"
    alone = one([clip], {sidecar: title}, clip)
    assert alone == Assigned(clip, "media", sidecar, "sibling", "")
    untold = one([clip, still], {}, clip)
    assert (untold.role, untold.belongs_to) == ("clip", still)
    assert untold.why_none == "the photo it belongs to has none"


def test_a_video_with_its_own_sidecar_is_no_clip() -> None:
    titles = {"IMG_1.MP4.json": "IMG_1.MP4", "IMG_1.HEIC.json": "IMG_1.HEIC"}
    found = one(["IMG_1.MP4", "IMG_1.HEIC"], titles, "IMG_1.MP4")
    assert found == Assigned("IMG_1.MP4", "media", "IMG_1.MP4.json", "name")


def test_the_clip_of_an_edited_still_belongs_to_it() -> None:
    media = ["A.HEIC", "A.MOV", "A-edited.HEIC", "A-edited.MOV"]
    found = said(media, {"A.HEIC.json": "A.HEIC"})
    assert [each.belongs_to for each in found.media] == ["", "A.HEIC", "A.HEIC", "A-edited.HEIC"]
    assert {each.sidecar for each in found.media} == {"A.HEIC.json"}


def test_the_clip_of_two_stills_is_not_guessed() -> None:
    titles = {"A.HEIC.json": "A.HEIC", "A.jpg.json": "A.jpg"}
    found = one(["A.HEIC", "A.jpg", "A.MOV"], titles, "A.MOV")
    assert (found.role, found.why_none) == ("media", "it could be the clip of two photos")


def test_raw_and_jpeg_are_two_photos() -> None:
    titles = {"A.DNG.json": "A.DNG", "A.jpg.json": "A.jpg"}
    found = said(["A.DNG", "A.jpg"], titles)
    assert [each.sidecar for each in found.media] == ["A.DNG.json", "A.jpg.json"]
    assert not any(each.belongs_to for each in found.media)


def test_sidecars_without_media_say_whose_they_may_be() -> None:
    titles = {
        "who_.jpg.supplemental-metadata(2).json": "who?.jpg",
        "x" * 46 + ".json": "x" * 60 + ".jpg",
    }
    assert said([], titles).orphans == (
        ("who_.jpg.supplemental-metadata(2).json", ("who_(2).jpg", "who_.jpg")),
        ("x" * 46 + ".json", ("x" * 47 + ".jpg", "x" * 46)),
    )


def test_files_that_are_no_media() -> None:
    found = said(["notes.txt", "scan.xyz", "a.json"], {"scan.xyz.json": "scan.xyz"})
    assert [each.role for each in found.media] == ["other", "media", "other"]


def test_one_photo_in_two_folders() -> None:
    noon = datetime(2024, 5, 1, 12, tzinfo=UTC)
    a = Sidecar(title="a.jpg", taken_at=noon, url="https://photos.google.com/photo/1")
    assert same_photo(a, Sidecar(title="b.jpg", url=a.url))
    assert same_photo(a, Sidecar(title="a.jpg", taken_at=noon))
    assert not same_photo(a, Sidecar(title="a.jpg", taken_at=noon, url=a.url + "2"))
    assert not same_photo(Sidecar(title="a.jpg"), Sidecar(title="a.jpg"))


def test_a_large_folder_takes_about_a_second() -> None:
    media = [f"IMG_{number:05}.HEIC" for number in range(15_000)]
    titles = {f"{name}.supplemental-metadata.json": name for name in media}
    media += [name.replace("HEIC", "MOV") for name in media]
    sidecars = {name: Sidecar(title=title) for name, title in titles.items()}
    start = time.process_time()
    found = pair(media, sidecars)
    assert time.process_time() - start < 10  # ten times what it takes, for slow machines
    assert sum(each.role == "clip" for each in found.media) == 15_000
    assert not found.orphans
