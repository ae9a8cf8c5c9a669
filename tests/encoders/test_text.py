"""The numpy runtime: its arithmetic, and that a query stays light."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from gphotos_search.encoders._blas import _openblas, one_core
from gphotos_search.encoders._numpy_text import erf, gelu, gelu_tanh, quick_gelu
from gphotos_search.encoders._tensors import Weights
from tests import tiny

RANGE = np.linspace(-12, 12, 20_001, dtype=np.float32)
LIGHT = """
import sys
import threading
import time
import gphotos_search.encoders
assert "numpy" not in sys.modules
from gphotos_search.config import ModelConfig
encoder = gphotos_search.encoders.open_encoder(ModelConfig(name=sys.argv[1]))
assert encoder.encode_texts(["a snowball fight"]).shape == (1, encoder.dim)
heavy = {"torch", "transformers", "huggingface_hub", "requests", "safetensors"}
print(*sorted(heavy & set(sys.modules)))
"""


def test_erf_is_exact_to_a_millionth() -> None:
    exact = np.array([math.erf(float(x)) for x in RANGE])
    assert np.abs(erf(RANGE) - exact).max() <= 1e-6


def test_activations_equal_their_definitions() -> None:
    exact = RANGE.astype(np.float64)
    by_erf = exact * 0.5 * (1 + np.array([math.erf(x / math.sqrt(2)) for x in exact]))
    by_tanh = 0.5 * exact * (1 + np.tanh(math.sqrt(2 / math.pi) * (exact + 0.044715 * exact**3)))
    assert np.abs(gelu(RANGE) - by_erf).max() <= 2e-6
    assert np.abs(gelu_tanh(RANGE) - by_tanh).max() <= 2e-6
    assert np.abs(quick_gelu(RANGE) - exact / (1 + np.exp(-1.702 * exact))).max() <= 2e-6
    assert quick_gelu(np.array([-1e4, 1e4], np.float32)).tolist() == [0.0, 1e4]


@pytest.mark.parametrize("family", [tiny.clip, tiny.siglip])
def test_a_query_imports_neither_torch_nor_transformers(family: object, tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "m") if family is tiny.clip else tiny.siglip(tmp_path / "m")
    done = subprocess.run(
        [sys.executable, "-c", LIGHT, str(folder)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_weights_are_views_of_the_file_and_half_precision_becomes_float32(tmp_path: Path) -> None:
    table = "text_model.embeddings.token_embedding.weight"
    exact = Weights((tiny.clip(tmp_path / "a") / "model.safetensors",), "text_")
    assert all(name.startswith("text_") for name in exact)
    assert not exact[table].flags.owndata
    half = Weights((tiny.clip(tmp_path / "b", half=True) / "model.safetensors",))
    rows = half.rows(table, np.array([[3, 4], [5, 3]]))
    assert rows.dtype == np.float32
    assert rows.shape == (2, 2, tiny.WIDTH)
    assert np.allclose(rows, exact[table][[[3, 4], [5, 3]]], atol=1e-2)


def test_one_core_for_many_threads_then_all_again() -> None:
    count = _openblas()
    if count is None:
        pytest.skip("numpy uses another BLAS here")
    count._set(2)
    with one_core():
        threads = [threading.Thread(target=hold, args=(pause,)) for pause in (0.0, 0.02, 0.04)]
        for thread in threads:
            thread.start()
        assert count._get() == 1
    for thread in threads:
        thread.join()
    assert count._get() == 2


def hold(pause: float) -> None:
    with one_core():
        time.sleep(pause)
