"""Questions of a person to the demo library, imported as a Takeout archive, and what must come."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gphotos_search.app import App
from gphotos_search.config import load
from gphotos_search.demo.takeout import build
from tests.cli.conftest import Run

CAKES = {"20201102_152209.jpg", "20201102_151351.jpg", "20201102_153221.jpg"}
SNOWBALLS = {"PXL_20240120_142337313.jpg", "PXL_20240120_140728312.jpg"}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo library, indexed with the small encoder."""
    folder = tmp_path_factory.mktemp("golden")
    build(folder / "in")
    file = folder / "config.toml"
    file.write_text(
        f"""
        [storage]
        data_dir = "{folder / "data"}"
        [model]
        name = "demo"
        precision = "fp32"
        [search]
        timezone = "Europe/Vienna"
        [service]
        socket = "{folder / "none.sock"}"
        [[sources]]
        name = "takeout"
        type = "takeout"
        path = "{folder / "in"}"
        """
    )
    with App(load(file)) as app:
        assert app.sync().embedded == 150
    return file


def names(run: Run, config: Path, *words: str, limit: int = 3) -> list[str]:
    told = run("--config", str(config), *words, "-n", str(limit), "--json")
    assert told.code == 0, told.err
    return [hit["filename"] for hit in json.loads(told.out)["hits"]]


@pytest.mark.parametrize(
    "words, expected",
    [
        (("donut", "birthday", "cake"), CAKES),
        (("birthday", "cake", "2020", "-people"), CAKES),
        (("near:Vienna", "after:2019", "cake"), CAKES),
        (("Kuchen", "in", "Wien", "November", "2020"), CAKES),
        (("snowball", "fight", "January", "2024"), SNOWBALLS),
        (("snowball", "fight", "after:2024-01-20", "before:2024-01-21"), SNOWBALLS),
        (("dog", "on", "the", "beach", "summer", "2026"), {"PXL_20260620_201141332.jpg"}),
        (('"donut birthday"',), {"20201102_151351.jpg"}),
    ],
)
def test_questions(run: Run, config: Path, words: tuple[str, ...], expected: set[str]) -> None:
    assert set(names(run, config, *words)) == expected


def test_the_best_answer_comes_first(run: Run, config: Path) -> None:
    assert names(run, config, "snowball fight")[0] == "PXL_20240120_142337313.jpg"


def test_an_album_by_its_name(run: Run, config: Path) -> None:
    found = names(run, config, "album:Ski week 2018", "mountain", limit=50)
    assert found
    assert all(name.startswith("IMG_12") for name in found)
    assert found[0] == "IMG_1201.JPG"


def test_videos(run: Run, config: Path) -> None:
    found = names(run, config, "video of a party", limit=50)
    assert len(found) == 4
    assert all(name.startswith("VID_") for name in found)


def test_like_the_first_of_the_last_list(run: Run, config: Path) -> None:
    first = names(run, config, "donut birthday cake")[0]
    alike = names(run, config, "--like", "1", "--minus", "snow")
    assert set(alike) <= CAKES | {first}
