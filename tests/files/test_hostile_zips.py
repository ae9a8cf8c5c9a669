"""Zips of strangers: what is bad is refused with its reason, the rest goes in."""

from __future__ import annotations

import stat
import struct
import unicodedata
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.errors import ItemFailed
from gphotos_search.files import safety
from gphotos_search.files.base import ContainerDamaged, Member, Refused
from gphotos_search.files.content import read
from gphotos_search.files.zip_directory import END, LOCAL
from gphotos_search.files.zips import Zip
from tests.files.forged_zips import PICTURE, Raw, deflate, forged, listed, zipped


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
