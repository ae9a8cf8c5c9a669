"""From an export in Drive to a hit, and what is left on the disk afterwards."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from gphotos_search.app import App
from gphotos_search.catalog import drive_files, sources
from gphotos_search.config import Config, SourceConfig
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import TryLater
from gphotos_search.google.scopes import DRIVE
from gphotos_search.media import Page
from gphotos_search.sources import drive_takeout
from gphotos_search.sources.takeout import Takeout
from gphotos_search.sync.report import SyncReport
from tests.conftest import picture
from tests.google.drive_side import YESTERDAY, Heard, name
from tests.library import search, sync, with_tiny_model
from tests.signed_in import store_sign_in

FOLDER = "Takeout/Google Photos/Photos from 2024"
COLOURS = ("red", "green", "blue", "yellow", "black", "white")


def part(*numbers: int) -> bytes:
    """One archive of the export, with so many photos and their sidecars."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for number in numbers:
            file = f"{FOLDER}/IMG_{number}.jpg"
            about = {"title": f"IMG_{number}.jpg", "photoTakenTime": {"timestamp": "1714550400"}}
            archive.writestr(file, picture(COLOURS[number], (80 + number, 60)))
            archive.writestr(f"{file}.supplemental-metadata.json", json.dumps(about))
    return out.getvalue()


@pytest.fixture
def library(google: Emulator, config: Config, tmp_path: Path) -> Config:
    """Signed in, with one drive_takeout source."""
    store_sign_in(google, config, DRIVE)
    source = SourceConfig(name="my/export", type="drive_takeout")
    return with_tiny_model(replace(config, sources=(source,)), tmp_path)


def deliver(google: Emulator, number: int, *photos: int) -> str:
    return google.drive.put(name(number), part(*photos), created_at=YESTERDAY)


def on_disk(config: Config) -> set[str]:
    folder = config.storage.data_dir / "archives"
    return {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}


def trouble(report: SyncReport) -> str:
    error = report.sources[0].error
    return f"{type(error).__name__}: {error}" if error else ""


def test_delivered_fetched_embedded_and_let_go(google: Emulator, library: Config) -> None:
    deliver(google, 1, 0, 1)
    deliver(google, 2, 2)
    report = sync(library)
    assert (trouble(report), report.embedded) == ("", 3)
    assert len(search(library)) == 3
    assert on_disk(library) == set()
    heard = Heard()
    again = sync(library, progress=heard)
    assert (trouble(again), again.embedded) == ("", 0)
    assert heard.lines == []  # that the folder is empty again is as it should be
    assert google.log.count("drive.media") == 2
    assert len(search(library)) == 3


def test_a_later_export_adds_to_it(google: Emulator, library: Config) -> None:
    deliver(google, 1, 0, 1)
    sync(library)
    google.drive.put("takeout-20270101T120000Z-3-001.zip", part(1, 2, 3), created_at=YESTERDAY)
    report = sync(library)
    assert (trouble(report), report.embedded) == ("", 2)
    assert len(search(library)) == 4


def test_archives_are_kept_on_request(google: Emulator, library: Config) -> None:
    kept = replace(library, sources=(replace(library.sources[0], keep_archives=True),))
    deliver(google, 1, 0)
    sync(kept)
    assert len(on_disk(kept)) == 1
    assert on_disk(kept).pop().endswith(name(1))
    deliver(google, 2, 1)
    assert sync(kept).embedded == 1
    assert len(on_disk(kept)) == 2


def test_parts_are_read_as_they_arrive(
    google: Emulator, library: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drive_takeout, "READ_EVERY_S", 0)
    for number in range(3):
        deliver(google, number + 1, number)
    report = sync(library)
    assert (trouble(report), report.embedded) == ("", 3)
    assert on_disk(library) == set()


def test_trouble_with_one_part_is_told_after_the_others_were_read(
    google: Emulator, library: Config
) -> None:
    deliver(google, 1, 0)
    second = deliver(google, 2, 1)
    quota = Fault(kind="drive.media", item=second, status=403, reason="downloadQuotaExceeded")
    google.faults.add(quota)
    report = sync(library)
    assert trouble(report).startswith("TryLater: Google lets nobody download")
    assert (report.embedded, report.exit_code) == (1, 4)
    with App(library) as app, app.catalog.reading() as tx:
        row = sources.get(tx, "my/export")
    assert row is not None
    assert row.state == "try-later"
    assert row.retry_at is not None
    report = sync(library)
    assert (trouble(report), report.embedded) == ("", 1)


