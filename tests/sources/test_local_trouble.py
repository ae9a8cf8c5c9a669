"""What goes wrong with one file, one archive or one folder stays with that one, and is told."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from gphotos_search.catalog import exports, observations
from gphotos_search.errors import TryLater
from gphotos_search.files.base import Member, MemberGone
from gphotos_search.files.trees import Tree
from gphotos_search.intake.read import Reader
from tests.conftest import picture
from tests.exports import Library as Photos
from tests.exports import lay_out, write_tgzs
from tests.local import Library

PHOTOS = "Takeout/Google Photos"
YEAR = f"{PHOTOS}/Photos from 2023"
OLDER, NEWER = "takeout-20240101T000000Z-001.zip", "takeout-20240301T000000Z-001.zip"


def write(archive: Path, members: dict[str, bytes]) -> None:
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    settle(archive)


def settle(archive: Path) -> None:
    os.utime(archive, (1_750_000_000, 1_750_000_000))


def about(title: str, **more: Any) -> bytes:
    said = {"title": title, "photoTakenTime": {"timestamp": "1695394176"}}
    said["url"] = f"https://photos.google.com/photo/AF1Qip{title}"
    return json.dumps(said | more).encode()


def colours(number: int) -> list[bytes]:
    return [picture((10 * shade, 40, 90)) for shade in range(number)]


def test_a_damaged_member_is_told_and_not_read_again(tmp_path: Path) -> None:
    members = {f"{YEAR}/{n}.jpg": content for n, content in enumerate(colours(4))}
    archive = tmp_path / "in" / OLDER
    write(archive, members)
    broken = bytearray(archive.read_bytes())
    broken[broken.find(members[f"{YEAR}/2.jpg"]) + 300] ^= 255
    archive.write_bytes(broken)
    settle(archive)
    library = Library(tmp_path / "data", tmp_path / "in")

    library.sync()
    again = library.sync().report

    assert len(library.items()) == 3
    assert (again.pages, again.listed) == (1, 0)
    with library.catalog.reading() as tx:
        (export,) = exports.of(tx, 1)
    assert export.left_out.reasons == {"it is damaged: its checksum does not fit": 1}
    write(archive, members)  # downloaded again
    os.utime(archive, (1_760_000_000, 1_760_000_000))
    library.sync()
    assert len(library.items()) == 4


def test_one_file_that_cannot_be_read_holds_up_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, content in enumerate(colours(6)):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{number}.jpg").write_bytes(content)
    library = Library(tmp_path / "data", tmp_path / "in", "folder")
    whole = Tree.open

    def bad_sector(tree: Tree, member: Member) -> closing[BinaryIO]:
        if member.name == "1.jpg":
            raise TryLater("1.jpg cannot be read now: Input/output error.")
        return whole(tree, member)

    with monkeypatch.context() as patch:
        patch.setattr(Tree, "open", bad_sector)
        library.sync()
        assert len(library.items()) == 5
        with library.catalog.reading() as tx:
            (told,) = exports.of(tx, 1)[0].left_out.reasons
        assert told == f"{observations.NOT_NOW}1.jpg cannot be read now: Input/output error"

    library.sync()
    assert len(library.items()) == 6


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_of_somebody_else_is_told(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number, content in enumerate(colours(3)):
        (tmp_path / "in" / f"{number}.jpg").write_bytes(content)
    (tmp_path / "in" / "1.jpg").chmod(0)
    library = Library(tmp_path / "data", tmp_path / "in", "folder")

    library.sync()

    assert len(library.items()) == 2
    with library.catalog.reading() as tx:
        (export,) = exports.of(tx, 1)
    assert export.left_out.reasons == {"it cannot be read: Permission denied": 1}


def test_a_reader_closes_what_it_could_not_open(tmp_path: Path) -> None:
    write(tmp_path / "in" / OLDER, {f"{YEAR}/a.jpg": picture("red")})
    library = Library(tmp_path / "data", tmp_path / "in")
    library.sync()
    with library.catalog.reading() as tx:
        (row,) = observations.walk(tx, 1, 0, 9)
    (tmp_path / "in" / OLDER).unlink()

    reader = Reader(index_dir=None)
    with pytest.raises(MemberGone), reader.content(row):
        pass
    reader.close()


def test_a_path_that_is_no_text_leaves_the_others(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path / "in") + b"/caf\xe9"))
    try:
        write(odd / OLDER, {f"{YEAR}/a.jpg": picture("red")})
    except OSError:
        pytest.skip("names are text here")
    write(tmp_path / "in" / "plain" / NEWER, {f"{YEAR}/b.jpg": picture("blue")})
    library = Library(tmp_path / "data", tmp_path / "in")

    library.sync()

    assert [each.item.filename for each in library.items().values()] == ["b.jpg"]
    with library.catalog.reading() as tx:
        ((path, why),) = exports.unfinished(tx, 1)
    assert path.endswith(f"caf\\xe9/{OLDER}")
    assert why == "its path is not UTF-8; rename it"


@pytest.mark.parametrize("binned", [True, False])
def test_a_later_sidecar_alone_says_what_is_in_the_trash(tmp_path: Path, binned: bool) -> None:
    flags: tuple[dict[str, Any], ...] = ({}, {"trashed": True})
    homes = (YEAR, f"{PHOTOS}/Trash")
    before, after = not binned, binned
    first = {
        f"{homes[before]}/a.jpg": picture("red"),
        f"{homes[before]}/a.jpg.json": about("a.jpg", **flags[before]),
    }
    write(tmp_path / "in" / OLDER, first)
    library = Library(tmp_path / "data", tmp_path / "in")
    library.sync()
    assert [each.item.trashed for each in library.items().values()] == [before]

    later = {f"{homes[after]}/a.jpg.json": about("a.jpg", **flags[after])}
    write(tmp_path / "in" / NEWER, later)
    library.sync()

    assert [each.item.trashed for each in library.items().values()] == [after]


def test_the_only_archive_may_be_deleted(tmp_path: Path) -> None:
    """`import` remembers the archive itself as a place."""
    archive = tmp_path / "in" / OLDER
    write(archive, {f"{YEAR}/a.jpg": picture("red")})
    library = Library(tmp_path / "data", archive)
    library.sync()

    archive.unlink()
    library.sync()

    assert [each.item.original for each in library.items().values()] == ["gone"]
    archive.parent.rmdir()  # a disk that was taken away
    with pytest.raises(TryLater, match="cannot be found"):
        library.sync()


def test_one_path_in_two_parts_goes_with_the_sidecar_of_its_own_part(tmp_path: Path) -> None:
    for part, colour in enumerate(("red", "blue"), 1):
        members = {
            f"{YEAR}/a.jpg": picture(colour),
            f"{YEAR}/a.jpg.json": about(f"{colour}.jpg", description=colour),
            f"{YEAR}/a-edited.jpg": picture(colour, (100, 80)),
        }
        write(tmp_path / "in" / OLDER.replace("001", f"00{part}"), members)
    library = Library(tmp_path / "data", tmp_path / "in")

    library.sync()

    held = {hashlib.sha256(picture(colour)).hexdigest(): colour for colour in ("red", "blue")}
    found = {sha: each.item for sha, each in library.items().items()}
    assert len(found) == 4
    assert {held[sha]: found[sha].description for sha in held} == {"red": "red", "blue": "blue"}
    edited = [item for item in found.values() if item.edited_of]
    assert {item.description: held[item.edited_of] for item in edited} == {
        "red": "red",
        "blue": "blue",
    }


def test_without_room_for_seek_points_a_tgz_is_read_all_the_same(tmp_path: Path) -> None:
    export = lay_out(Photos.typical(6))
    for archive in write_tgzs(export, tmp_path / "in", parts=1):
        settle(archive)
    library = Library(tmp_path / "data", tmp_path / "in")
    (tmp_path / "data" / "seek-points").write_bytes(b"")  # nothing can be written below a file

    library.sync()

    assert library.items()
