"""A Drive with archives, and what reads it, without waiting."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gphotos_search.catalog import sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator
from gphotos_search.google.archives import ArchiveDownloads
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.deliveries import Deliveries
from gphotos_search.google.drive import DriveApi
from gphotos_search.google.hosts import Hosts
from gphotos_search.google.patience import Patience
from gphotos_search.google.scopes import DRIVE
from gphotos_search.google.tokens import TokenStore
from gphotos_search.progress import Silent
from tests.signed_in import store_sign_in

YESTERDAY = datetime.now(UTC) - timedelta(days=1)
NAME = "takeout-20261101T120000Z-3-001.zip"


def content(size: int, seed: int = 0) -> bytes:
    return b"PK\x03\x04" + random.Random(seed).randbytes(size - 4)


def name(number: int) -> str:
    return f"takeout-20261101T120000Z-3-{number:03d}.zip"


@dataclass
class Heard(Silent):
    """What a person would have been told."""

    lines: list[str] = field(default_factory=list)
    sizes: list[tuple[str, int, int]] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.lines.append(line)

    def transferred(self, name: str, done: int, total: int) -> None:
        self.sizes.append((name, done, total))


@dataclass
class Reader:
    """One run over one Drive. `clock` is the poller's."""

    catalog: Catalog
    source: int
    api: DriveApi
    downloads: ArchiveDownloads
    folder: Path
    stop: threading.Event
    heard: Heard
    clock: list[datetime]

    @property
    def deliveries(self) -> Deliveries:
        return Deliveries(
            self.catalog,
            self.source,
            api=self.api,
            downloads=self.downloads,
            folder=self.folder,
            progress=self.heard,
            stop=self.stop,
            now=lambda: self.clock[0],
        )

    def run(self) -> list[str]:
        """Poll and fetch; the names of what was fetched."""
        deliveries = self.deliveries
        deliveries.poll()
        return [path.name for path in deliveries.fetch()]

    def later(self, **length: float) -> None:
        self.clock[0] += timedelta(**length)


def open_reader(
    google: Emulator,
    config: Config,
    catalog: Catalog,
    *,
    sleep: Callable[[float], object] = lambda _seconds: None,
    scopes: tuple[str, ...] = (DRIVE,),
    account: str = "default",
) -> Reader:
    """Signed in, with a patience that does not sleep."""
    store_sign_in(google, config, *scopes, account=account)
    stop = threading.Event()
    patience = Patience(stop=stop, sleep=sleep)
    credentials = AccountCredentials(TokenStore(config.storage.tokens), account)
    api = DriveApi(config.google.drive_url, credentials, patience)
    downloads = ArchiveDownloads(
        config.google.drive_url,
        api=api,
        credentials=credentials,
        hosts=Hosts.of(config.google),
        patience=patience,
        stop=stop,
    )
    with catalog.transaction() as tx:
        row = sources.ensure(tx, f"drive of {account}", "drive_takeout", account)
    folder = config.storage.data_dir / "archives" / row.name
    clock = [datetime.now(UTC)]
    return Reader(catalog, row.id, api, downloads, folder, stop, Heard(), clock)
