"""Zips: what Google, desktops and strangers make."""

from __future__ import annotations

import io
import random
import stat
import struct
import time
import tracemalloc
import unicodedata
import warnings
import zipfile
import zlib
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.errors import ItemFailed, TryLater
from gphotos_search.files import content, safety
from gphotos_search.files.base import ContainerDamaged, Member, MemberGone, Refused
from gphotos_search.files.content import read
from gphotos_search.files.zip_directory import CENTRAL, END, LOCAL
from gphotos_search.files.zips import Zip
from tests.contracts.container import ContainerContract, Make

PICTURE = random.Random(7).randbytes(50_000)
Raw = tuple[bytes, bytes, dict[str, int]]  # name, packed content, fields that lie


def zipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def forged(path: Path, members: list[Raw], *, count: int | None = None, cut: int = 0) -> Path:
    """A zip of stored members whose records may say anything."""
    out, central = bytearray(), bytearray()
    for name, data, lies in members:
        said = {
            "flags": 0, "method": 0, "crc": zlib.crc32(data), "packed": len(data),
            "size": len(data), "made_by": 0x0314, "attributes": 0o100644 << 16, "at": len(out),
        } | lies  # fmt: skip
        sizes = (said["crc"], said["packed"], said["size"])
        central += CENTRAL.pack(
            b"PK\x01\x02", said["made_by"], 20, said["flags"], said["method"], 0, 33, *sizes,
            len(name), 0, 0, 0, 0, said["attributes"], said["at"],
        ) + name  # fmt: skip
        out += LOCAL.pack(
            b"PK\x03\x04", 20, said["flags"], said["method"], 0, 33, *sizes, len(name), 0
        ) + name + data  # fmt: skip
    number = len(members) if count is None else count
    end = END.pack(b"PK\x05\x06", 0, 0, number, number, len(central), len(out), 0)
    path.write_bytes(bytes(out) + bytes(central)[: len(central) - cut] + bytes(cut) + end)
    return path


def listed(path: Path) -> tuple[dict[str, Member], dict[str, str]]:
    archive = Zip(path)
    found = list(archive.listing())
    archive.close()
    members = {one.path: one for one in found if isinstance(one, Member)}
    return members, {one.path: one.reason for one in found if isinstance(one, Refused)}


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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30),
        max_size=8,
    )
)
def test_whatever_the_names_each_is_read_or_refused(tmp_path: Path, names: list[str]) -> None:
    raw: list[Raw] = [
        (name.encode(), f"{number} {name}".encode(), {}) for number, name in enumerate(names)
    ]
    path = forged(tmp_path / "names.zip", raw)
    archive = Zip(path)
    found = list(archive.listing())
    silent = [name for name in names if name.endswith("/") or safety.is_clutter(name)]
    assert len(found) == len(names) - len(silent)
    paths = [one.path for one in found if isinstance(one, Member)]
    assert len(set(paths)) == len(paths)
    for one in found:
        if isinstance(one, Member):
            assert unicodedata.is_normalized("NFC", one.path)
            assert not one.path.startswith("/")
            assert ".." not in one.path.split("/")
            assert "\\" not in one.path
            name = read(archive, one, 1000).decode().partition(" ")[2]
            assert safety.tidy(name) == one.path
    archive.close()


@pytest.mark.parametrize(
    "name, reason",
    [
        (b"/etc/passwd", "absolute"),
        (b"C:/Windows/a.jpg", "absolute"),
        (b"Takeout/../../a.jpg", "leads out"),
        (b"Takeout\\a.jpg", "backslash"),
        (b"a\0.jpg", "control"),
        (b"a\n.jpg", "control"),
        (b"x" * 2000, "too long"),
        (b".", "no name"),
        (b"", "no name"),
    ],
)
def test_hostile_names(tmp_path: Path, name: bytes, reason: str) -> None:
    members, refused = listed(
        forged(tmp_path / "a.zip", [(name, b"x", {}), (b"good.jpg", b"y", {})])
    )
    assert list(members) == ["good.jpg"]
    ((path, why),) = refused.items()
    assert reason in why
    assert path.isprintable()


@pytest.mark.parametrize(
    "lies, reason",
    [
        ({"attributes": (stat.S_IFLNK | 0o777) << 16}, "symbolic link"),
        ({"attributes": (stat.S_IFIFO | 0o644) << 16}, "not a regular file"),
        ({"flags": 1}, "encrypted"),
        ({"flags": 0x2000}, "encrypted"),
        ({"method": 9}, "method 9"),
        ({"size": 5}, "contradict"),
        ({"method": 8, "size": 0xFFFFFFF0, "packed": 1000}, "times its size"),
        ({"packed": 0x7FFFFFFF, "size": 0x7FFFFFFF}, "outside"),
        ({"at": 0xFFFFFF}, "outside"),
    ],
)
def test_members_that_are_refused(tmp_path: Path, lies: dict[str, int], reason: str) -> None:
    path = forged(tmp_path / "a.zip", [(b"bad.jpg", b"xx", lies), (b"good.jpg", PICTURE, {})])
    members, refused = listed(path)
    assert list(members) == ["good.jpg"]
    assert reason in refused["bad.jpg"]


