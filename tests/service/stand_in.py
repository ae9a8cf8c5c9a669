"""A library without photos: what the service needs of App, in memory, told what to do by a file.

Run as a program it is the whole service over that library: `python -m tests.service.stand_in DIR`.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gphotos_search.config import Config, ServiceConfig, StorageConfig, SyncConfig
from gphotos_search.errors import GphotosError, Locked, SignInNeeded, TryLater
from gphotos_search.media import Answer, Hit, MediaItem, Query
from gphotos_search.remembered import Place
from gphotos_search.search.query import Request


@dataclass(frozen=True)
class Outcome:
    name: str
    error: GphotosError | None


@dataclass(frozen=True)
class Round:
    sources: tuple[Outcome, ...] = ()
    embedded: int = 0
    failed: int = 0


@dataclass(frozen=True)
class News:
    ready: bool = False
    again_s: float = 0.05


@dataclass
class Library:
    """Does what `orders` say: {"sync": seconds, "fail": kind, "deaf": true, "last": ISO time}."""

    config: Config
    orders: dict[str, Any] = field(default_factory=dict)
    syncs: list[bool] = field(default_factory=list)  # scheduled, for each
    named: list[tuple[str, ...]] = field(default_factory=list)  # the sources, for each
    threads: list[int] = field(default_factory=list)  # native id of each sync
    planned: list[datetime] = field(default_factory=list)
    stopped: int = 0
    looks: int = 0
    asks: int = 0
    warmed: int = 0
    closed: bool = False

    def warm(self) -> None:
        self.warmed += 1

    def ask(self, request: Request) -> Answer:
        self.asks += 1
        words = " ".join(request.words)
        return self.search(Query.of(words, limit=10 if request.limit is None else request.limit))

    def search(self, query: Query) -> Answer:
        if query.text == "bug":
            raise ValueError("access_token=ya29.private")
        if query.text == "later":
            raise TryLater("Not now.", until=datetime(2030, 1, 2, tzinfo=UTC), advice="Wait.")
        if query.text == "sign in":
            raise SignInNeeded("Google says no.", account="second")
        if query.text == "slow":
            time.sleep(0.5)
        item = MediaItem(source_id="s1", filename="café.jpg", mime_type="image/jpeg")
        hit = Hit(rank=1, score=0.5, media_id=7, source="photos", item=item)
        return Answer(
            query=query.text,
            encoder="stand-in",
            took_ms=1.0,
            hits=(hit,) * min(query.limit, 3),
            warnings=("Old news.",),
        )

    def sync(
        self,
        names: Sequence[str] = (),
        *,
        scheduled: bool = False,
        stop: threading.Event | None = None,
    ) -> Round:
        self.syncs.append(scheduled)
        self.named.append(tuple(names))
        self.threads.append(threading.get_native_id())
        wait_s = float(self.orders.get("sync", 0))
        if self.orders.get("deaf"):
            time.sleep(wait_s)
        elif stop is not None and stop.wait(wait_s):
            self.stopped += 1
        self.fail()
        refused = self.orders.get("refuses")
        return Round((Outcome("photos", TryLater(refused) if refused else None),), embedded=1)

    def fail(self) -> None:
        match self.orders.get("fail"):
            case "sign in":
                raise SignInNeeded("Google no longer accepts our token.")
            case "later":
                raise TryLater("Quota.", until=datetime.now(UTC) + timedelta(hours=2))
            case "network":
                raise TryLater("No network.")
            case "locked":
                raise Locked("Another program has the library.")
            case "bug":
                raise ZeroDivisionError("a bug with code=4/0secretsecret")
        self.orders["last"] = datetime.now(UTC).isoformat()

    def status(self) -> dict[str, Any]:
        counted = {"syncs": len(self.syncs), "asks": self.asks, "warmed": self.warmed}
        return {"items": 3, "stopped": self.stopped, "sources": [], **counted}

    def look_for_picks(self) -> News | None:
        """{"picks": true}: somebody has pressed Done, which is told once."""
        self.looks += 1
        if "picks" not in self.orders:
            return None
        return News(ready=bool(self.orders.pop("picks")))

    def places(self) -> tuple[Place, ...]:
        """{"places": {"source": "path"}}."""
        told = self.orders.get("places", {})
        return tuple(Place(source=name, path=Path(path)) for name, path in told.items())

    def last_sync_at(self) -> datetime | None:
        last = self.orders.get("last")
        return datetime.fromisoformat(last) if last else None

    def plan_next(self, at: datetime) -> None:
        self.planned.append(at)

    def close(self) -> None:
        self.closed = True


def read(folder: Path) -> Config:
    """The configuration in settings.json of `folder`; raises what a broken one raises."""
    told = json.loads((folder / "settings.json").read_text())
    if problem := told.get("broken"):
        raise GphotosError(problem)
    return Config(
        storage=StorageConfig(data_dir=folder / "data"),
        sync=SyncConfig(every=timedelta(seconds=told.get("every", 6 * 3600))),
        service=ServiceConfig(
            socket=told.get("socket", str(folder / "s")),
            idle_exit=timedelta(seconds=told.get("idle_exit", 0)),
        ),
    )


def main() -> int:
    from gphotos_search.service import logs
    from gphotos_search.service.run import run

    folder = Path(sys.argv[1])

    def opened(config: Config) -> Library:
        return Library(config, json.loads((folder / "settings.json").read_text()))

    logs.configure()
    try:
        return run(read(folder), opened, lambda: read(folder))
    except GphotosError as error:
        print(error, error.advice, file=sys.stderr)  # noqa: T201
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
