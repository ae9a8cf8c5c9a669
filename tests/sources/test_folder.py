"""A folder: what is in it is found, what moves stays itself, what is gone leaves by the rules."""

from __future__ import annotations

import json
import os
import shutil
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from gphotos_search.errors import TryLater
from gphotos_search.media import MediaItem
from gphotos_search.sync.run import Listing, remove_absent
from tests.local import Library

GPS = 0x8825


def jpeg(shade: int, *, taken: str = "", place: bool = False) -> bytes:
    image = Image.new("RGB", (64, 48), (shade % 256, shade * 20 % 256, 30))
    exif = Image.Exif()
    if taken:
        exif.get_ifd(0x8769)[0x9003] = taken
        exif.get_ifd(0x8769)[0x9011] = "+02:00"
    if place:
        exif.get_ifd(GPS).update({1: "N", 2: (45.0, 45.0, 36.0), 3: "E", 4: (4.0, 50.0, 24.0)})
    out = BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "pictures"
    (root / "2019").mkdir(parents=True)
    for number in range(12):
        (root / "2019" / f"IMG_{number:02d}.jpg").write_bytes(jpeg(number))
    return root


@pytest.fixture
def library(tmp_path: Path, folder: Path) -> Library:
    return Library(tmp_path / "data", folder, "folder")


def named(library: Library) -> dict[str, MediaItem]:
    return {each.item.filename: each.item for each in library.items().values()}


def sync(library: Library) -> Listing:
    listing = library.sync()
    remove_absent(listing, max_share=0.5, allow=False)
    return listing


def test_everything_below_is_found(library: Library, folder: Path) -> None:
    (folder / "b" / "c").mkdir(parents=True)
    (folder / "b" / "c" / "deep.png").write_bytes(jpeg(99))  # the bytes decide
    (folder / ".hidden").mkdir()
    (folder / ".hidden" / "no.jpg").write_bytes(jpeg(100))
    (folder / "notes.txt").write_text("no picture")
    (folder / "loop").symlink_to(folder)

    sync(library)

    assert len(library.items()) == 13
    deep = named(library)["deep.png"]
    assert deep.mime_type == "image/jpeg"
    assert deep.path == str(folder / "b" / "c" / "deep.png")
    assert deep.original == "file"


def test_metadata_of_the_file(library: Library, folder: Path) -> None:
    content = jpeg(50, taken="2021:07:04 12:30:00", place=True)
    (folder / "trip.jpg").write_bytes(content)

    sync(library)

    trip = named(library)["trip.jpg"]
    assert trip.taken_at is not None
    assert trip.taken_at.isoformat() == "2021-07-04T10:30:00+00:00"
    assert (trip.taken_from, trip.utc_offset_min) == ("exif", 120)
    assert trip.latitude == pytest.approx(45.76)
    assert trip.longitude == pytest.approx(4.84)
    plain = named(library)["IMG_01.jpg"]
    assert plain.taken_from == "folder"  # its name says 2019
    assert plain.taken_at is not None
    assert plain.taken_at.year == 2019
    assert not plain.albums


def test_sidecars_beside_a_picture(library: Library, folder: Path) -> None:
    (folder / "2019" / "IMG_00.jpg.json").write_text(
        json.dumps(
            {
                "title": "IMG_00.jpg",
                "description": "the lake",
                "photoTakenTime": {"timestamp": "1500000000"},
                "people": [{"name": "Susan"}],
            }
        )
    )
    (folder / "2019" / "IMG_01.xmp").write_text(
        """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
        xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
        xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>
        <rdf:li xml:lang="x-default">the pier</rdf:li></rdf:Alt></dc:description>
        </rdf:Description></rdf:RDF></x:xmpmeta>"""
    )

    sync(library)

    lake = named(library)["IMG_00.jpg"]
    assert (lake.description, lake.people, lake.taken_from) == ("the lake", ("Susan",), "sidecar")
    assert named(library)["IMG_01.jpg"].description == "the pier"


def test_renames_and_moves_keep_the_item(library: Library, folder: Path) -> None:
    sync(library)
    before = {sha: each.media_id for sha, each in library.items().items()}

    (folder / "2019" / "IMG_03.jpg").rename(folder / "the lake.jpg")
    (folder / "2019").rename(folder / "old")
    for _ in range(3):
        sync(library)

    after = library.items()
    assert {sha: each.media_id for sha, each in after.items()} == before
    assert named(library)["the lake.jpg"].path == str(folder / "the lake.jpg")


def test_equal_bytes_are_one_item(library: Library, folder: Path) -> None:
    shutil.copy(folder / "2019" / "IMG_03.jpg", folder / "again.jpg")

    sync(library)

    assert len(library.items()) == 12


def test_a_deleted_picture_leaves_after_two_listings(library: Library, folder: Path) -> None:
    sync(library)
    (folder / "2019" / "IMG_03.jpg").unlink()

    sync(library)
    assert len(library.items()) == 12

    sync(library)
    assert len(library.items()) == 11


def test_nothing_new_costs_a_look(library: Library, folder: Path) -> None:
    sync(library)

    again = sync(library)

    assert (again.report.pages, again.report.listed) == (1, 0)


def test_unchanged_listings_keep_and_remove_as_whole_ones_do(
    library: Library, folder: Path
) -> None:
    sync(library)
    for _ in range(3):
        sync(library)
    assert len(library.items()) == 12

    (folder / "2019" / "IMG_03.jpg").unlink()
    assert sync(library).report.listed == 11
    assert sync(library).report.listed == 0  # the second listing that lacks it
    assert len(library.items()) == 11


def test_a_changed_picture_is_another_one(library: Library, folder: Path) -> None:
    sync(library)
    (folder / "2019" / "IMG_03.jpg").write_bytes(jpeg(200))

    for _ in range(3):
        sync(library)

    assert len(library.items()) == 12


def test_a_missing_folder_removes_nothing(library: Library, folder: Path) -> None:
    sync(library)
    folder.rename(folder.with_name("unplugged"))

    with pytest.raises(TryLater, match=r"is not there\. Nothing was removed"):
        sync(library)

    folder.mkdir()  # the mount point without its disk
    for _ in range(3):
        with pytest.raises(TryLater, match=r"is empty.*Nothing was removed"):
            sync(library)
    assert len(library.items()) == 12


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_folder_removes_nothing(library: Library, folder: Path) -> None:
    sync(library)
    (folder / "2019").chmod(0)
    try:
        for _ in range(3):
            sync(library)
    finally:
        (folder / "2019").chmod(0o755)
    assert len(library.items()) == 12


def test_patterns_choose(tmp_path: Path, folder: Path) -> None:
    (folder / "thumbs").mkdir()
    (folder / "thumbs" / "small.jpg").write_bytes(jpeg(77))
    library = Library(
        tmp_path / "data", folder, "folder", include=("*.jpg",), exclude=("thumbs", "IMG_0[0-4]*")
    )

    sync(library)

    assert sorted(named(library)) == [f"IMG_{number:02d}.jpg" for number in range(5, 12)]


def test_names_that_are_no_utf8(library: Library, folder: Path) -> None:
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jpg"))).write_bytes(jpeg(123))

    sync(library)

    odd = next(item for item in named(library).values() if item.filename.startswith("caf"))
    assert odd.original == "file"
