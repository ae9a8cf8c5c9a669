"""kill -9 anywhere between Drive and the index: the next sync imports every archive once."""

from __future__ import annotations

import hashlib
import io
import json
import random
import signal
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from gphotos_search.catalog import schema, schema_local
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.demo.emulator import Emulator, Library
from gphotos_search.google.scopes import DRIVE
from tests.conftest import build_config
from tests.dying import MOMENTS, sync, sync_and_die
from tests.google.drive_side import YESTERDAY, name
from tests.signed_in import store_sign_in

PARTS, PHOTOS = 2, 6  # archives, and photos in each; one photo is in both
FOLDER = "Takeout/Google Photos/Photos from 2024"
TRANSACTIONS = 40  # about what a sync of them takes
TABLES = (schema.items, schema_local.files, schema_local.sidecars, schema_local.contents)
# What differs between any two runs; and where the original is, of which `on_disk` speaks.
VARYING = {"added_at", "last_seen", "stamp", "archive", "original"}
Rows = dict[str, list[dict[str, Any]]]


def photo(number: int) -> bytes:
    """Noise, which nothing compresses: an archive is some hundred kilobytes."""
    pixels = np.random.default_rng(number).integers(0, 256, (120, 160, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=95)
    return out.getvalue()


def part(number: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        first = number * (PHOTOS - 1)
        for each in range(first, first + PHOTOS):
            file = f"{FOLDER}/IMG_{each}.jpg"
            about = {"title": f"IMG_{each}.jpg", "photoTakenTime": {"timestamp": "1714550400"}}
            archive.writestr(file, photo(each))
            archive.writestr(f"{file}.supplemental-metadata.json", json.dumps(about))
    return out.getvalue()


ARCHIVES = {name(number + 1): part(number) for number in range(PARTS)}
BYTES = sum(map(len, ARCHIVES.values()))


def library(google: Emulator, folder: Path, *, keep: bool) -> Config:
    folder.mkdir()
    source = SourceConfig(name="exports", type="drive_takeout", keep_archives=keep)
    config = replace(build_config(google, folder), sources=(source,))
    store_sign_in(google, config, DRIVE)
    return config


def rows(config: Config) -> Rows:
    """Everything that must be as after a run that nothing disturbed."""
    found = {}
    with closing(Catalog.open(config.storage.data_dir)) as catalog, catalog.reading() as tx:
        for table in TABLES:
            told = tx.execute(select(table).order_by(*table.primary_key.columns)).mappings()
            found[table.name] = [
                {name: value for name, value in row.items() if name not in VARYING} for row in told
            ]
        embedded = tx.execute(select(schema.vectors.c.media_id)).scalars()
        found["vectors"] = [{"media_id": one} for one in sorted(embedded)]
        drive = select(schema.drive_files.c.name, schema.drive_files.c.state).order_by("name")
        found["drive"] = [dict(row) for row in tx.execute(drive).mappings()]
    return found


def on_disk(config: Config) -> dict[str, str]:
    """File → MD5 of everything under archives/, whole or half."""
    folder = config.storage.data_dir / "archives"
    return {
        str(one.relative_to(folder)): hashlib.md5(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file()
    }


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The catalogue of a sync that nothing disturbed."""
    with Emulator(Library.of([])) as google:
        deliver(google)
        config = library(google, tmp_path_factory.mktemp("drive") / "calm", keep=False)
        assert sync(config).exit_code == 0
        return rows(config)


def deliver(google: Emulator) -> None:
    for archive, content in ARCHIVES.items():
        google.drive.put(archive, content, created_at=YESTERDAY)


def crash_and_converge(
    google: Emulator, folder: Path, seed: int, moments: list[str], calm: Rows
) -> None:
    chance = random.Random(seed)
    keep = chance.random() < 0.5
    deliver(google)
    struck = library(google, folder / "struck", keep=keep)
    for moment in moments:
        most = {"after_bytes": BYTES, "before_commit": TRANSACTIONS, "after_commit": TRANSACTIONS}
        number = chance.randint(1, most.get(moment, PARTS))
        code = sync_and_die(struck, folder, moment, number)
        assert code in (0, -signal.SIGKILL), (moment, number, code)
    assert sync(struck).exit_code == 0
    assert rows(struck) == calm, (seed, moments)
    kept = {f"exports/{each}": hashlib.md5(all_).hexdigest() for each, all_ in ARCHIVES.items()}
    assert on_disk(struck) == (kept if keep else {})
    asked = google.log.count("drive.media")
    assert PARTS <= asked <= PARTS + len(moments)  # each archive once, and once more a kill
    assert sync(struck).exit_code == 0
    assert google.log.count("drive.media") == asked
    assert rows(struck) == calm, (seed, moments)


@pytest.mark.parametrize(("seed", "moment"), list(enumerate(MOMENTS)))
def test_killed_once(google: Emulator, tmp_path: Path, calm: Rows, seed: int, moment: str) -> None:
    crash_and_converge(google, tmp_path, seed, [moment], calm)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_killed_at_any_byte(google: Emulator, tmp_path: Path, calm: Rows, seed: int) -> None:
    crash_and_converge(google, tmp_path, seed, ["after_bytes"], calm)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200, 220))
def test_killed_again_and_again(google: Emulator, tmp_path: Path, calm: Rows, seed: int) -> None:
    chance = random.Random(seed)
    moments = chance.choices(sorted(MOMENTS), k=chance.randint(2, 4))
    crash_and_converge(google, tmp_path, seed, moments, calm)
