"""From the first poll to the deletion of our copy."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from gphotos_search.catalog import drive_files
from gphotos_search.catalog.drive_files import State
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import ScopeMissing, SignInNeeded, TryLater
from gphotos_search.google.partial import Partial
from gphotos_search.google.scopes import LIBRARY
from tests.google.drive_side import NAME, YESTERDAY, Reader, content, name, open_reader

CONTENT = content(50_000)


def states(reader: Reader) -> dict[str, State]:
    with reader.catalog.reading() as tx:
        return {row.file.name: row.state for row in drive_files.rows(tx, reader.source)}


def old(google: Emulator, number: int, data: bytes = b"") -> str:
    data = data or content(5000, number)
    return google.drive.put(name(number), data, created_at=YESTERDAY)


def test_an_export_of_yesterday_is_fetched_by_the_first_run(
    google: Emulator, reader: Reader
) -> None:
    old(google, 1)
    old(google, 2)
    assert reader.run() == [name(1), name(2)]
    assert reader.run() == []
    assert google.log.count("drive.media") == 2
    assert reader.heard.sizes[-1] == (name(2), 5000, 5000)


def test_a_fresh_file_waits_for_a_second_poll(google: Emulator, reader: Reader) -> None:
    google.drive.put(NAME, CONTENT, created_at=datetime.now(UTC))
    assert reader.run() == []
    assert "still being delivered" in reader.heard.lines[0]
    reader.later(minutes=1)
    assert reader.run() == []
    reader.later(minutes=5)
    assert reader.run() == [NAME]


def test_a_file_that_changes_waits_from_the_beginning(google: Emulator, reader: Reader) -> None:
    file_id = google.drive.put(NAME, CONTENT, delivering=True)
    for _ in range(3):  # listed without size and checksum, for however long
        assert reader.run() == []
        reader.later(hours=7)
    google.drive.change(file_id, delivering=False, modified_at=reader.clock[0])
    assert reader.run() == []
    reader.later(minutes=6)
    google.drive.change(file_id, content=content(60_000), modified_at=reader.clock[0])
    assert reader.run() == []
    reader.later(minutes=6)
    assert reader.run() == [NAME]
    assert (reader.folder / NAME).read_bytes() == content(60_000)


def test_replaced_just_before_the_download(google: Emulator, reader: Reader) -> None:
    file_id = old(google, 1)
    deliveries = reader.deliveries
    deliveries.poll()
    google.drive.change(file_id, content=content(7000, 7))
    assert list(deliveries.fetch()) == []
    assert states(reader) == {name(1): "seen"}
    assert "was replaced in Drive" in reader.heard.lines[-1]
    reader.later(minutes=6)
    assert reader.run() == [name(1)]


def test_one_bad_archive_does_not_keep_the_others(google: Emulator, reader: Reader) -> None:
    bad, gone = old(google, 1), old(google, 2)
    old(google, 3)
    wrong = google.drive.put(name(4), content(5000, 4), created_at=YESTERDAY, md5="0" * 32)
    google.faults.add(
        Fault(
            kind="drive.media",
            item=bad,
            status=403,
            reason="cannotDownloadAbusiveFile",
            times=1,
        ),
        Fault(kind="drive.media", item=gone, status=404, reason="notFound"),
    )
    assert reader.run() == [name(3)]
    assert states(reader) == {name(1): "ready", name(3): "fetched", name(4): "failed"}
    told = {row.file.name: row.message for row in reader.deliveries.refused()}
    assert "malware" in told[name(1)]
    assert "checksum" in told[name(4)]
    assert any("gphotos-search import" in line for line in reader.heard.lines)
    google.drive.remove(gone)
    google.drive.change(wrong, md5="")
    assert reader.run() == [name(1)]  # a refusal is asked about again
    reader.later(minutes=6)
    assert reader.run() == [name(4)]  # another checksum: another content


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(kind="drive.media", status=403, reason="downloadQuotaExceeded"), TryLater),
        (Fault(kind="drive.media", status=403, reason="insufficientPermissions"), ScopeMissing),
        (Fault(kind="drive.media", effect="revoke_grant"), SignInNeeded),
        (Fault(kind="drive.media", status=503, times=None), TryLater),
    ],
)
def test_trouble_of_all_ends_the_run_and_keeps_everything(
    fault: Fault, expected: type[Exception], google: Emulator, reader: Reader
) -> None:
    old(google, 1)
    old(google, 2)
    google.faults.add(fault)
    with pytest.raises(expected):
        reader.run()
    assert states(reader) == {name(1): "ready", name(2): "ready"}


def test_what_left_drive_is_forgotten_with_its_half(google: Emulator, reader: Reader) -> None:
    file_id = old(google, 1)
    deliveries = reader.deliveries
    deliveries.poll()
    with Partial(reader.folder, reader.api.archive(file_id)) as half:
        half.write(content(5000, 1)[:1000])
    google.drive.remove(file_id)
    google.drive.incomplete = True
    deliveries.poll()
    assert states(reader) == {name(1): "ready"}
    google.drive.incomplete = False
    deliveries.poll()
    assert states(reader) == {}
    assert list(reader.folder.parent.glob("*.*")) == []


def test_the_same_archive_twice_is_fetched_once(google: Emulator, reader: Reader) -> None:
    old(google, 1, CONTENT)
    google.drive.put(
        "takeout-20261101T120000Z-3-001 (1).zip", CONTENT, created_at=YESTERDAY, parent="backup"
    )
    assert len(reader.run()) == 1
    assert sorted(states(reader).values()) == ["fetched", "imported"]


def test_another_archive_of_the_same_name_waits(google: Emulator, reader: Reader) -> None:
    old(google, 1)
    other = old(google, 1, CONTENT)
    assert reader.run() == [name(1)]
    first = (reader.folder / name(1)).read_bytes()
    assert reader.run() == []
    assert "Another archive of this name" in reader.deliveries.refused()[0].message
    google.drive.change(other, name=name(2))
    assert reader.run() == [name(2)]
    assert (reader.folder / name(1)).read_bytes() == first


def test_killed_between_the_archive_and_its_row(google: Emulator, reader: Reader) -> None:
    old(google, 1)
    reader.deliveries.poll()
    reader.folder.mkdir(parents=True)
    (reader.folder / name(1)).write_bytes(content(5000, 1))
    assert reader.run() == [name(1)]
    assert google.log.count("drive.media") == 0


def test_a_copy_is_let_go_when_it_is_spent(google: Emulator, reader: Reader) -> None:
    old(google, 1)
    old(google, 2)
    reader.run()
    one, two = reader.deliveries.here()
    assert reader.deliveries.let_go({str(one): ""}, keep=False) == 5000
    assert not one.exists()
    assert reader.deliveries.here() == [two]
    assert reader.deliveries.let_go({str(two): ""}, keep=True) == 0
    assert two.exists()
    assert set(states(reader).values()) == {"imported"}
    assert reader.run() == []


def test_a_copy_that_somebody_deleted_is_fetched_again(google: Emulator, reader: Reader) -> None:
    old(google, 1)
    reader.run()
    (reader.folder / name(1)).unlink()
    assert reader.deliveries.here() == []
    assert reader.run() == [name(1)]


def test_no_room_keeps_what_is_there(
    google: Emulator, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    old(google, 1)
    free = SimpleNamespace(free=1000)
    with monkeypatch.context() as full:
        full.setattr(shutil, "disk_usage", lambda _path: free)
        with pytest.raises(TryLater, match="needs"):
            reader.run()
    assert reader.run() == [name(1)]


def test_a_stop_between_two_archives(google: Emulator, reader: Reader) -> None:
    old(google, 1)
    old(google, 2)
    deliveries = reader.deliveries
    deliveries.poll()
    fetched: list[Path] = []
    for path in deliveries.fetch():
        fetched.append(path)
        reader.stop.set()
    assert [path.name for path in fetched] == [name(1)]


def test_two_accounts_side_by_side(google: Emulator, config: Config, catalog: Catalog) -> None:
    old(google, 1)
    first = open_reader(google, config, catalog)
    second = open_reader(google, config, catalog, account="second")
    assert first.run() == [name(1)]
    google.drive.put(name(2), CONTENT, created_at=YESTERDAY)
    assert second.run() == [name(1), name(2)]  # the emulator has one Drive for both
    lacking = open_reader(google, config, catalog, account="third", scopes=(LIBRARY,))
    with pytest.raises(ScopeMissing, match="third"):
        lacking.run()
    for one in (first, second, lacking):
        one.api.close()
