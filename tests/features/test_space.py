"""Which vectors imported ones join, and which text tower searches them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gphotos_search import models, precision
from gphotos_search.catalog import items, settings, sources, vectors
from gphotos_search.encoders import _hub
from gphotos_search.errors import ModelUnavailable, UsageError
from gphotos_search.features.pair import Pair, open_pair
from gphotos_search.features.space import space_of
from gphotos_search.media import MediaItem
from tests import tiny
from tests.features.library import Library, opened, write_pair

HUB_NAME, COMMIT = "tiny/one", "a" * 40
PROVISIONAL, TRUE = "features:tiny/one", "clip:tiny/one@aaaaaaaaaaaa:v1:fp32"


def wide_pair(folder: Path, count: int = 5, dim: int = tiny.DIM, name: str = "wide") -> Pair:
    rows = np.random.default_rng(count).normal(size=(count, dim)).astype(np.float32)
    np.save(folder / f"{name}.npy", rows)
    (folder / f"{name}.csv").write_text("".join(f"w{number}\n" for number in range(count)))
    return open_pair(folder / f"{name}.npy", folder / f"{name}.csv")


def put_on_this_machine(tmp_path: Path) -> None:
    storage = tmp_path / "hub" / "hub" / "models--tiny--one"
    tiny.clip(storage / "snapshots" / COMMIT)
    (storage / "refs").mkdir()
    (storage / "refs" / "main").write_text(COMMIT)


def active(library: Library) -> models.ActiveEncoder:
    found = models.active(library.catalog)
    assert found is not None
    return found


def held(library: Library, encoder_id: str) -> int:
    with library.catalog.reading() as tx:
        return vectors.count(tx, encoder_id)


def test_a_model_on_this_machine_gives_its_id(library: Library, tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    library.take_in(wide_pair(tmp_path), encoder=str(folder))
    chosen = active(library)
    assert (chosen.name, chosen.dim) == (str(folder), tiny.DIM)
    assert chosen.id.startswith("clip:model@")
    assert chosen.id.endswith(":fp32")
    encoder = models.for_search(library.config.model, chosen, say=library.said.append)
    assert encoder.id == chosen.id
    assert encoder.encode_texts(["snow ball"]).shape == (1, tiny.DIM)


def test_new_photos_are_embedded_with_the_same_model(library: Library, tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    library.take_in(wide_pair(tmp_path), encoder=str(folder))
    encoder = models.for_indexing(library.catalog, library.config.model, say=library.said.append)
    assert encoder.id == active(library).id
    assert models.filling(library.catalog) is None


def test_a_model_that_comes_later_is_recognised(library: Library, tmp_path: Path) -> None:
    library.take_in(wide_pair(tmp_path), encoder=HUB_NAME)
    assert active(library).id == PROVISIONAL
    assert any("cannot be had now" in line for line in library.said)
    with pytest.raises(ModelUnavailable, match="tiny/one"):
        models.for_search(library.config.model, active(library), say=library.said.append)

    put_on_this_machine(tmp_path)
    encoder = models.for_search(library.config.model, active(library), say=library.said.append)
    assert encoder.id == PROVISIONAL
    assert encoder.encode_texts(["snow"]).shape == (1, tiny.DIM)

    models.for_indexing(library.catalog, library.config.model, say=library.said.append)
    assert active(library).id == TRUE
    assert (held(library, PROVISIONAL), held(library, TRUE)) == (0, 5)
    assert models.filling(library.catalog) is None


def test_the_next_import_recognises_it_too(library: Library, tmp_path: Path) -> None:
    library.take_in(wide_pair(tmp_path), encoder=HUB_NAME)
    put_on_this_machine(tmp_path)
    done = library.take_in(wide_pair(tmp_path, 7), encoder=HUB_NAME)
    assert (done.added, done.indexed) == (2, 7)
    assert active(library).id == TRUE
    assert (held(library, PROVISIONAL), held(library, TRUE)) == (0, 7)


def test_a_model_that_did_not_make_them_is_refused(library: Library, tmp_path: Path) -> None:
    library.take_in(wide_pair(tmp_path, dim=tiny.DIM + 1), encoder=HUB_NAME)
    put_on_this_machine(tmp_path)
    with pytest.raises(UsageError, match="25 numbers, tiny/one makes 24"):
        models.for_search(library.config.model, active(library), say=library.said.append)


def test_rows_of_another_width_are_refused(library: Library, tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    with pytest.raises(UsageError, match=r"have 8 numbers, .*model makes 24"):
        library.take_in(write_pair(tmp_path, range(3)), encoder=str(folder))
    assert models.active(library.catalog) is None
    library.take_in(write_pair(tmp_path, range(3)))
    with pytest.raises(UsageError, match="have 24 numbers, nobody/nowhere makes 8"):
        library.take_in(wide_pair(tmp_path))


def test_two_models_never_share_a_library(library: Library, tmp_path: Path) -> None:
    library.take_in(write_pair(tmp_path, range(3)))
    before = library.state()
    with pytest.raises(UsageError, match="answers with nobody/nowhere") as refused:
        library.take_in(write_pair(tmp_path, range(3, 5)), encoder=HUB_NAME)
    assert "--encoder nobody/nowhere" in refused.value.advice
    assert library.state() == before


def test_a_folder_that_is_no_model_is_said(library: Library, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="folder that does not exist"):
        library.take_in(wide_pair(tmp_path), encoder=str(tmp_path / "nowhere"))
    assert models.active(library.catalog) is None


def test_int8_does_not_mix(library: Library, tmp_path: Path) -> None:
    forced: dict[str, Any] = {"precision": "int8"}
    library.config = replace(library.config, model=replace(library.config.model, **forced))
    with pytest.raises(UsageError, match="int8"):
        library.take_in(write_pair(tmp_path, [1]))


@pytest.mark.parametrize("answering", [False, True])
def test_a_look_ahead_asks_this_machine_and_no_other(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answering: bool
) -> None:
    def look(dim: int) -> bool:
        config, catalog = library.config, library.catalog
        said: list[str] = []
        space = space_of(config, catalog, HUB_NAME, dim, fetch=False, say=said.append)
        assert said == []
        return space.checked

    wrong = tiny.DIM + 1
    if answering:
        library.take_in(wide_pair(tmp_path, dim=wrong), encoder=HUB_NAME)
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(_hub, "_fetch", lambda *_: pytest.fail("the hub was asked"))
    assert not look(wrong)
    put_on_this_machine(tmp_path)
    with pytest.raises(UsageError, match="25 numbers, tiny/one makes 24"):
        look(wrong)
    if not answering:
        assert look(tiny.DIM)


def test_int8_vectors_take_features_only_where_they_agree(tmp_path: Path) -> None:
    folder = str(tiny.clip(tmp_path / "model"))
    forced: dict[str, Any] = {"precision": "int8"}
    with opened(tmp_path, folder) as library:
        model, catalog = library.config.model, library.catalog
        encoder = models.for_indexing(catalog, replace(model, **forced), say=library.said.append)
        with catalog.transaction() as tx:
            now = datetime.now(UTC)
            row = sources.ensure(tx, "pictures", "folder", "default")
            ids = items.apply(tx, row.id, add=[MediaItem(source_id="one")], listing=1, now=now)
            vector = np.eye(1, tiny.DIM, dtype=np.float32)[0]
            vectors.put(tx, encoder.id, [(ids["one"], vector)], now)
        assert encoder.id.endswith(":int8")
        with pytest.raises(UsageError, match="int8 vectors of") as refused:
            library.take_in(wide_pair(tmp_path), encoder=folder)
        assert "gphotos-search sync" in refused.value.advice
        assert held(library, encoder.id) == 1

        one = {"precision": "int8", "runtime": "onnx", "cosine": 0.9995, "passed": True}
        with catalog.transaction() as tx:
            key = precision.key_of(encoder.id.removesuffix(":int8"))
            settings.put(tx, key, one | {"tried": [one]})
        assert library.take_in(wide_pair(tmp_path), encoder=folder).indexed == 6
