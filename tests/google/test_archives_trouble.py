"""One archive, and every refusal, outage and shortage on the way."""

from __future__ import annotations

import os
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import ScopeMissing, SignInNeeded, TryLater
from gphotos_search.google import archives, partial
from gphotos_search.google.drive import ArchiveGone, ArchiveRefused
from tests.google.archive_side import CONTENT, SIZE, fetch, halves, leave_half
from tests.google.drive_side import NAME, Reader


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
