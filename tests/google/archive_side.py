"""One archive in Drive, and what a run that was killed leaves of it."""

from __future__ import annotations

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.demo.emulator import Emulator
from gphotos_search.google.partial import Partial
from tests.google.drive_side import NAME, Reader, content

SIZE = 400_000
CONTENT = content(SIZE)


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
