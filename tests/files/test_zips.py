"""Zips: what Google and desktops make, and what reading them costs."""

from __future__ import annotations

import io
import stat
import time
import tracemalloc
import zipfile
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest

from gphotos_search.errors import TryLater
from gphotos_search.files import content
from gphotos_search.files.base import Member, MemberGone
from gphotos_search.files.content import read
from gphotos_search.files.zips import Zip
from tests.contracts.container import ContainerContract, Make
from tests.files.forged_zips import PICTURE, Raw, forged, listed, zipped


class TestDeflated(ContainerContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        return lambda files: Zip(zipped(tmp_path / "a.zip", files))


class TestStored(ContainerContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        return lambda files: Zip(zipped(tmp_path / "a.zip", files, zipfile.ZIP_STORED))


class TestStreamedZip64(ContainerContract):
    """As written to a pipe: sizes behind the content, zip64 fields everywhere, a prefix."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        class Pipe(io.RawIOBase):
            written = bytearray()

            def writable(self) -> bool:
                return True

            def write(self, data: object) -> int:
                self.written += bytes(data)  # type: ignore[call-overload]
                return len(data)  # type: ignore[arg-type]

        def build(files: dict[str, bytes]) -> Zip:
            pipe = Pipe()
            pipe.written = bytearray()
            with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in files.items():
                    with archive.open(name, "w", force_zip64=True) as member:
                        member.write(data)
            path = tmp_path / "piped.zip"
            path.write_bytes(b"#!/bin/sh\n" + pipe.written)
            return Zip(path)

        return build


def test_a_folder_marked_by_its_mode_is_no_member(tmp_path: Path) -> None:
    folder = {"attributes": (stat.S_IFDIR | 0o755) << 16}
    path = forged(tmp_path / "a.zip", [(b"Takeout", b"", folder), (b"Takeout/", b"", {})])
    assert listed(path) == ({}, {})


def test_names_of_other_desktops(tmp_path: Path) -> None:
    raw: list[Raw] = [
        ("Été.jpg".encode(), b"1", {}),  # Archive Utility: UTF-8 without the flag
        ("Übung.jpg".encode("cp437"), b"2", {}),
    ]
    members, refused = listed(forged(tmp_path / "a.zip", raw))
    assert (set(members), refused) == ({"Été.jpg", "Übung.jpg"}, {})


def test_another_archive_under_the_same_name(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": PICTURE, "b.jpg": b"b"})
    members, _ = listed(path)
    archive = Zip(zipped(path, {"a.jpg": PICTURE[::-1]}))
    for member in members.values():
        with pytest.raises(MemberGone, match="another archive"):
            archive.open(member)
    archive.close()
    path.unlink()
    with pytest.raises(MemberGone, match="no longer there"):
        Zip(path)


def test_no_room_for_a_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = Zip(zipped(tmp_path / "a.zip", {"clip.mp4": bytes(content.IN_MEMORY + 1)}))
    (clip,) = archive.listing()
    assert isinstance(clip, Member)
    monkeypatch.setattr(content, "SPARE", 1 << 60)
    with archive.open(clip) as stream:
        assert len(stream.read(1 << 20)) == 1 << 20  # sequential reading needs none
        stream.seek(0)
        with pytest.raises(TryLater, match="no room"):
            stream.read(10)
    monkeypatch.undo()
    for _ in range(3):  # the failure gave its place back
        with archive.open(clip) as stream:
            stream.seek(100)
            assert stream.read(10) == bytes(10)
    archive.close()


def test_at_most_two_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "SPOOL_WAIT_S", 0.05)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    archive = Zip(zipped(tmp_path / "a.zip", {"clip.mp4": bytes(content.IN_MEMORY + 1)}))
    (clip,) = archive.listing()
    assert isinstance(clip, Member)
    with archive.open(clip) as one, archive.open(clip) as two, archive.open(clip) as three:
        for stream in (one, two):
            stream.seek(5)
            stream.read(1)
        three.seek(5)
        with pytest.raises(TryLater, match="same time"):
            three.read(1)
    archive.close()


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.long
def test_memory_stays_bounded_with_300_000_members(tmp_path: Path) -> None:
    number = 300_000
    folder = b"Takeout/Google Photos/Photos from 2019/"
    path = forged(
        tmp_path / "many.zip",
        [(b"%sIMG_%06d.jpg.supplemental-met.json" % (folder, n), b"{}", {}) for n in range(number)],
        count=0xFFFF,
    )
    archive = Zip(path)
    assert peak(lambda: deque(archive.listing(), maxlen=0)) < 64 << 20
    begun = time.process_time()
    assert sum(1 for _ in archive.listing()) == number
    took = time.process_time() - begun
    archive.close()
    print(f"{number} members listed in {took:.1f} s")  # noqa: T201


@pytest.mark.long
def test_a_member_of_two_gigabytes_and_more(tmp_path: Path) -> None:
    path, size = tmp_path / "big.zip", (4 << 30) + 1000
    with zipfile.ZipFile(path, "w") as archive:
        with archive.open("clip.mp4", "w", force_zip64=True) as member:
            chunk = bytes(16 << 20)
            for _ in range(size // len(chunk)):
                member.write(chunk)
            member.write(b"z" * (size % len(chunk)))
        archive.writestr("after.jpg", b"after")

    def look() -> None:
        found = Zip(path)
        clip, after = found.listing()
        assert isinstance(clip, Member)
        assert isinstance(after, Member)
        assert clip.size == size
        with found.open(clip) as stream:
            stream.seek(-3, 2)
            assert stream.read() == b"zzz"
        assert read(found, after, 10) == b"after"
        found.close()

    assert peak(look) < 4 << 20
