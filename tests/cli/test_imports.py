"""Archives and folders from the command line: import, look, rest, forget."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config.example import toml
from tests import tiny
from tests.cli.conftest import Ran, Run
from tests.conftest import picture
from tests.exports import Library, Photo, lay_out, write_zips

OLD = 1_750_000_000


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of a config without any source."""
    model = tiny.clip(tmp_path / "model")
    file = tmp_path / "config.toml"
    file.write_text(
        f"[storage]\ndata_dir = {toml(str(tmp_path / 'data'))}\n"
        f'[model]\nname = {toml(str(model))}\nprecision = "fp32"\n'
        '[search]\ntimezone = "UTC"\n'
    )
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(file))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "data"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    photos = (
        Photo(number=1, albums=("Trip",), people=("Ada",), favorite=True, place=(46.5, 7.7)),
        Photo(number=2, edited=True, description="Two"),
        Photo(number=3, sidecar=False),
    )
    (path,) = write_zips(lay_out(Library(photos=photos)), tmp_path / "zips")
    os.utime(path, (OLD, OLD))
    return path


@pytest.fixture
def imported(data: Path, archive: Path, run: Run) -> Ran:
    return run("import", str(archive))


def status(run: Run) -> dict[str, Any]:
    (source,) = json.loads(run("status", "--json").out)["sources"]
    assert isinstance(source, dict)
    return source


def test_a_dry_run_is_a_table_and_writes_nothing(data: Path, archive: Path, run: Run) -> None:
    told = run("import", str(archive), "--dry-run")
    assert told.code == 0, told.err
    head, row, *_ = told.out.splitlines()
    assert head.split()[:5] == ["takeout", "Parts", "Known", "Photos", "Videos"]
    assert row.split() == ["20260601T120000Z", "1", "0", "5", "0", "5", "4", "1", "0"]
    assert "1 without a sidecar: no sidecar for it is in this folder" in told.out
    assert "\033" not in told.out + told.err
    assert json.loads(run("status", "--json").out)["sources"] == []
    assert run("sync").code == 2


def test_import_then_find(imported: Ran, run: Run, archive: Path) -> None:
    assert imported.code == 0, imported.err
    assert "takeout: 4 listed, 4 new" in imported.out
    assert "4 embedded; 4 searchable." in imported.out
    assert "gphotos-search" in imported.err
    assert len(run("x", "--ids", "--no-group").out.split()) == 4
    again = run("import", str(archive))
    assert again.code == 0
    assert "0 new, 0 changed" in again.out
    assert "already" in again.err
    dry = run("sync", "--dry-run")
    assert dry.out.splitlines()[1].split()[:6] == ["20260601T120000Z", "1", "1", "5", "0", "0"]


def test_status_knows_the_export(imported: Ran, run: Run, archive: Path) -> None:
    source = status(run)
    assert source["places"] == [str(archive)]
    (export,) = source["exports"]
    assert export["archives"] == [{"path": str(archive), "state": "present", "message": ""}]
    counted = {name: export[name] for name in ("items", "files", "paired", "clips")}
    assert counted == {"items": 4, "files": 5, "paired": 4, "clips": 0}
    assert export["unpaired"] == {"no sidecar for it is in this folder": 1}
    assert status(run) == source  # what is kept says the same
    text = run("status").out
    assert "1 archive, 4 items; 4 of 5 files with a sidecar" in text
    assert "1 without a sidecar: no sidecar" in text
    listed = run("sources", "list").out
    assert f"reads {archive}" in listed
    assert "4 items" in listed


def test_show_tells_everything(imported: Ran, run: Run, archive: Path) -> None:
    shown = [run("show", str(id)).out for id in range(1, 5)]
    favourite = next(text for text in shown if "favourite" in text)
    for word in ("Trip", "Ada", "46.500000, 7.700000", "from Google's sidecar", f"in {archive}"):
        assert word in favourite
    assert favourite.count(f"{archive.name}: ") == 2  # the year's folder and the album's
    bare = next(text for text in shown if "no sidecar for it" in text)
    assert "albums" not in bare
    ids = {
        match[1]: match[2]
        for text in shown
        if (match := re.search(r"media id +(\d+)[\s\S]*edited (?:of|copy) +(\d+)", text))
    }
    assert len(ids) == 2
    assert all(ids[other] == one for one, other in ids.items())


