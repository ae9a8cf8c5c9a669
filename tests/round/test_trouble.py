"""Trouble that is told before anything costly, and trouble that costs no answer."""

from __future__ import annotations

from dataclasses import replace

from gphotos_search.app import App
from gphotos_search.config import Config, ModelConfig
from gphotos_search.media import Query
from tests.library import sync


def test_a_person_who_is_not_signed_in_hears_it_before_a_model_is_fetched(
    config: Config,
) -> None:
    nowhere = replace(config, model=ModelConfig(name="/nowhere/a-model"))
    (config.storage.tokens / "default.json").unlink()
    assert sync(nowhere).exit_code == 3
    with App(nowhere) as app:
        assert app.status()["sources"][0]["state"] == "needs-sign-in"


def test_a_damaged_index_answers_from_the_catalogue_and_says_so(config: Config) -> None:
    sync(config)
    (manifest,) = config.storage.index.rglob("manifest.json")
    manifest.write_text("{")
    with App(config) as app:
        answer = app.search(Query.of("anything"))
    assert len(answer.hits) == 10
    assert any("reindex" in warning for warning in answer.warnings)
