"""The whole program: what is dropped into a watched folder is found, without a scheduled sync."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.catalog import places, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, load
from gphotos_search.service.client import ask
from tests import tiny
from tests.conftest import picture
from tests.service.conftest import eventually

PROGRAM = [sys.executable, "-c", "from gphotos_search.cli.main import main; main()"]
SIDECAR = {"title": "beach.jpg", "photoTakenTime": {"timestamp": "1561000000"}, "url": "https://x"}


@pytest.fixture
def config(short: Path) -> Config:
    model = tiny.clip(short / "tiny")
    (short / "pictures").mkdir()
    (short / "pictures" / "first.jpg").write_bytes(picture("red"))
    (short / "config.toml").write_text(
        f"""
        [storage]
        data_dir = "{short}/data"
        [model]
        name = "{model}"
        [service]
        socket = "{short}/s"
        [[sources]]
        name = "camera"
        type = "folder"
        path = "{short}/pictures"
        [[sources]]
        name = "exports"
        type = "takeout"
        path = "{short}/arrivals"
        """
    )
    return load(short / "config.toml")


@pytest.fixture
def log(config: Config, short: Path) -> Iterator[Path]:
    """The log of a running service, which must end well."""
    with (short / "log").open("wb") as out:
        words = [*PROGRAM, "--config", str(config.file), "service", "run"]
        process = subprocess.Popen(words, stderr=out)
    try:
        yield short / "log"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert "Traceback" not in (short / "log").read_text()
    finally:
        process.kill()
        process.wait()


def found(config: Config) -> dict[str, dict[str, Any]]:
    """All hits by their name, as the socket answers."""
    answer = ask(config, "/v1/search", {"q": "a picture", "limit": 50}) or {"hits": []}
    return {hit["filename"]: hit for hit in answer["hits"]}


def export(path: Path) -> None:
    folder = "Takeout/Google Photos/Photos from 2019/beach.jpg"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(folder, picture("blue"))
        archive.writestr(f"{folder}.supplemental-metadata.json", json.dumps(SIDECAR))


def test_what_is_dropped_moved_and_imported_is_found(config: Config, log: Path) -> None:
    folder = config.storage.data_dir.parent
    eventually(lambda: "first.jpg" in found(config), 100)
    eventually(lambda: not (ask(config, "/v1/health") or {"syncing": True})["syncing"])
    whole = log.read_text().count("Sync ended")
    planned = (ask(config, "/v1/health") or {})["next_sync"]

    # A folder that was not there appears, with an archive that is still being downloaded.
    (folder / "arrivals").mkdir()
    partial = folder / "arrivals" / "takeout-20260712T112341Z-001.zip.part"
    export(partial)
    partial.rename(partial.with_suffix(""))
    hit = eventually(lambda: found(config).get("beach.jpg"), 100)
    assert (hit["source"], hit["taken_at"]) == ("exports", "2019-06-20T03:06:40Z")

    # A new picture, and an old one in another place under another name.
    before = found(config)["first.jpg"]
    (folder / "pictures" / "2020").mkdir()
    (folder / "pictures" / "new.jpg").write_bytes(picture("green"))
    moved = folder / "pictures" / "2020" / "renamed.jpg"
    (folder / "pictures" / "first.jpg").rename(moved)
    eventually(lambda: {"new.jpg", "renamed.jpg"} <= found(config).keys(), 100)
    after = found(config)["renamed.jpg"]
    assert (after["media_id"], after["path"]) == (before["media_id"], str(moved))
    assert "first.jpg" not in found(config)

    # A source that another program remembers.
    (folder / "phone").mkdir()
    (folder / "phone" / "phone.jpg").write_bytes(picture("yellow"))
    catalog = Catalog.open(config.storage.data_dir)
    with catalog.transaction() as tx:
        row = sources.ensure(tx, "phone", "folder", "default", remembered=True)
        places.add(tx, row.id, str(folder / "phone"))
    catalog.close()
    eventually(lambda: "phone.jpg" in found(config), 100)

    eventually(lambda: "Sync of phone ended: 1 embedded, 0 failed" in log.read_text())
    said = log.read_text()
    assert said.count("Sync ended") == whole, "only the sources concerned were synced"
    assert "Sync of exports ended: 1 embedded, 0 failed" in said
    assert (ask(config, "/v1/health") or {})["next_sync"] == planned