def test_originals_in_archives(imported: Ran, run: Run, archive: Path) -> None:
    paths = run("x", "--paths", "--no-group").out.splitlines()
    assert len(paths) == 4
    assert all(Path(path).read_bytes()[:3] == b"\xff\xd8\xff" for path in paths)
    hits = json.loads(run("x", "--json", "--no-group").out)["hits"]
    assert [hit["path"] for hit in hits] == [None] * 4
    without = next(hit["media_id"] for hit in hits if not hit["url"])
    assert run("open", str(without)).out.strip() in paths
    linked = next(hit["media_id"] for hit in hits if hit["url"])
    assert run("open", str(linked)).out.startswith("https://photos.google.com/")
    assert run("open", str(linked), "--file").out.strip() in paths
    assert f"in {archive.name}" in run("x", "--no-group").out

    archive.unlink()
    assert "archive gone" in run("x", "--no-group").out
    assert f"archive gone: {archive.name}" in run("show", str(without)).out
    told = run("open", str(without), "--file")
    assert told.code == 1
    assert f"archive gone: {archive.name}" in told.err
    thumbnail = run("open", str(without))
    assert thumbnail.out.strip().endswith(".webp")
    synced = run("sync")
    assert synced.code == 0  # an archive that was read may be deleted
    assert len(run("x", "--ids", "--no-group").out.split()) == 4


def test_pause_resume_forget(
    imported: Ran, run: Run, data: Path, archive: Path, tmp_path: Path
) -> None:
    assert run("sources", "pause", "takeout").code == 0
    assert status(run)["state"] == "paused"
    assert "is paused" in run("sync").err
    assert run("sync", "--source", "takeout").code == 2
    assert run("import", str(archive)).code == 2
    assert len(run("x", "--ids", "--no-group").out.split()) == 4
    assert run("sources", "resume", "takeout").code == 0
    assert "not paused" in run("sources", "resume", "takeout").out
    assert run("sync").code == 0

    folder = tmp_path / "camera"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(picture("red"))
    assert run("import", str(folder)).code == 0
    for name in ("nobody", ""):
        assert run("sources", "forget", name, "--yes").code == 2
        assert run("sources", "pause", name).code == 2
    refused = run("sources", "forget", "takeout")
    assert refused.code == 2
    assert "--yes" in refused.err
    gone = run("sources", "forget", "takeout", "--yes")
    assert gone.code == 0
    assert "4 removed" in gone.out
    assert [source["name"] for source in json.loads(run("status", "--json").out)["sources"]] == [
        "camera"
    ]
    assert len(run("x", "--ids", "--no-group").out.split()) == 1
    assert len(list((data / "thumbnails").rglob("*.webp"))) == 1
    assert archive.exists()
    tables = ("files", "sidecars", "archives", "vectors", "contents")
    catalog = Catalog.open(data)
    with catalog.reading() as tx:
        counts = [tx.exec_driver_sql(f"SELECT count(*) FROM {one}").scalar() for one in tables]
    catalog.close()
    assert counts == [1, 0, 1, 1, 1]
    assert "4 new" in run("import", str(archive)).out


def test_what_the_config_names_is_not_forgotten(imported: Ran, run: Run, archive: Path) -> None:
    file = Path(os.environ["GPHOTOS_SEARCH_CONFIG"])
    named = f'[[sources]]\nname = "takeout"\ntype = "takeout"\npath = {toml(str(archive.parent))}\n'
    file.write_text(file.read_text() + named)
    told = run("sources", "forget", "takeout", "--yes")
    assert told.code == 2
    assert f"Take it out of {file} first." in told.err


def test_without_a_config_the_defaults_hold(
    archive: Path, run: Run, empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("status").code == 2  # nothing is there at all
    assert run("import", str(archive), "--dry-run").code == 0
    assert run("status").code == 0
    assert run("import").code == 2
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(empty_home / "none.toml"))
    told = run("import", str(archive))
    assert told.code == 2
    assert "none.toml" in told.err


def test_a_late_export_is_mentioned_once(data: Path, tmp_path: Path, run: Run) -> None:
    photos = (Photo(number=1),)
    for stamp in ("20240101T120000Z", "20240301T120000Z"):
        write_zips(lay_out(Library(photos=photos)), tmp_path / "zips", stamp=stamp)
    for path in (tmp_path / "zips").iterdir():
        os.utime(path, (OLD, OLD))
    assert run("import", str(tmp_path / "zips")).code == 0
    assert "https://takeout.google.com" in run("status").out
    assert "takeout.google.com" in str(status(run)["reminder"])
    assert "takeout.google.com" in run("x").err
    assert "takeout.google.com" not in run("x").err
