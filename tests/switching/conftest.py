"""A folder of pictures that was indexed with one tiny model, and others to switch to."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gphotos_search.app import App
from gphotos_search.config import Config, ModelConfig, SourceConfig
from gphotos_search.config.settings import StorageConfig
from gphotos_search.media import Query
from gphotos_search.progress import Silent
from gphotos_search.switching import Switched
from tests import tiny
from tests.conftest import picture
from tests.library import sync

PHOTOS = 14
ANYTHING = Query.of("anything", limit=100, group=False)


class Notes(Silent):
    """Keeps what was said; `on_batch` is called after each batch."""

    def __init__(self, on_batch: Callable[[], None] = lambda: None) -> None:
        self.said: list[str] = []
        self.told: list[tuple[int, int, int]] = []
        self._on_batch = on_batch

    def say(self, line: str) -> None:
        self.said.append(line)

    def embedding(self, done: int, total: int, failed: int) -> None:
        self.told.append((done, total, failed))
        self._on_batch()

    def heard(self, words: str) -> bool:
        return any(words in line for line in self.said)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Checkpoints: "a", "b" and "c" alike in shape, "wide" of another width."""
    folder = tmp_path_factory.mktemp("models")
    for seed, name in enumerate("abc"):
        tiny.clip(folder / name, seed=seed)
    tiny.siglip(folder / "wide")
    return {name: str(folder / name) for name in ("a", "b", "c", "wide")}


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Fourteen pictures of as many colours."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    draw = random.Random(3)
    for number in range(PHOTOS):
        add(folder, number, draw)
    return folder


def add(folder: Path, number: int, draw: random.Random) -> Path:
    colour = (draw.randrange(256), draw.randrange(256), draw.randrange(256))
    path = folder / f"IMG_{number:04d}.jpg"
    path.write_bytes(picture(colour, (64 + number, 48)))
    return path


@pytest.fixture
def config(pictures: Path, tmp_path: Path, models: dict[str, str]) -> Config:
    """Indexed with "a"."""
    config = Config(
        storage=StorageConfig(data_dir=tmp_path / "data"),
        model=ModelConfig(name=models["a"], precision="fp32", batch_size=4),
        sources=(SourceConfig(name="pics", type="folder", path=pictures),),
    )
    assert sync(config).embedded == PHOTOS
    return config


def switch(
    config: Config,
    name: str,
    progress: Silent | None = None,
    stop: threading.Event | None = None,
) -> Switched:
    with App(config) as app:
        return app.switch(name, progress=progress, stop=stop)


def named(config: Config, name: str) -> Config:
    """The same config after a person wrote another model into it."""
    return replace(config, model=replace(config.model, name=name))


def answering(config: Config) -> tuple[str, int]:
    """The name of the folder of the model that answers, and how many photos it finds."""
    with App(config) as app:
        answer = app.search(ANYTHING)
    return answer.encoder.split(":")[1].split("@")[0], len(answer.hits)
