"""The archives of an export: their names, whether they are complete, and when the next is due."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

TAKEOUT_URL = "https://takeout.google.com"

_ARCHIVE = re.compile(
    r"takeout-(?P<id>\d{8}T\d+Z)(?:-(?P<group>\d+))?-(?P<part>\d{3,9})(?:\s?\(\d+\))?"
    r"\.(?P<kind>zip|tgz|tar\.gz)",
    re.IGNORECASE | re.ASCII,
)

# What programs call a file they are still writing.
_SUFFIXES = (
    ".part",  # Firefox, yt-dlp, KDE
    ".crdownload",  # Chrome, Edge, and others made from Chromium
    ".partial",  # rclone (--partial-suffix), Internet Explorer
    ".download",  # Safari: a folder
    ".opdownload",  # Opera
    ".filepart",  # WinSCP
    ".aria2",  # aria2 keeps its notes beside the file it writes in place
    ".!qb",  # qBittorrent
    ".tmp",  # Syncthing `.syncthing.NAME.tmp`, and many more
    ".temp",
)
_PREFIXES = (
    ".syncthing.",  # Syncthing: lib/fs/tempname.go, this and the next
    "~syncthing~",
    ".~tmp~",  # rsync --delay-updates: a folder
    ".rsync-partial",  # rsync --partial-dir, the name its manual gives
    ".tmp.drivedownload",  # Google Drive for desktop: folders
    ".tmp.driveupload",
    ".dropbox.cache",  # Dropbox: a folder
    ".goutputstream-",  # GNOME's file manager
)
_PATTERNS = (
    re.compile(r"\..+\.[A-Za-z0-9]{6}"),  # rsync: `.NAME.aB3xYz` until the file is complete
    re.compile(r"\..+\.~[0-9a-f]+"),  # Nextcloud and ownCloud: `.NAME.~1f3a`
)
# These lie beside a file of the final name: a placeholder, or the file that grows.
_BESIDE = (".part", ".crdownload", ".partial", ".download", ".opdownload", ".aria2")

EVERY = timedelta(days=61)  # scheduled exports come every two months, for a year: six of them
SHORTEST, LONGEST = timedelta(days=50), timedelta(days=75)
EXPORTS, YEAR = 6, timedelta(days=365)
ALONE = timedelta(days=92)
PARTS_APART = timedelta(days=1)  # archives nearer than this are one export


@dataclass(frozen=True, slots=True)
class Export:
    """One archive of an export. All archives with the same `id` are one export.

    Every part is complete in itself; how many there are is nowhere said.
    """

    id: str
    made_at: datetime | None  # aware, UTC; None where the name holds no date
    part: int
    kind: Literal["zip", "tgz"]


def export_of(archive_name: str) -> Export | None:
    """What the name of an archive says; None for a name that Takeout does not give."""
    found = _ARCHIVE.fullmatch(archive_name.rpartition("/")[2])
    if not found:
        return None
    kind: Literal["zip", "tgz"] = "zip" if found["kind"].lower() == "zip" else "tgz"
    export_id = found["id"].upper()
    return Export(export_id, _made_at(export_id), int(found["part"]), kind)


def _made_at(export_id: str) -> datetime | None:
    """The time in `20240712T112341Z`. Some have seven digits, `T1994402Z`: then the hour counts."""
    day, _, clock = export_id.rstrip("Z").partition("T")
    for digits in (clock if len(clock) == 6 else "", clock[:2].ljust(6, "0"), "000000"):
        try:
            return datetime.strptime(f"{day}{digits}Z", "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def unfinished(name: str, names_beside: Collection[str] = ()) -> bool:
    """Whether a file is still being written by a program that marks such files.

    `name` may be a path: a folder of temporaries marks all in it. `names_beside` are the names in
    the same folder. A program that does not mark them is noticed by the size, which changes.
    """
    parts = [part.lower() for part in name.split("/") if part]
    if any(part.startswith(_PREFIXES) or part.endswith(_SUFFIXES) for part in parts):
        return True
    last = name.rpartition("/")[2]
    if any(pattern.fullmatch(last) for pattern in _PATTERNS):
        return True
    return any(f"{last}{suffix}" in names_beside for suffix in _BESIDE) or any(
        _firefox(last, other) for other in names_beside if other.endswith(".part")
    )


def _firefox(name: str, other: str) -> bool:
    """Firefox puts random letters in: an empty `a.zip` lies beside `a.Xy12zW3q.zip.part`."""
    stem, dot, ending = name.rpartition(".")
    middle = other.removeprefix(f"{stem}.").removesuffix(f"{dot}{ending}.part")
    return (
        other == f"{stem}.{middle}.{ending}.part" and re.fullmatch(r"\w{4,12}", middle) is not None
    )


@dataclass(frozen=True, slots=True)
class Schedule:
    """The run of scheduled exports that the newest export belongs to."""

    first: datetime
    newest: datetime
    count: int
    follows: bool = False  # an earlier run ended before it

    @property
    def regular(self) -> bool:
        return self.count > 1

    @property
    def ends(self) -> datetime:
        return self.first + YEAR


def schedule_of(export_times: Sequence[datetime]) -> Schedule | None:
    """The newest run of exports about two months apart; other exports between them do not matter.

    A run holds six exports in twelve months at most: a seventh begins the next one.
    """
    times: list[datetime] = []
    for moment in sorted(export_times):
        if not times or moment - times[-1] > PARTS_APART:
            times.append(moment)
    if not times:
        return None
    runs: list[list[datetime]] = []  # for each time the longest run that ends there
    for moment in times:
        before = [run for run in runs if SHORTEST <= moment - run[-1] <= LONGEST]
        runs.append([*max(before, key=len, default=[]), moment])
    run, follows = runs[-1], False
    while len(run) > EXPORTS or run[-1] - run[0] >= YEAR:
        kept = [moment for moment in run[:EXPORTS] if moment - run[0] < YEAR]
        run, follows = run[len(kept) :], True
    return Schedule(run[0], run[-1], len(run), follows)


def reminder(export_times: Sequence[datetime], now: datetime) -> str:
    """A sentence or two for the person whose exports come too late or come no more; "" for none."""
    schedule = schedule_of(export_times)
    if schedule is None:
        return ""
    age = now - schedule.newest
    if schedule.regular and (schedule.count >= EXPORTS or now >= schedule.ends):
        return (
            f"The scheduled Takeout export that began on {_day(schedule.first)} is over: it makes"
            f" about six exports in one year. Set it up again at {TAKEOUT_URL} (every 2 months for"
            f" 1 year), or photos after {_day(schedule.newest)} will be missing here."
        )
    if (schedule.regular or schedule.follows) and age > LONGEST:
        return (
            f"A scheduled Takeout export was due about {_day(schedule.newest + EVERY)} and is not"
            f" here. Look for it in your mail or your cloud storage and add its archives; if it was"
            f" never made, set it up again at {TAKEOUT_URL}."
        )
    if not schedule.regular and age > ALONE:
        return (
            f"The newest Takeout export here is of {_day(schedule.newest)}: later photos are not"
            f" found. {TAKEOUT_URL} can send one every 2 months for 1 year."
        )
    return ""


def _day(moment: datetime) -> str:
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
