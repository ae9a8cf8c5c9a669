"""Tgz archives: what Google, tar programs and strangers make."""

from __future__ import annotations

import gzip
import io
import random
import resource
import tarfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.files import gzips, safety, tar_headers, tars
from gphotos_search.files.base import ContainerDamaged, Member, MemberGone, Refused
from gphotos_search.files.content import read
from gphotos_search.files.tars import TarGz
from tests.contracts.container import ContainerContract, Make

PICTURE = random.Random(7).randbytes(50_000)
END = bytes(1024)


def packed(path: Path, files: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> Path:
    with tarfile.open(path, "w:gz", format=form, compresslevel=1) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def forged(path: Path, blocks: Iterable[bytes]) -> Path:
    path.write_bytes(gzip.compress(b"".join(blocks), 1))
    return path


def block(name: str, data: bytes = b"", kind: bytes = b"0", size: int | None = None) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = len(data) if size is None else size, kind
    head = info.tobuf(tarfile.GNU_FORMAT)
    return head + data + bytes(-len(data) % 512)


def listed(archive: TarGz) -> tuple[dict[str, Member], dict[str, str]]:
    found = list(archive.listing())
    members = {one.path: one for one in found if isinstance(one, Member)}
    return members, {one.path: one.reason for one in found if isinstance(one, Refused)}


def until_damaged(archive: TarGz) -> tuple[list[Member], str]:
    found: list[Member] = []
    try:
        for one in archive.listing():
            assert isinstance(one, Member)
            found.append(one)
    except ContainerDamaged as damage:
        return found, str(damage)
    raise AssertionError("no damage was seen")


class TestGnu(ContainerContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        index = tmp_path / "points" / "a"
        return lambda files: TarGz(packed(tmp_path / "a.tgz", files), index)


class TestPaxWithoutIndex(ContainerContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        return lambda files: TarGz(packed(tmp_path / "a.tgz", files, tarfile.PAX_FORMAT))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=160),
        max_size=6,
    ),
    form=st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_whatever_the_names_each_is_read_or_refused(
    tmp_path: Path, names: list[str], form: int
) -> None:
    path = tmp_path / "names.tgz"
    with tarfile.open(path, "w:gz", format=form, compresslevel=1) as tar:
        for number, name in enumerate(names):
            info = tarfile.TarInfo(name)
            info.size = len(str(number))
            tar.addfile(info, io.BytesIO(str(number).encode()))
    archive = TarGz(path)
    shown = [one for one in names if not one.endswith("/") and not safety.is_clutter(one)]
    found = list(archive.listing())
    assert len(found) == len(shown)
    for one in found:
        if isinstance(one, Member):
            assert unicodedata.is_normalized("NFC", one.path)
            assert safety.name_fault(one.path) == ""
            assert safety.tidy(names[int(read(archive, one, 1000))]) == one.path
    archive.close()


@pytest.mark.parametrize(
    "bad, reason",
    [
        (block("/etc/passwd", b"x"), "absolute"),
        (block("a/../../b.jpg", b"x"), "leads out"),
        (block("a\\b.jpg", b"x"), "backslash"),
        (block("link.jpg", kind=tarfile.SYMTYPE), "symbolic link"),
        (block("hard.jpg", kind=tarfile.LNKTYPE), "a link"),
        (block("pipe.jpg", kind=tarfile.FIFOTYPE), "not a regular file"),
        (block("disk.jpg", kind=tarfile.BLKTYPE), "not a regular file"),
        (block("holes.jpg", b"x" * 600, kind=tarfile.GNUTYPE_SPARSE), "sparse"),
        (block("strange.jpg", b"x" * 600, kind=b"Z"), "not a regular file"),
        (block("good.jpg", b"again"), "same name"),
    ],
)
def test_members_that_are_refused(tmp_path: Path, bad: bytes, reason: str) -> None:
    blocks = [block("good.jpg", PICTURE), bad, block("last.jpg", PICTURE), END]
    archive = TarGz(forged(tmp_path / "a.tgz", blocks))
    members, refused = listed(archive)
    assert list(members) == ["good.jpg", "last.jpg"]
    assert read(archive, members["last.jpg"], 1 << 20) == PICTURE
    assert [reason in why for why in refused.values()] == [True]
    archive.close()


def test_a_sparse_file_as_tar_writes_it_in_pax(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tgz", "w:gz", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo("GNUSparseFile.0/holes.jpg")
        info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.name": "holes.jpg"}
        tar.addfile(info)
    archive = TarGz(tmp_path / "a.tgz")
    assert listed(archive) == ({}, {"holes.jpg": "it is sparse"})
    archive.close()


@pytest.mark.parametrize("keep", [0.2, 0.6, 0.97])
def test_a_truncated_download(tmp_path: Path, keep: float) -> None:
    files = {f"{n}.jpg": random.Random(n).randbytes(200_000) for n in range(20)}
    whole = packed(tmp_path / "a.tgz", files).read_bytes()
    (tmp_path / "a.tgz").write_bytes(whole[: int(len(whole) * keep)])
    archive = TarGz(tmp_path / "a.tgz", tmp_path / "index")
    found, why = until_damaged(archive)
    assert "end is missing" in why
    assert int(20 * keep) - 1 <= len(found) <= int(20 * keep) + 1
    for one in found[:-1]:
        assert read(archive, one, 1 << 20) == files[one.path]
    assert not (tmp_path / "index").exists()
    archive.close()
    later = TarGz(tmp_path / "a.tgz")
    for one in found[:-1]:
        assert read(later, one, 1 << 20) == files[one.path]
    cut = Member("cut.jpg", 10_000, 0, len(whole))  # behind the end of what is there
    with pytest.raises(ContainerDamaged, match="cut off"):
        read(later, cut, 1 << 20)
    later.close()


def test_bits_that_flipped(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.tgz", {f"{n}.jpg": PICTURE for n in range(20)})
    spoiled = bytearray(path.read_bytes())
    spoiled[-6] ^= 1
    path.write_bytes(spoiled)
    archive = TarGz(path)
    found, why = until_damaged(archive)
    assert (len(found) >= 19, "checksum" in why) == (True, True)
    archive.close()


@pytest.mark.parametrize(
    "blocks, why",
    [
        ([block("a.jpg", b"x"), b"garbage!" * 64, END], "no file where one should begin"),
        ([block("a.jpg", b"x"), block("b.jpg", b"x", size=10_000)], "end is missing"),
        ([block("a.jpg", b"x"), block("b.jpg", size=60 << 30), END], "many times its size"),
        ([block("a.jpg", b"x"), block("b.jpg", size=1 << 40), END], "many times its size"),
        ([block("a.jpg", b"x"), block("n", size=1 << 30, kind=b"L"), END], "should begin"),
        ([block("a.jpg", b"x"), *[block("n", b"n\0", kind=b"L")] * 2000, END], "should begin"),
        ([block("a.jpg", b"x"), block("n", b"99999 path=x\n", kind=b"x"), END], "should begin"),
        ([block("a.jpg", b"x")], "end is missing"),
    ],
)
def test_headers_that_lie(tmp_path: Path, blocks: list[bytes], why: str) -> None:
    archive = TarGz(forged(tmp_path / "a.tgz", blocks))
    found, said = until_damaged(archive)
    assert found[0].path == "a.jpg"
    assert read(archive, found[0], 10) == b"x"
    assert why in said
    archive.close()


@settings(max_examples=300)
@given(st.binary(min_size=512, max_size=512), st.booleans())
def test_no_header_is_so_strange_that_it_surprises(noise: bytes, sealed: bool) -> None:
    if sealed:
        total = sum(noise[:148]) + 256 + sum(noise[156:])
        noise = noise[:148] + b"%06o\0 " % total + noise[156:]
    rest = io.BytesIO(noise * 40)
    try:
        header = tar_headers.next_header(rest.read, noise)
    except tar_headers.BadHeader:
        return
    assert header.size >= 0


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gzips, "ALWAYS_FINE", 1 << 20)
    path = forged(tmp_path / "a.tgz", [block("a.jpg", b"x"), END, bytes(64 << 20)])
    archive = TarGz(path)
    found, why = until_damaged(archive)
    assert (len(found), "many times" in why) == (1, True)
    archive.close()


def test_several_gzip_streams_and_what_follows_them(tmp_path: Path) -> None:
    first = gzip.compress(block("a.jpg", PICTURE))
    second = gzip.compress(block("b.jpg", PICTURE) + END)
    whole_tar = gzip.compress(block("c.jpg", b"c") + END)
    for after in (b"", bytes(700), b"garbage"):
        path = tmp_path / "a.tgz"
        path.write_bytes(first + second + whole_tar + after)
        archive = TarGz(path)
        members, refused = listed(archive)
        assert (list(members), refused) == (["a.jpg", "b.jpg", "c.jpg"], {})
        assert read(archive, members["b.jpg"], 1 << 20) == PICTURE
        archive.close()


def test_members_are_capped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tars, "MAX_MEMBERS", 10)
    archive = TarGz(packed(tmp_path / "a.tgz", {f"{n}.jpg": b"x" for n in range(11)}))
    found, why = until_damaged(archive)
    assert (len(found), "more than 10 files" in why) == (10, True)
    archive.close()


def test_seek_points_are_kept_and_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gzips, "SPACING", 1 << 20)
    files = {f"{n}.jpg": random.Random(n).randbytes(700_000) for n in range(16)}
    path, index = packed(tmp_path / "a.tgz", files), tmp_path / "points" / "a"
    archive = TarGz(path, index)
    members, _ = listed(archive)
    archive.close()
    kept = index.read_bytes()
    assert 8 * 32768 < len(kept) < 12 * 32768
    assert list(index.parent.iterdir()) == [index]

    def all_good(loaded: bool) -> None:
        again = TarGz(path, index)
        assert again._gzip._saved == loaded
        for name, member in members.items():
            assert read(again, member, 1 << 20) == files[name]
        again.close()

    all_good(True)
    for broken in (b"", b"short", kept[:-1], kept[:5000] + b"?" + kept[5001:]):
        index.write_bytes(broken)
        all_good(False)
    index.write_bytes(kept)
    path.touch()
    all_good(False)
    listing = TarGz(path, index)
    assert len(listed(listing)[0]) == 16
    listing.close()
    all_good(True)


def test_no_file_no_gzip(tmp_path: Path) -> None:
    with pytest.raises(MemberGone):
        TarGz(tmp_path / "gone.tgz")
    (tmp_path / "a.tgz").write_bytes(b"no gzip at all")
    archive = TarGz(tmp_path / "a.tgz")
    with pytest.raises(ContainerDamaged):
        list(archive.listing())
    archive.close()


@pytest.mark.long
def test_memory_stays_bounded_with_300_000_members(tmp_path: Path) -> None:
    path = tmp_path / "many.tgz"
    with gzip.open(path, "wb", 1) as out:
        for number in range(300_000):
            out.write(block(f"Takeout/Google Photos/Photos from 2019/IMG_{number:06d}.json", b"{}"))
        out.write(END)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    archive = TarGz(path, tmp_path / "index")
    assert sum(1 for _ in archive.listing()) == 300_000
    archive.close()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"300000 members: {(after - before) >> 10} MiB more")  # noqa: T201
    assert after - before < 96 << 10