def test_a_folder_marked_by_its_mode_is_no_member(tmp_path: Path) -> None:
    folder = {"attributes": (stat.S_IFDIR | 0o755) << 16}
    path = forged(tmp_path / "a.zip", [(b"Takeout", b"", folder), (b"Takeout/", b"", {})])
    assert listed(path) == ({}, {})


def test_the_first_of_a_name_counts(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("a.jpg", b"first")
            archive.writestr("./a.jpg", b"second")
            archive.writestr("a.jpg", b"third")
    found = Zip(tmp_path / "a.zip")
    one, *rest = list(found.listing())
    assert isinstance(one, Member)
    assert read(found, one, 100) == b"first"
    assert [(two.path, "same name" in two.reason) for two in rest if isinstance(two, Refused)] == [
        ("a.jpg", True)
    ] * 2
    found.close()


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    inner = LOCAL.size + len(b"a.jpg")
    lies = {"packed": 60_000, "size": 60_000}
    path = forged(
        tmp_path / "a.zip",
        [(b"a.jpg", PICTURE, lies), (b"b.jpg", PICTURE, {}), (b"c.jpg", PICTURE, {"at": 0})],
    )
    members, refused = listed(path)
    assert list(members) == ["b.jpg"]
    assert inner < 60_000
    assert all("overlaps" in why for why in refused.values())
    assert set(refused) == {"a.jpg", "c.jpg"}


def deflate(data: bytes) -> bytes:
    packing = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packing.compress(data) + packing.flush()


@pytest.mark.parametrize(
    "real, said, reason",
    [
        (b"x" * 1000, {"size": 900}, "longer"),
        (b"x" * 1000, {"size": 1100}, "shorter"),
        (b"x" * 1000, {"crc": 1}, "checksum"),
        (b"", {"size": 10}, "shorter"),
    ],
)
def test_lying_sizes(tmp_path: Path, real: bytes, said: dict[str, int], reason: str) -> None:
    packed = deflate(real)
    lies = {"method": 8, "size": len(real), "crc": zlib.crc32(real), "packed": len(packed)} | said
    archive = Zip(forged(tmp_path / "a.zip", [(b"a.jpg", packed, lies)]))
    (one,) = archive.listing()
    assert isinstance(one, Member)
    with archive.open(one) as stream, pytest.raises(ContainerDamaged, match=reason):
        list(iter(lambda: stream.read(100), b""))
    with pytest.raises(ItemFailed, match=reason):
        read(archive, one, 5000)
    archive.close()


def test_garbage_instead_of_deflate(tmp_path: Path) -> None:
    archive = Zip(forged(tmp_path / "a.zip", [(b"a.jpg", b"\xff" * 90, {"method": 8})]))
    (one,) = archive.listing()
    assert isinstance(one, Member)
    with pytest.raises(ItemFailed, match="unpacked"):
        read(archive, one, 5000)
    archive.close()


def test_a_flipped_bit_in_a_stored_member(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": PICTURE}, zipfile.ZIP_STORED)
    spoiled = bytearray(path.read_bytes())
    spoiled[20_000] ^= 1
    path.write_bytes(spoiled)
    archive = Zip(path)
    (one,) = archive.listing()
    assert isinstance(one, Member)
    with pytest.raises(ItemFailed, match="checksum"):
        read(archive, one, 1 << 20)
    archive.close()


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.99])
def test_a_truncated_download(tmp_path: Path, keep: float) -> None:
    path = zipped(tmp_path / "a.zip", {"a.jpg": PICTURE, "b.jpg": PICTURE})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    with pytest.raises(ContainerDamaged, match="not complete"):
        Zip(path)


def test_a_broken_directory_gives_what_stands_before_the_damage(tmp_path: Path) -> None:
    members: list[Raw] = [(f"{number}.jpg".encode(), PICTURE, {}) for number in range(4)]
    archive = Zip(forged(tmp_path / "a.zip", members, cut=30))
    with pytest.raises(ContainerDamaged, match="breaks off"):
        list(archive.listing())
    listing = archive.listing()
    first = [next(listing) for _ in range(3)]
    assert [one.path for one in first] == ["0.jpg", "1.jpg", "2.jpg"]
    archive.close()


def test_too_many_members_are_refused_by_their_number(tmp_path: Path) -> None:
    path = forged(tmp_path / "a.zip", [(b"a.jpg", b"", {})])
    whole = path.read_bytes()
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 10**6, 10**6, 51, 35)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(whole) - END.size, 1)
    full = END.pack(b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(whole[: -END.size] + end64 + locator + full)
    with pytest.raises(ContainerDamaged, match="more than 500000"):
        Zip(path)


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
