"""One archive over a bad line: every answer to a Range, halves of all kinds, replaced files."""

from __future__ import annotations

import hashlib
import json
import stat
import threading

import pytest

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import TryLater
from gphotos_search.google import archives
from gphotos_search.google.archives import ArchiveChanged
from gphotos_search.google.drive import ArchiveRefused
from tests.google.archive_side import CONTENT, SIZE, bytes_sent, fetch, halves, leave_half
from tests.google.drive_side import NAME, Reader, content


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
