"""The demo library as an export, in the shapes that real exports have."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.demo.takeout import LIBRARY, Folder, build
from gphotos_search.takeout.names import sidecar_name


@pytest.mark.parametrize(
    ("media", "counter", "sidecar"),
    [
        ("20161105_170829.jpg", "", "20161105_170829.jpg.supplemental-metadata.json"),
        (
            "MVIMG_20191230_232926.jpg",
            "",
            "MVIMG_20191230_232926.jpg.supplemental-metadat.json",
        ),
        (
            "Screenshot_20231027_123303_Facebook.jpg",
            "(1)",
            "Screenshot_20231027_123303_Facebook.jpg.supple(1).json",
        ),
        (
            "Screenshot_2024-08-31-00-53-48-647_com.snapchat.jpg",
            "",
            "Screenshot_2024-08-31-00-53-48-647_com.snapcha.json",
        ),
        ("CLIP0001.AVI", "(10)", "CLIP0001.AVI.supplemental-metadata(10).json"),
        ("2234089303984509579", "", "2234089303984509579.supplemental-metadata.json"),
    ],
)
def test_sidecars_are_called_as_in_published_exports(
    media: str, counter: str, sidecar: str
) -> None:
    assert sidecar_name(media, counter) == sidecar


@given(st.lists(st.text(min_size=1, max_size=60), max_size=12))
def test_names_of_a_folder_never_collide_and_are_short(titles: list[str]) -> None:
    folder = Folder(PurePosixPath("album"))
    placed = [folder.place(title) for title in titles]
    assert len({media.casefold() for media, _ in placed}) == len(titles)
    assert all("/" not in media for media, _ in placed)


def test_the_archive_holds_every_item_with_its_sidecar(tmp_path: Path) -> None:
    items = json.loads((LIBRARY / "library.json").read_text())["items"]
    wanted = {hashlib.sha256((LIBRARY / item["file"]).read_bytes()).digest() for item in items}
    with ZipFile(build(tmp_path)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names)
        years = [name for name in names if "/Photos from " in name]
        media = [name for name in years if not name.endswith(".json")]
        assert {hashlib.sha256(archive.read(name)).digest() for name in media} == wanted
        told = [json.loads(archive.read(name)) for name in years if name.endswith(".json")]
        albums = {json.loads(archive.read(name))["title"] for name in names if "/metadata" in name}
    assert len(told) == len(media) == len(items)
    assert {sidecar["title"] for sidecar in told} == {item["filename"] for item in items}
    assert albums == {album for item in items for album in item["albums"]}


def test_the_archive_is_reproducible(tmp_path: Path) -> None:
    assert build(tmp_path / "a").read_bytes() == build(tmp_path / "b").read_bytes()
