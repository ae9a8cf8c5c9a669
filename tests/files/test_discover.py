"""What is found in a place where exports arrive, and what a given path is."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path

import pytest

from gphotos_search.errors import UsageError
from gphotos_search.files.base import ContainerDamaged, MemberGone
from gphotos_search.files.containers import index_file, open_container
from gphotos_search.files.discover import WRITING, Found, find
from gphotos_search.files.given import kind_of
from tests.files.forged_zips import zipped
from tests.files.test_tars import packed
from tests.files.test_trees import planted

SIDECAR = json.dumps({"title": "a.jpg", "photoTakenTime": {"timestamp": "1695394176"}}).encode()
ALBUM = {
    "Photos from 2023/a.jpg": b"x",
    "Photos from 2023/a.jpg.supplemental-metadata.json": SIDECAR,
}
EXPORT = {f"Takeout/Google Photos/{name}": data for name, data in ALBUM.items()}


def old(path: Path) -> Path:
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def archive(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return old(packed(path, EXPORT) if path.name.endswith("gz") else zipped(path, EXPORT))


def names(found: Found, root: Path) -> tuple[list[str], list[str], dict[str, str]]:
    return (
        [str(path.relative_to(root)) for path in found.archives],
        [str(path.relative_to(root)) for path in found.trees],
        {str(one.path.relative_to(root)): one.reason for one in found.unfinished},
    )


def test_archives_are_found_by_name_and_content(tmp_path: Path) -> None:
    for name in ("takeout-1-001.zip", "a/b/takeout-1-002.tgz", "c/part.TAR.GZ", "a/OTHER.Zip"):
        archive(tmp_path / name)
    archive(tmp_path / "1/2/3/4/5/6/deep.zip")
    archive(tmp_path / "1/2/3/4/5/6/7/too-deep.zip")
    archive(tmp_path / ".trash/hidden.zip")
    archive(tmp_path / "._takeout.zip")
    archive(tmp_path / "renamed.jpg.zip").rename(tmp_path / "no-ending")
    old(planted(tmp_path, {"login.zip": b"<html>sign in"}) / "login.zip")
    assert names(find(tmp_path), tmp_path) == (
        ["1/2/3/4/5/6/deep.zip", "a/OTHER.Zip", "a/b/takeout-1-002.tgz", "c/part.TAR.GZ",
         "takeout-1-001.zip"],
        [],
        {"login.zip": "no zip and no tgz, whatever its name says"},
    )  # fmt: skip


def test_what_is_being_written_is_left_for_later(tmp_path: Path) -> None:
    for name in ("done.zip", "got.zip.part", "takeout-2-001.tgz.crdownload"):
        archive(tmp_path / name)
    old(planted(tmp_path, {"empty.zip": b"", "song.mp3.part": b"x"}) / "empty.zip")
    old(tmp_path / "song.mp3.part")
    assert names(find(tmp_path), tmp_path) == (
        ["done.zip"],
        [],
        dict.fromkeys(["empty.zip", "got.zip.part", "takeout-2-001.tgz.crdownload"], WRITING),
    )


def test_a_young_archive_must_hold_still(tmp_path: Path) -> None:
    for name in ("still.zip", "growing.zip", "renamed.zip"):
        archive(tmp_path / name).touch()

    def write() -> None:
        time.sleep(0.15)
        with (tmp_path / "growing.zip").open("ab") as file:
            file.write(b"more")
        (tmp_path / "renamed.zip").unlink()

    writer = threading.Thread(target=write)
    writer.start()
    found = find(tmp_path, settle_s=0.6)
    writer.join()
    assert names(found, tmp_path) == (["still.zip"], [], {"growing.zip": WRITING})


def test_the_wait_can_be_ended(tmp_path: Path) -> None:
    archive(tmp_path / "young.zip").touch()
    archive(tmp_path / "old.zip")
    stop = threading.Event()
    stop.set()
    begun = time.monotonic()
    assert names(find(tmp_path, settle_s=60, stop=stop), tmp_path) == (
        ["old.zip"], [], {"young.zip": WRITING},
    )  # fmt: skip
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "files, trees",
    [
        (EXPORT, ["Takeout"]),
        ({f"part-1/{n}": d for n, d in EXPORT.items()}, ["part-1/Takeout"]),
        ({f"Google Fotos/{n}": d for n, d in ALBUM.items()}, ["Google Fotos"]),
        (ALBUM, ["."]),
        ({name.rpartition("/")[2]: data for name, data in ALBUM.items()}, ["."]),
        ({"album/a.jpg": b"x", "album/a.json": b'{"theme": "dark"}'}, []),
        ({"album/a.json": SIDECAR}, []),
        ({"album/a.jpg": b"x"}, []),
        ({"Takeout/readme.txt": b"x"}, []),
    ],
)
def test_unpacked_exports(tmp_path: Path, files: dict[str, bytes], trees: list[str]) -> None:
    assert names(find(planted(tmp_path, files)), tmp_path) == ([], trees, {})


def test_archives_within_an_unpacked_export_are_photos_neighbours(tmp_path: Path) -> None:
    planted(tmp_path, EXPORT)
    archive(tmp_path / "Takeout/Google Photos/Photos from 2023/inner.zip")
    archive(tmp_path / "Takeout/Google Photos/deeper/and/inner.zip")
    archive(tmp_path / "beside.zip")
    assert names(find(tmp_path), tmp_path) == (["beside.zip"], ["Takeout"], {})


def test_a_folder_called_takeout_may_hold_the_archives(tmp_path: Path) -> None:
    archive(tmp_path / "Takeout/2024/takeout-1-001.zip")
    assert names(find(tmp_path), tmp_path) == (["Takeout/2024/takeout-1-001.zip"], [], {})
    archive(tmp_path / "Takeout/takeout-1-002.zip")
    assert len(find(tmp_path / "Takeout").archives) == 2


def test_a_loop_of_links_ends_and_a_missing_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "again").symlink_to(tmp_path)
    assert not find(tmp_path)
    with pytest.raises(MemberGone, match="no longer there"):
        find(tmp_path / "unmounted")


@pytest.mark.parametrize(
    "files, archives, kind",
    [
        ({}, ["takeout-1-001.zip", "takeout-1-002.tgz"], "exports"),
        ({}, ["anything.zip"], "exports"),
        ({"a.jpg": b"x"}, ["takeout-1-001.zip"], "exports"),
        ({"a.jpg": b"x"}, ["wallpapers.zip"], "folder"),
        (EXPORT, [], "tree"),
        (EXPORT | {"notes.txt": b"x"}, [], "tree"),
        (EXPORT, ["takeout-1-002.zip"], "exports"),
        ({"2019/may/a.jpg": b"x"}, [], "folder"),
        ({"notes.txt": b"x"}, [], "folder"),
    ],
)
def test_kinds_of_folders(
    tmp_path: Path, files: dict[str, bytes], archives: list[str], kind: str
) -> None:
    for name in archives:
        archive(tmp_path / name)
    assert kind_of(planted(tmp_path, files)) == kind


def test_kinds_of_files(tmp_path: Path) -> None:
    assert kind_of(archive(tmp_path / "a.zip").rename(tmp_path / "a.bin")) == "archive"
    assert kind_of(archive(tmp_path / "a.tgz")) == "archive"


@pytest.mark.parametrize(
    "name, content, sentence",
    [
        ("notes.txt", b"hello", "is no archive"),
        ("a.jpg", b"\xff\xd8\xff", "give the folder"),
        ("a.zip", b"", "is empty"),
        ("a.zip", b"<!DOCTYPE html>", "web page"),
        ("a.zip", b"Rar!\x1a\x07", "RAR"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c", "7z archive"),
        ("a.zip.crdownload", b"PK\x03\x04", "still being written"),
        ("folder/.hidden", b"x", "holds no files"),
        ("", b"", "holds no files"),
        ("missing", None, "nothing at"),
    ],
)
def test_what_cannot_be_imported(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    if name and content is not None:
        planted(tmp_path, {name: content})
    with pytest.raises(UsageError, match=sentence) as refusal:
        kind_of(tmp_path / name.partition("/")[0])
    assert refusal.value.advice


def test_containers_are_opened_by_their_content(tmp_path: Path) -> None:
    for name, kind in (("a.zip", "zip"), ("a.tgz", "tgz")):
        path = archive(tmp_path / name).rename(tmp_path / f"{kind}.jpg")
        container = open_container(path, index_dir=tmp_path / "points")
        assert container.kind == kind
        assert {one.path for one in container.listing()} == set(EXPORT)
        container.close()
    assert index_file(tmp_path / "tgz.jpg", tmp_path / "points").exists()
    tree = open_container(planted(tmp_path / "t", EXPORT), index_dir=None)
    assert (tree.kind, len(list(tree.listing()))) == ("tree", 2)
    with pytest.raises(ContainerDamaged, match="neither"):
        open_container(
            planted(tmp_path, {"a.tgz": b"\x1f\x8b\x08 and no more"}) / "a.tgz", index_dir=None
        )
    with pytest.raises(MemberGone):
        open_container(tmp_path / "gone.zip", index_dir=None)
