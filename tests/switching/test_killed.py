"""kill -9 while another model is switched to, or a former one dropped; the next run ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gphotos_search.app import App
from gphotos_search.catalog import vectors
from gphotos_search.config import Config
from tests.dying import sync_and_die
from tests.library import sync
from tests.switching.conftest import PHOTOS, answering, switch
from tests.switching.test_prune import held_sets, prune

Models = dict[str, str]
KILLED = -9


def made(config: Config) -> int:
    """How many vectors the set that is being filled has."""
    with App(config) as app:
        return sum(one["vectors"] for one in app.status()["models"] if one["role"] == "filling")


@pytest.mark.parametrize(
    "moment, number, goes_on",
    [("before_commit", 6, "switch"), ("after_commit", 7, "sync")],
)
def test_killed_on_the_way_the_next_run_goes_on(
    moment: str, number: int, goes_on: str, config: Config, models: Models, tmp_path: Path
) -> None:
    assert sync_and_die(config, tmp_path, moment, number, models["b"]) == KILLED
    assert answering(config) == ("a", PHOTOS)
    before = made(config)
    more = switch(config, models["b"]).round if goes_on == "switch" else sync(config)
    assert before + more.embedded == PHOTOS
    assert answering(config) == ("b", PHOTOS)


@pytest.mark.parametrize("number", [1, 3])
def test_killed_while_a_set_is_dropped_no_half_of_it_is_used(
    number: int, config: Config, models: Models, tmp_path: Path
) -> None:
    switch(config, models["b"])
    assert sync_and_die(config, tmp_path, "after_commit", number, "-") == KILLED
    assert answering(config) == ("b", PHOTOS)
    assert switch(config, models["a"]).round.embedded == PHOTOS
    with App(config) as app, app.catalog.reading() as tx:
        assert vectors.count(tx, held_sets(config)[-1]) == PHOTOS
    prune(config)
    assert len(held_sets(config)) == 1
    assert answering(config) == ("a", PHOTOS)
