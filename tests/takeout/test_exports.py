"""Archives by name, files still being written, and when a person must be reminded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.takeout.exports import Export, export_of, reminder, schedule_of, unfinished

DAY = timedelta(days=1)
FIRST = datetime(2026, 1, 3, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("name", "export"),
    [
        (
            "takeout-20240712T112341Z-003.zip",
            Export("20240712T112341Z", datetime(2024, 7, 12, 11, 23, 41, tzinfo=UTC), 3, "zip"),
        ),
        (
            "takeout-20250921T1994402Z-3-009.zip",
            Export("20250921T1994402Z", datetime(2025, 9, 21, 19, tzinfo=UTC), 9, "zip"),
        ),
        (
            "takeout-20250614T030613Z-1-001.tgz",
            Export("20250614T030613Z", datetime(2025, 6, 14, 3, 6, 13, tzinfo=UTC), 1, "tgz"),
        ),
        (
            "Takeout/takeout-20240712T112341Z-1000 (1).tar.gz",
            Export("20240712T112341Z", datetime(2024, 7, 12, 11, 23, 41, tzinfo=UTC), 1000, "tgz"),
        ),
        ("takeout-20241399T250000Z-001(2).ZIP", Export("20241399T250000Z", None, 1, "zip")),
        ("takeout-20240712T112341Z-03.zip", None),
        ("takeout-20240712T112341Z-003.zip.part", None),
        ("takeout-20240712T112341Z.zip", None),
        ("holiday.zip", None),
        ("", None),
    ],
)
def test_archives(name: str, export: Export | None) -> None:
    assert export_of(name) == export


@pytest.mark.parametrize(
    "name",
    [
        "a.zip.part",
        "a.zip.crdownload",
        "Unconfirmed 1234.crdownload",
        "a.zip.partial",
        "a.zip.5b1f2c3d.partial",
        "a.zip.download",
        "a.zip.opdownload",
        "a.zip.filepart",
        "a.zip.aria2",
        "a.zip.!qB",
        "a.zip.tmp",
        ".syncthing.a.zip.tmp",
        "~syncthing~a.zip.tmp",
        ".tmp.drivedownload/1234",
        "sub/.~tmp~/a.zip",
        ".a.zip.aB3xYz",
        ".a.zip.~1f3a",
    ],
)
def test_files_still_being_written(name: str) -> None:
    assert unfinished(name)


@pytest.mark.parametrize(
    "beside", ["a.zip.part", "a.zip.crdownload", "a.zip.aria2", "a.Xy12zW3q.zip.part"]
)
def test_a_placeholder_beside_its_download_is_unfinished(beside: str) -> None:
    assert unfinished("a.zip", {"a.zip", beside})
    assert not unfinished("b.zip", {"b.zip", beside})


@pytest.mark.parametrize(
    "name", ["a.zip", "takeout-20240712T112341Z-003.zip", "partial.zip", "x/y"]
)
def test_complete_files(name: str) -> None:
    assert not unfinished(name)


def exports(*days: int) -> list[datetime]:
    return [FIRST + day * DAY for day in days]


@pytest.mark.parametrize(
    ("days", "today", "words"),
    [
        ((), 0, ""),
        ((0,), 10, ""),
        ((0,), 91, ""),
        ((0,), 100, "newest Takeout export here is of 3 January 2026"),
        ((0, 61), 61 + 70, ""),
        ((0, 61), 61 + 80, "was due about 5 May 2026"),
        ((0, 61, 122), 122 + 80, "was due about 5 July 2026"),
        ((0, 61, 90, 122), 122 + 80, "was due about"),  # one made by hand between them
        ((0, 61, 122, 183, 244, 305), 306, "began on 3 January 2026 is over"),
        ((0, 61, 122), 370, "is over"),
        ((0, 61, 122, 183, 244, 305, 366), 370, ""),  # set up again
        ((0, 61, 122, 183, 244, 305, 366), 366 + 80, "was due about"),
        ((0, 61, 200), 210, ""),
        ((0, 20), 60, ""),
        ((5,), 0, ""),  # a clock that is wrong
    ],
)
def test_reminders(days: tuple[int, ...], today: int, words: str) -> None:
    said = reminder(exports(*days), FIRST + today * DAY)
    assert words in said
    assert bool(said) == bool(words)
    assert not said or "https://takeout.google.com" in said


def test_the_parts_of_an_export_are_one_export() -> None:
    parts = [FIRST, FIRST + timedelta(minutes=4), FIRST + timedelta(hours=3)]
    schedule = schedule_of(parts)
    assert schedule is not None
    assert schedule.count == 1


@given(st.lists(MOMENTS, max_size=12), MOMENTS)
def test_the_order_of_exports_decides_nothing(times: list[datetime], now: datetime) -> None:
    assert reminder(times, now) == reminder(sorted(times, reverse=True), now)
    schedule = schedule_of(times)
    assert (schedule is None) == (not times)
    if schedule:
        assert 1 <= schedule.count <= 6
        assert schedule.newest - schedule.first < timedelta(days=365)
