"""Pictures of hits: thumbnails, originals, and what is fetched for a moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gphotos_search.app import App
from gphotos_search.cli import pictures
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator
from tests.cli.conftest import Run
from tests.cli.test_library import library, synced, written
from tests.library import with_tiny_model

__all__ = ["library", "synced"]


def hits(config: Config, run: Run) -> list[dict[str, Any]]:
    import json

    found: list[dict[str, Any]] = json.loads(run("anything", "--json").out)["hits"]
    return found


def found(config: Config, some: list[dict[str, Any]], **options: bool) -> pictures.Found:
    @contextmanager
    def opened() -> Iterator[App]:
        with App(config) as app:
            yield app

    return pictures.find(some, opened, **options)


def files(config: Config) -> set[Path]:
    return {path for path in config.storage.data_dir.rglob("*") if path.is_file()}


def test_what_may_not_be_kept_is_fetched_and_leaves_no_file(
    synced: object, library: Config, google: Emulator, run: Run
) -> None:
    some = hits(library, run)
    before = files(library)
    got = found(library, some)
    assert set(got.pictures) == {hit["media_id"] for hit in some}
    assert got.told == []
    for content in got.pictures.values():
        with Image.open(BytesIO(content)) as image:
            assert max(image.size) <= pictures.SIDE
    assert {path for path in files(library) - before if path.suffix in (".webp", ".jpg")} == set()


def test_a_page_gets_none_of_them(
    synced: object, library: Config, google: Emulator, run: Run, tmp_path: Path
) -> None:
    got = found(library, hits(library, run), to_keep=True)
    assert got.pictures == {}
    assert "photos: 7 without a picture" in got.told[0]
    page = tmp_path / "found.html"
    told = run("anything", "--html", str(page))
    assert (told.code, told.out) == (0, "")
    assert "7 photos in" in told.err
    assert page.read_text().count("no picture here") == 7


def test_offline_and_signed_out_are_sentences(
    synced: object, library: Config, google: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = hits(library, run)
    monkeypatch.setattr(pictures, "FETCH_S", 1.0)
    google.stop()
    offline = found(library, some)
    assert offline.pictures == {}, offline
    assert offline.told[0].startswith("No pictures of photos now: ")
    (library.storage.tokens / "default.json").unlink()
    signed_out = found(library, some)
    assert signed_out.pictures == {}
    assert len(signed_out.told) == 1


def test_a_folder_gives_thumbnails_else_originals(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config
) -> None:
    folder = tmp_path / "Pictures"
    folder.mkdir()
    for name in ("red", "green", "blue"):
        Image.new("RGB", (640, 480), name).save(folder / f"{name}.jpg")
    local = with_tiny_model(config, tmp_path)
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(written(local, tmp_path / "config.toml")))
    assert run("import", str(folder)).code == 0
    some = hits(local, run)
    first, second, third = some
    Path(second["thumbnail"]).unlink()
    Path(third["thumbnail"]).unlink()
    Path(third["path"]).unlink()
    got = found(local, some)
    assert set(got.pictures) == {first["media_id"], second["media_id"]}
    assert got.told == []
