"""kill -9 at random offsets of a download: the next run goes on there, and the bytes are right."""

from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator
from tests.google.drive_side import NAME, YESTERDAY, Reader, content, open_reader

SIZE = 3_000_000
PACE = 6_000_000  # bytes a second, so that there is time to aim

PROGRAM = """
import sys, threading
from pathlib import Path
from gphotos_search.catalog.store import Catalog
from gphotos_search.google.archives import ArchiveDownloads
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.deliveries import Deliveries
from gphotos_search.google.drive import DriveApi
from gphotos_search.google.hosts import Hosts
from gphotos_search.google.patience import Patience
from gphotos_search.google.tokens import TokenStore
from gphotos_search.progress import Silent
url, data, source = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
stop = threading.Event()
patience = Patience(stop=stop)
credentials = AccountCredentials(TokenStore(data / "tokens"), "default")
api = DriveApi(url, credentials, patience)
downloads = ArchiveDownloads(
    url, api=api, credentials=credentials, hosts=Hosts((), (url,)), patience=patience, stop=stop
)
catalog = Catalog.open(data)
deliveries = Deliveries(
    catalog, source, api=api, downloads=downloads, folder=Path(sys.argv[4]), progress=Silent(),
    stop=stop,
)
deliveries.poll()
for path in deliveries.fetch():
    print(path.name)
"""


def start(config: Config, reader: Reader) -> subprocess.Popen[str]:
    data, folder = str(config.storage.data_dir), str(reader.folder)
    where = (config.google.drive_url, data, str(reader.source), folder)
    command = [sys.executable, "-c", PROGRAM, *where]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_at(process: subprocess.Popen[str], part: Path, offset: int) -> None:
    """As soon as so many bytes are on disk, or a moment after the end for an offset beyond it."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if part.exists() and part.stat().st_size >= offset:
            break
        time.sleep(0.002)
    process.kill()
    process.communicate()


def crash_and_converge(google: Emulator, config: Config, catalog: Catalog, seed: int) -> None:
    chance = random.Random(seed)
    whole = content(SIZE, seed)
    google.drive.put(NAME, whole, created_at=YESTERDAY)
    google.drive.pace = PACE
    reader = open_reader(google, config, catalog)
    reader.api.close()
    part = reader.folder.parent / f"{NAME}.part"
    for offset in sorted(chance.randrange(SIZE) for _ in range(chance.randint(1, 2))):
        process = start(config, reader)
        kill_at(process, part, offset)
        assert process.returncode in (0, -signal.SIGKILL)
    google.drive.pace = 0
    had = part.stat().st_size if part.exists() else SIZE
    before = google.log.count("drive.media")
    with start(config, reader) as process:
        process.communicate(timeout=60)
    assert process.returncode == 0
    archive = reader.folder / NAME
    assert hashlib.md5(archive.read_bytes()).digest() == hashlib.md5(whole).digest()
    assert [one.name for one in reader.folder.iterdir()] == [NAME]
    assert not list(reader.folder.parent.glob("*.part*"))
    last = google.log.of("drive.media")[before:]
    assert sum(visit.size_bytes for visit in last) == SIZE - had  # nothing was fetched twice
    assert reader.deliveries.here() == [archive]
    with start(config, reader) as process:
        again, _ = process.communicate(timeout=60)
    assert again == ""
    assert google.log.count("drive.media") == before + len(last)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_killed_while_an_archive_comes(
    google: Emulator, config: Config, catalog: Catalog, seed: int
) -> None:
    crash_and_converge(google, config, catalog, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_killed_at_many_offsets(
    google: Emulator, config: Config, catalog: Catalog, seed: int
) -> None:
    crash_and_converge(google, config, catalog, seed)
