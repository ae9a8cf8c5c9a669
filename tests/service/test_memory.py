"""What the service keeps in memory, and what it does not: one library that syncs and answers."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.app import App
from gphotos_search.catalog import archives, sources
from gphotos_search.cli.prompt import KeptOpen
from gphotos_search.config import load
from gphotos_search.encoders._two_towers import TwoTowers
from gphotos_search.errors import UsageError
from gphotos_search.media import Query
from gphotos_search.search.query import Request
from gphotos_search.searching import WARMING
from tests.cli.answered import NAMES, pictures

Towers = list["weakref.ref[Any]"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App(load(pictures(tmp_path_factory.mktemp("library")))) as app:
        yield app


@pytest.fixture
def towers(monkeypatch: pytest.MonkeyPatch) -> Towers:
    """Every tower for pictures that is loaded from now on."""
    loaded: Towers = []
    real = TwoTowers.open_images

    def noted(self: TwoTowers, *way: Any) -> Any:
        tower = real(self, *way)
        loaded.append(weakref.ref(tower))
        return tower

    monkeypatch.setattr(TwoTowers, "open_images", noted)
    return loaded


def kept(towers: Towers) -> int:
    gc.collect()
    return sum(one() is not None for one in towers)


def test_no_tower_for_pictures_stays(app: App, towers: Towers, tmp_path: Path) -> None:
    assert app.sync().embedded == len(NAMES)
    assert (len(towers), kept(towers)) == (1, 0)
    app.warm()
    assert len(towers) == 1  # words need none
    file = next(Path(app.sources()[0].path or "").glob("PXL*"))
    for number in (2, 3):
        (first, *_) = app.ask(Request(like=(str(file),))).hits
        assert first.item.filename == file.name
        assert (len(towers), kept(towers)) == (number, 0)


def test_a_tower_leaves_after_a_failure_too(app: App, towers: Towers, tmp_path: Path) -> None:
    file = next(Path(app.sources()[0].path or "").glob("PXL*"))
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(UsageError):
        app.ask(Request(like=(str(file), str(tmp_path / "broken.jpg"))))
    assert (len(towers), kept(towers)) == (1, 0)


def test_warming_up_encodes_words(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """None that would be read as a filter alone, as "a photo" is."""
    encoded: list[str] = []
    real = TwoTowers.encode_texts

    def noted(self: TwoTowers, texts: Sequence[str]) -> Any:
        encoded.extend(texts)
        return real(self, texts)

    monkeypatch.setattr(TwoTowers, "encode_texts", noted)
    with App(app.config) as service:
        service.warm()
    assert encoded == list(WARMING)


def test_warming_up_takes_no_reminder(app: App) -> None:
    with app.catalog.transaction() as tx:
        source = sources.ensure(tx, "exports", "takeout", "default").id
        for month in (1, 3):
            archives.begin(
                tx,
                source,
                f"/exports/{month}.zip",
                kind="zip",
                export=str(month),
                exported_at=datetime(2020, month, 1, tzinfo=UTC),
                size=1,
                stamp=1,
            )
    with App(app.config) as service:
        service.warm()
        prompt = KeptOpen(str(app.config.file))
        prompt.warm()
        prompt.close()
        assert any(
            "takeout.google.com" in told for told in service.search(Query.of("red")).warnings
        )
        assert not any("takeout" in told for told in service.search(Query.of("red")).warnings)
