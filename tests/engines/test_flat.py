"""The file of rows is a FAISS index: FAISS opens it and answers as we do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import faiss as faiss_module
import numpy as np
import pytest

from gphotos_search.engines._flat import map_flat, write_flat
from gphotos_search.engines.faiss import FaissEngine
from tests.contracts.engine import unit

faiss: Any = faiss_module


@pytest.mark.parametrize("count", [0, 1, 500])
@pytest.mark.parametrize("dim", [3, 512])
def test_faiss_opens_what_the_engine_saved(tmp_path: Path, count: int, dim: int) -> None:
    ids = np.arange(count, dtype=np.int64) * 3 + 7
    engine = FaissEngine(None, dim)
    engine.build(tmp_path, [(ids, unit(count, seed=1, dim=dim))] if count else [])
    index = faiss.read_index(str(tmp_path / "base.faiss"))
    assert (index.ntotal, index.d, index.metric_type) == (count, dim, faiss.METRIC_INNER_PRODUCT)
    if not count:
        return
    query = unit(1, seed=2, dim=dim)
    _, places = index.search(query, min(count, 10))
    ours = [media_id for media_id, _ in FaissEngine(tmp_path, dim).nearest(query[0], 10)]
    assert np.load(tmp_path / "ids.npy")[places[0]].tolist() == ours


@pytest.mark.parametrize("wrong", ["head", "size", "count"])
def test_a_file_of_something_else_is_refused(tmp_path: Path, wrong: str) -> None:
    path = tmp_path / "base.faiss"
    write_flat(path, [(np.arange(4), unit(4, seed=1, dim=8))], 8)
    content = bytearray(path.read_bytes())
    content[0] ^= 0xFF if wrong == "head" else 0
    path.write_bytes(content[:-1] if wrong == "size" else content)
    with pytest.raises(ValueError, match="do not belong together"):
        map_flat(path, 5 if wrong == "count" else 4, 8)
