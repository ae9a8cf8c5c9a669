"""A library of some pages, and what a sync that nothing disturbed makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from gphotos_search.config import Config, ModelConfig
from gphotos_search.demo.emulator import Emulator, Library
from gphotos_search.google.patience import RetryPolicy
from gphotos_search.sources import google_library
from tests import tiny
from tests.conftest import build_config, photo
from tests.library import Held, held, sync
from tests.signed_in import store_sign_in

PHOTOS, A_PAGE = 24, 6
COLOURS = ("red", "green", "blue", "yellow", "black", "white")


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same retries, with waits of milliseconds."""
    quick = partial(RetryPolicy, fault_s=0.02, busy_s=0.05)
    monkeypatch.setattr(google_library, "RetryPolicy", quick)


@pytest.fixture(scope="package")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelConfig:
    folder = tiny.clip(tmp_path_factory.mktemp("models") / "tiny")
    return ModelConfig(name=str(folder), precision="fp32", batch_size=4)


@pytest.fixture
def google() -> Iterator[Emulator]:
    with emulator() as running:
        yield running


@pytest.fixture
def config(google: Emulator, tmp_path: Path, model: ModelConfig) -> Config:
    return ready(google, tmp_path, model)


@pytest.fixture(scope="package")
def calm(tmp_path_factory: pytest.TempPathFactory, model: ModelConfig) -> Held:
    """The catalogue of a sync that nothing disturbed."""
    with emulator() as google:
        config = ready(google, tmp_path_factory.mktemp("calm"), model)
        assert sync(config).embedded == PHOTOS
        return held(config)


def emulator() -> Emulator:
    photos = [photo(n, COLOURS[n % 6], (48 + n, 64)) for n in range(PHOTOS)]
    return Emulator(Library.of(photos), page_size_max=A_PAGE)


def ready(google: Emulator, folder: Path, model: ModelConfig) -> Config:
    config = replace(build_config(google, folder), model=model)
    store_sign_in(google, config)
    return config
