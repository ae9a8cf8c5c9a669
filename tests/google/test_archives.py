"""One archive over a bad line: every answer to a Range, and every way a download can break."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import ScopeMissing, SignInNeeded, TryLater
from gphotos_search.google import archives, partial
from gphotos_search.google.archives import ArchiveChanged
from gphotos_search.google.drive import ArchiveGone, ArchiveRefused
from gphotos_search.google.partial import Partial
from tests.google.drive_side import NAME, YESTERDAY, Reader, content, open_reader

SIZE = 400_000
CONTENT = content(SIZE)


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def reader(
    google: Emulator, config: Config, catalog: Catalog, naps: list[float]
) -> Iterator[Reader]:
    opened = open_reader(google, config, catalog, sleep=naps.append)
    yield opened
    opened.api.close()


@pytest.fixture
def file_id(google: Emulator) -> str:
    return google.drive.put(NAME, CONTENT, created_at=YESTERDAY)


@pytest.fixture
def file(reader: Reader, file_id: str) -> DriveFile:
    return reader.api.archive(file_id)


def fetch(reader: Reader, file: DriveFile) -> bytes:
    path = reader.downloads.fetch(file, reader.folder)
    assert path == reader.folder / NAME
    assert halves(reader) == set()
    assert {one.name for one in reader.folder.iterdir()} == {NAME}
    return path.read_bytes()


def leave_half(reader: Reader, file: DriveFile, size: int, data: bytes = CONTENT) -> None:
    """What a killed run left behind."""
    with Partial(reader.folder, file) as half:
        half.write(data[:size])


def halves(reader: Reader) -> set[str]:
    return {one.name for one in reader.folder.parent.glob("*") if one.is_file()}


def bytes_sent(google: Emulator) -> int:
    return sum(visit.size_bytes for visit in google.log.of("drive.media"))


def test_whole_at_once(reader: Reader, file: DriveFile, google: Emulator) -> None:
    sizes: list[int] = []
    path = reader.downloads.fetch(file, reader.folder, sizes.append)
    assert path.read_bytes() == CONTENT
    assert sizes == sorted(sizes)
    assert sizes[-1] == SIZE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert bytes_sent(google) == SIZE


def test_a_broken_connection_goes_on_where_it_broke(
    reader: Reader, file: DriveFile, google: Emulator, naps: list[float]
) -> None:
    google.faults.add(Fault(kind="drive.media", effect="truncate", times=3))
    assert fetch(reader, file) == CONTENT
    assert [visit.status for visit in google.log.of("drive.media")] == [200, 206, 206, 206]
    assert len(naps) == 3
    assert SIZE <= bytes_sent(google) < SIZE + 3 * archives.READ


def test_a_reset_costs_what_was_under_way(
    reader: Reader, file: DriveFile, google: Emulator, naps: list[float]
) -> None:
    google.faults.add(Fault(kind="drive.media", effect="reset", times=3))
    assert fetch(reader, file) == CONTENT
    assert len(naps) == 3


def test_an_earlier_run_is_continued(reader: Reader, file: DriveFile, google: Emulator) -> None:
    leave_half(reader, file, 123_457)
    assert json.loads((reader.folder.parent / f"{NAME}.part.json").read_text()) == {
        "id": file.file_id,
        "headRevisionId": file.revision,
        "md5": hashlib.md5(CONTENT).hexdigest(),
        "size": SIZE,
    }
    assert fetch(reader, file) == CONTENT
    assert bytes_sent(google) == SIZE - 123_457


def test_a_half_that_lacks_nothing_needs_no_request(
    reader: Reader, file: DriveFile, google: Emulator
) -> None:
    leave_half(reader, file, SIZE)
    assert fetch(reader, file) == CONTENT
    assert google.log.count("drive.media") == 0


def test_zeros_that_a_power_cut_left_are_fetched_again(
    reader: Reader, file: DriveFile, google: Emulator
) -> None:
    leave_half(reader, file, 200_000, CONTENT[:100_000] + bytes(100_000))
    assert fetch(reader, file) == CONTENT
    assert abs(bytes_sent(google) - 300_000) < 1000


def test_a_server_without_ranges_begins_anew(
    reader: Reader, file: DriveFile, google: Emulator
) -> None:
    google.drive.ignores_range = True
    leave_half(reader, file, 100_000)
    assert fetch(reader, file) == CONTENT
    assert [visit.status for visit in google.log.of("drive.media")] == [200]


def test_a_server_that_begins_anew_for_ever_is_left(
    reader: Reader, file: DriveFile, google: Emulator
) -> None:
    google.drive.ignores_range = True
    google.faults.add(Fault(kind="drive.media", effect="truncate", times=None))
    with pytest.raises(TryLater):
        fetch(reader, file)
    assert google.log.count("drive.media") <= archives.RESTARTS + 2


def test_a_range_past_the_end(reader: Reader, file: DriveFile, google: Emulator) -> None:
    leave_half(reader, file, 100_000)
    google.faults.add(Fault(kind="drive.media", status=416, reason="requestedRangeNotSatisfiable"))
    assert fetch(reader, file) == CONTENT
    assert [visit.status for visit in google.log.of("drive.media")] == [416, 200]


def test_a_half_that_is_too_long_is_worth_nothing(
    reader: Reader, file: DriveFile, google: Emulator
) -> None:
    leave_half(reader, file, SIZE + 5, CONTENT + b"extra")
    assert fetch(reader, file) == CONTENT
    assert bytes_sent(google) == SIZE


def test_a_damaged_half_costs_one_download(
    reader: Reader, file: DriveFile, google: Emulator
) -> None:
    leave_half(reader, file, 100_000, content(SIZE, seed=9))
    assert fetch(reader, file) == CONTENT
    assert bytes_sent(google) == SIZE - 100_000 + SIZE


def test_a_half_of_another_content_is_thrown_away(
    reader: Reader, file: DriveFile, file_id: str, google: Emulator
) -> None:
    leave_half(reader, file, 100_000)
    google.drive.change(file_id, content=content(SIZE, seed=4))
    path = reader.downloads.fetch(reader.api.archive(file_id), reader.folder)
    assert path.read_bytes() == content(SIZE, seed=4)
    assert bytes_sent(google) == SIZE


def test_replaced_between_poll_and_download(
    reader: Reader, file: DriveFile, file_id: str, google: Emulator
) -> None:
    leave_half(reader, file, 100_000)
    google.drive.change(file_id, content=content(SIZE, seed=4))
    with pytest.raises(ArchiveChanged) as caught:
        fetch(reader, file)
    assert caught.value.now.md5 == hashlib.md5(content(SIZE, seed=4)).hexdigest()
    assert halves(reader) == set()
    assert google.log.count("drive.media") == 0


def test_replaced_while_it_came(
    reader: Reader, file: DriveFile, file_id: str, google: Emulator
) -> None:
    google.faults.add(Fault(kind="drive.media", effect="truncate"))

    def replace_once(kind: str, _request: object) -> None:
        if kind == "drive.media":
            google.before = None
            threading.Timer(
                0.0, google.drive.change, (file_id,), {"content": content(SIZE, seed=4)}
            ).run()

    google.before = replace_once
    with pytest.raises(ArchiveChanged):
        fetch(reader, file)
    assert halves(reader) == set()


def test_a_checksum_that_never_fits(
    reader: Reader, file: DriveFile, file_id: str, google: Emulator
) -> None:
    google.drive.change(file_id, md5="0" * 32)
    with pytest.raises(ArchiveRefused, match="checksum"):
        fetch(reader, reader.api.archive(file_id))
    assert halves(reader) == set()
    assert bytes_sent(google) == 2 * SIZE


def test_a_token_that_dies_half_way(reader: Reader, file: DriveFile, google: Emulator) -> None:
    google.faults.add(
        Fault(kind="drive.media", effect="truncate"),
        Fault(kind="drive.media", effect="expire_access_tokens"),
    )
    assert fetch(reader, file) == CONTENT
    assert [visit.status for visit in google.log.of("drive.media")] == [200, 401, 206]
    assert google.log.count("token") >= 1


def test_a_sign_in_that_ends_half_way_keeps_the_half(
    reader: Reader, file: DriveFile, google: Emulator
) -> None:
    google.faults.add(
        Fault(kind="drive.media", effect="truncate"),
        Fault(kind="drive.media", effect="revoke_grant"),
    )
    with pytest.raises(SignInNeeded):
        fetch(reader, file)
    assert halves(reader) == {f"{NAME}.part", f"{NAME}.part.json"}


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_outages(status: int, reader: Reader, file: DriveFile, google: Emulator) -> None:
    google.faults.add(Fault(kind="drive.media", status=status, times=2))
    assert fetch(reader, file) == CONTENT
    google.faults.add(Fault(kind="drive.media", status=status, times=None))
    (reader.folder / NAME).unlink()
    with pytest.raises(TryLater, match="Tried several times"):
        fetch(reader, file)


@pytest.mark.parametrize(
    ("status", "reason", "expected"),
    [
        (403, "downloadQuotaExceeded", TryLater),
        (403, "cannotDownloadAbusiveFile", ArchiveRefused),
        (403, "insufficientFilePermissions", ArchiveRefused),
        (403, "insufficientPermissions", ScopeMissing),
        (404, "notFound", ArchiveGone),
    ],
)
def test_refusals(
    status: int,
    reason: str,
    expected: type[Exception],
    reader: Reader,
    file: DriveFile,
    google: Emulator,
) -> None:
    google.faults.add(Fault(kind="drive.media", status=status, reason=reason))
    with pytest.raises(expected) as caught:
        fetch(reader, file)
    assert type(caught.value) is expected
    assert google.log.count("drive.media") == 1


@pytest.mark.parametrize("status", [403, 429])
def test_too_many_requests(
    status: int, reader: Reader, file: DriveFile, google: Emulator, naps: list[float]
) -> None:
    fault = Fault(kind="drive.media", status=status, reason="userRateLimitExceeded")
    google.faults.add(fault)
    assert fetch(reader, file) == CONTENT
    assert naps[0] >= 30


def test_a_login_page_is_no_archive(reader: Reader, file: DriveFile, google: Emulator) -> None:
    google.faults.add(Fault(kind="drive.media", effect="html"))
    leave_half(reader, file, 1000)
    assert fetch(reader, file) == CONTENT


def test_no_token_goes_to_a_foreign_host(reader: Reader, file: DriveFile, google: Emulator) -> None:
    google.faults.add(Fault(kind="drive.media", effect="redirect", url="http://192.0.2.1/x"))
    with pytest.raises(ArchiveRefused, match="host"):
        fetch(reader, file)


def test_a_trickle_is_given_up(
    reader: Reader, file: DriveFile, google: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SLOW_S", 0.5)
    google.faults.add(Fault(kind="drive.media", effect="trickle"))
    began = time.monotonic()
    assert fetch(reader, file) == CONTENT
    assert 0.4 < time.monotonic() - began < 10


@pytest.mark.parametrize("effect", ["trickle", "slow"])
def test_a_stop_is_heard_at_once(
    effect: str, reader: Reader, file: DriveFile, google: Emulator
) -> None:
    google.faults.add(Fault(kind="drive.media", effect=effect, delay_s=20))  # type: ignore[arg-type]
    threading.Timer(0.3, reader.stop.set).start()
    began = time.monotonic()
    with pytest.raises(TryLater):
        fetch(reader, file)
    assert time.monotonic() - began < 2


def test_a_shortage_of_space_is_a_sentence(
    reader: Reader, file: DriveFile, google: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=300 << 20))
    with pytest.raises(TryLater) as caught:
        fetch(reader, file)
    assert NAME in str(caught.value)
    assert str(reader.folder.parent) in str(caught.value)
    assert "0.5 GiB" in str(caught.value)
    assert "0.3 GiB free" in str(caught.value)
    assert google.log.count("drive.media") == 0


def test_a_full_disk_keeps_the_half(
    reader: Reader, file: DriveFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(partial, "SYNC_EVERY", 100_000)
    leave_half(reader, file, 1000)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", full)
        with pytest.raises(TryLater, match="No space left"):
            fetch(reader, file)
    assert fetch(reader, file) == CONTENT


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    faults=st.lists(
        st.sampled_from(["truncate", "reset", "503", "401", "html", "429"]), max_size=3
    ).filter(lambda some: "401 401" not in " ".join(some)),
    had=st.integers(0, SIZE),
)
def test_whatever_happens_it_arrives_whole(
    reader: Reader, file: DriveFile, google: Emulator, faults: list[str], had: int
) -> None:
    google.faults.clear()
    (reader.folder / NAME).unlink(missing_ok=True)
    leave_half(reader, file, had)
    for each in faults:
        if each.isdecimal():
            google.faults.add(Fault(kind="drive.media", status=int(each)))
        else:
            google.faults.add(Fault(kind="drive.media", effect=each))  # type: ignore[arg-type]
    assert Path(reader.downloads.fetch(file, reader.folder)).read_bytes() == CONTENT