def test_a_refused_part_is_told_and_the_others_are_read(google: Emulator, library: Config) -> None:
    bad = deliver(google, 1, 0)
    deliver(google, 2, 1)
    fault = Fault(kind="drive.media", item=bad, status=403, reason="cannotDownloadAbusiveFile")
    google.faults.add(fault)
    report = sync(library)
    assert f"An archive could not be fetched: {name(1)}: Google takes" in trouble(report)
    assert (report.embedded, report.exit_code) == (1, 5)


def test_a_lost_sign_in_leaves_what_was_fetched_readable(
    google: Emulator, library: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(google, 1, 0)
    with monkeypatch.context() as broken:
        broken.setattr(drive_takeout.DriveTakeout, "finish", lambda *_: None)
        sync(library)
    assert len(on_disk(library)) == 1
    google.revoke_grant()
    report = sync(library)
    assert trouble(report).startswith("SignInNeeded")
    assert on_disk(library) == set()
    assert len(search(library)) == 1


def test_no_room_is_told_with_what_is_needed(
    google: Emulator, library: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(google, 1, 0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1000))
    report = sync(library)
    assert "needs 0.5 GiB" in trouble(report)
    assert report.exit_code == 4


def test_room_that_reading_makes_is_used_in_the_same_run(
    google: Emulator, library: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(google, 1, 0)
    deliver(google, 2, 1)
    place = library.storage.data_dir / "archives" / "my%2Fexport"

    def usage(_path: Path) -> SimpleNamespace:
        taken = any(place.glob("*.zip"))
        return SimpleNamespace(free=1000 if taken else 1 << 40)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    report = sync(library)
    assert (trouble(report), report.embedded) == ("", 2)
    assert report.sources[0].listing.added == 2
    assert on_disk(library) == set()


def test_a_damaged_archive_is_read_as_far_as_it_goes_and_let_go(
    google: Emulator, library: Config
) -> None:
    whole = part(0, 1)
    google.drive.put(name(1), whole[: len(whole) // 2], created_at=YESTERDAY)
    deliver(google, 2, 2)
    heard = Heard()
    report = sync(library, progress=heard)
    assert report.embedded >= 1
    assert on_disk(library) == set()
    assert [line for line in heard.lines if "order the export again" in line]
    with App(library) as app:
        (told,) = app.status()["sources"][0]["drive"]
    assert (told["name"], told["state"]) == (name(1), "damaged")
    sync(library)
    assert google.log.count("drive.media") == 2


def test_an_archive_that_cannot_be_read_now_keeps_no_other_on_the_disk(
    google: Emulator, library: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(google, 1, 0)
    deliver(google, 2, 1)
    real = Takeout.pages

    def pages(self: Takeout, start: str | None) -> Iterator[Page]:
        for page in real(self, start):
            yield replace(page, next=page.next or "file:99")  # more would come
        raise TryLater("The disk does not answer.")

    monkeypatch.setattr(Takeout, "pages", pages)
    report = sync(library)
    assert trouble(report) == "TryLater: The disk does not answer."
    assert report.embedded == 2
    assert on_disk(library) == set()


def test_without_a_sign_in(google: Emulator, library: Config) -> None:
    (library.storage.tokens / "default.json").unlink()
    report = sync(library)
    assert trouble(report).startswith("SignInNeeded")
    assert report.exit_code == 3


def test_a_preview_fetches_nothing(google: Emulator, library: Config) -> None:
    deliver(google, 1, 0)
    heard = Heard()
    with App(library) as app:
        report = app.preview(progress=heard)
    assert trouble(report) == ""
    assert heard.lines == ["1 archive waits in Drive (0.0 MiB); a sync fetches before it reads."]
    assert google.log.count("drive.media") == 0
    assert on_disk(library) == set()


def test_bytes_are_told(google: Emulator, library: Config) -> None:
    deliver(google, 1, 0)
    heard = Heard()
    sync(library, progress=heard)
    assert heard.sizes[-1][0] == name(1)
    assert heard.sizes[-1][1] == heard.sizes[-1][2] > 0


def test_the_row_of_an_archive_ends_as_imported(google: Emulator, library: Config) -> None:
    deliver(google, 1, 0)
    sync(library)
    with App(library) as app, app.catalog.reading() as tx:
        row = sources.get(tx, "my/export")
        assert row is not None
        assert [one.state for one in drive_files.rows(tx, row.id)] == ["imported"]


def test_a_name_is_a_folder_of_its_own(config: Config) -> None:
    root = config.storage.data_dir / "archives"
    for odd in ("../..", "a/b", "..", ".", "my photos"):
        assert drive_takeout.folder_of(config, odd).parent == root
