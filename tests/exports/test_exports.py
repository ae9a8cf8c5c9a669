"""The builder keeps to what published exports show."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pillow_heif
import pytest
from PIL import Image

from tests.exports import (
    Export,
    Library,
    Photo,
    directory_of,
    lay_out,
    sha256,
    write_tgzs,
    write_tree,
    write_zips,
)
from tests.exports.names import Style, media_name, sidecar_name, split, units
from tests.exports.tongues import TONGUES


@pytest.fixture(scope="module")
def export() -> Export:
    return lay_out(Library.typical(48))


@pytest.mark.parametrize(
    ("media", "style", "sidecar"),
    [
        ("20161105_170829.jpg", "new", "20161105_170829.jpg.supplemental-metadata.json"),
        (
            "MVIMG_20191230_232926.jpg",
            "new",
            "MVIMG_20191230_232926.jpg.supplemental-metadat.json",
        ),
        (
            "Screenshot_20231027_123303_Facebook(1).jpg",
            "new",
            "Screenshot_20231027_123303_Facebook.jpg.supple(1).json",
        ),
        (
            "Screenshot_2024-08-31-00-53-48-647_com.snapchat.jpg",
            "new",
            "Screenshot_2024-08-31-00-53-48-647_com.snapcha.json",
        ),
        (
            "PXL_20230814_201154491.LONG_EXPOSURE-01.COVER.jpg",
            "new",
            "PXL_20230814_201154491.LONG_EXPOSURE-01.COVER..json",
        ),
        ("CLIP0001(10).AVI", "new", "CLIP0001.AVI.supplemental-metadata(10).json"),
        ("IMG_2710(1).HEIC", "old", "IMG_2710.HEIC(1).json"),
        ("2234089303984509579", "new", "2234089303984509579.supplemental-metadata.json"),
    ],
)
def test_names_are_those_of_published_exports(media: str, style: Style, sidecar: str) -> None:
    assert sidecar_name(media, style) == sidecar


def test_long_names_are_cut_and_emoji_stay_whole() -> None:
    stem, ending = split("PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINAL.jpg")
    assert media_name(stem, ending, 0) == "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.jpg"
    kept = split(media_name("a" + "😀" * 30, ".jpg", 2))[0].removesuffix("(2)")
    assert kept == "a" + "😀" * 23
    assert units(split(media_name("😀" * 30, ".jpg", 0))[0]) == 48


def test_files_of_one_photo_share_its_counter() -> None:
    live = [Photo(number=n, title="IMG_1976.HEIC", content="heic", clip=".MP4") for n in (1, 2)]
    directory = directory_of([*live, Photo(number=3, title="IMG_1976.HEIC", edited=True)])
    assert list(directory.media) == [
        "IMG_1976.HEIC",
        "IMG_1976.MP4",
        "IMG_1976(1).HEIC",
        "IMG_1976(1).MP4",
        "IMG_1976(2).HEIC",
        "IMG_1976-edited(2).HEIC",
    ]
    assert directory.media["IMG_1976(1).MP4"].sidecar == (
        "IMG_1976.HEIC.supplemental-metadata(1).json"
    )


def test_one_document_serves_two_renditions() -> None:
    title = "original_1d4caa6f-16c6-4c3d-901b-9387de10e528_P.jpg"
    directory = directory_of([Photo(number=1, title=title, rendition=True)])
    assert list(directory.media) == [title, title.replace("_P", "_P(1)")]
    assert list(directory.sidecars) == ["original_1d4caa6f-16c6-4c3d-901b-9387de10e528_.json"]


def test_pictures_are_real_and_their_bytes_differ(export: Export) -> None:
    pillow_heif.register_heif_opener()
    readable = {digest for digest, item in export.items.items() if item.readable}
    opened = 0
    for entry in export.entries:
        shown = entry.path.upper().endswith((".JPG", ".HEIC", ".DNG"))
        if shown and sha256(content := entry.make()) in readable:
            with Image.open(BytesIO(content)) as picture:
                picture.load()
            opened += 1
    assert opened > 30
    twins = {n for item in export.items.values() for n in item.numbers if len(item.numbers) > 1}
    assert twins == {7, 24, 31, 48}


def test_an_album_holds_a_copy_or_only_its_document(export: Export) -> None:
    bare = lay_out(Library.typical(48, layout="json albums"))
    for path in ("Takeout/Google Photos/Trip 0", "Takeout/Google Photos/Rome _ Naples"):
        assert export.directories[path].media
        assert not bare.directories[path].media
        assert bare.directories[path].sidecars == export.directories[path].sidecars
    assert {digest: item.albums for digest, item in bare.items.items()} == {
        digest: item.albums for digest, item in export.items.items()
    }


@pytest.mark.parametrize("language", sorted(TONGUES))
def test_every_language_has_its_folders(language: str) -> None:
    laid = lay_out(Library.typical(24, language=language))
    words = laid.library.tongue
    assert f"Takeout/{words.container}/{words.year.format(2019)}" in laid.directories
    assert any(entry.path.endswith(f"/{words.album_file}") for entry in laid.entries)
    edited = [one for folder in laid.directories.values() for one in folder.media.values()]
    assert any(words.edited in one.name for one in edited if one.part == "edited")


def test_parts_hold_everything_and_some_of_it_twice(export: Export, tmp_path: Path) -> None:
    everything = {entry.path: sha256(entry.make()) for entry in export.entries}
    seen: list[str] = []
    for path in write_zips(export, tmp_path, 4, zip64=True):
        with ZipFile(path) as archive:
            for name in archive.namelist():
                seen.append(name)
                assert sha256(archive.read(name)) == everything[name]
    assert set(seen) == set(everything)
    assert len(seen) > len(everything)


def test_archives_and_tree_are_the_same_export(export: Export, tmp_path: Path) -> None:
    names: set[str] = set()
    for path in write_tgzs(export, tmp_path / "packed", 2):
        with tarfile.open(path) as archive:
            names |= set(archive.getnames())
    root = write_tree(export, tmp_path / "tree")
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert names == files


def test_a_follow_up_says_new_things_about_the_same_bytes() -> None:
    library = Library.typical(24)
    later = lay_out(library.follow_up([7], [Photo(number=900)]))
    changed = {digest: item for digest, item in later.items.items() if 7 in item.numbers}
    assert set(changed) <= set(lay_out(library).items)
    assert {says for item in changed.values() for says in item.descriptions} == {"changed later"}
    (document,) = (
        entry
        for entry in later.entries
        if entry.path.endswith("0042.jpg.supplemental-metadata.json")
    )
    assert json.loads(document.make())["description"] == "changed later"
