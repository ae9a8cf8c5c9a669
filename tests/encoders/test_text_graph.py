"""The text tower in ONNX Runtime, held against the same layers in numpy and against itself."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gphotos_search.config import ModelConfig
from gphotos_search.encoders import open_encoder
from gphotos_search.encoders._numpy_text import (
    ACTIVATIONS,
    QUICKENS,
    Layer,
    Layers,
    Linear,
    Norm,
    Shape,
)
from gphotos_search.encoders._text_graph import SMALL, TextGraph
from tests import tiny

TEXTS = ["a snowball fight", "busted lip", "the donut birthday cake of somebody's aunt"]


def layers(shape: Shape, width: int, seed: int) -> Layers:
    """Two of them, with numbers as large as those of a trained tower."""
    draw = np.random.default_rng(seed)

    def linear(wide: int, narrow: int, bias: bool = True) -> Linear:
        weight = draw.standard_normal((wide, narrow), np.float32) / np.float32(narrow**0.5)
        return Linear(weight, draw.standard_normal(wide, np.float32) if bias else None)

    def norm() -> Norm:
        weight, bias = draw.standard_normal((2, width), np.float32)
        return Norm(weight, bias)

    def layer() -> Layer:
        return Layer(
            before_attention=norm(),
            query=linear(width, width),
            key=linear(width, width, bias=False),
            value=linear(width, width),
            out=linear(width, width),
            before_mlp=norm(),
            widen=linear(4 * width, width),
            narrow=linear(width, 4 * width),
            shape=shape,
        )

    return Layers((layer(), layer()), norm(), shape)


@settings(deadline=None, max_examples=20)
@given(
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    heads=st.integers(1, 4),
    size=st.sampled_from([4, 40]),
    texts=st.integers(1, 3),
    length=st.integers(1, 9),
    causal=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_the_graph_computes_what_the_layers_do(
    activation: str, heads: int, size: int, texts: int, length: int, causal: bool, seed: int
) -> None:
    width = heads * size
    plain = layers(Shape(heads, activation, 1e-5, causal), width, seed)
    embedded = np.random.default_rng(seed).standard_normal((texts, length, width), np.float32)
    mask = np.full((length, length), -np.inf, np.float32)
    mask = np.triu(mask, 1) if causal else np.zeros_like(mask)
    found, exact = TextGraph(plain)(embedded, mask), plain(embedded, mask)
    assert found.shape == exact.shape
    assert np.allclose(found, exact, atol=2e-4)


def test_weights_are_given_to_the_session_and_not_copied_into_the_graph() -> None:
    width = 160
    assert width * width * 4 > SMALL
    plain = layers(Shape(4, "gelu", 1e-5, causal=False), width, 1)
    held = TextGraph(plain)._held
    assert len(held) == 2 * 6
    assert any(np.shares_memory(each, plain.layers[0].query.weight) for each in held.values())


@pytest.mark.parametrize("model", [tiny.clip, tiny.siglip])
def test_a_tower_that_is_asked_again_is_taken_over_and_answers_the_same(
    model: Callable[[Path], Path], tmp_path: Path
) -> None:
    encoder = open_encoder(ModelConfig(name=str(model(tmp_path / "m"))))
    before = encoder.encode_texts(TEXTS)
    assert not quickening()
    encoder.encode_texts(TEXTS[:1])
    for thread in quickening():
        thread.join()
    assert isinstance(encoder._texts._tower._compute, TextGraph)  # type: ignore[attr-defined]
    assert np.abs(encoder.encode_texts(TEXTS) - before).max() < 1e-5
    assert np.abs(encoder.encode_texts(TEXTS[1:2]) - before[1:2]).max() < 1e-5


def test_a_graph_that_computes_something_else_is_not_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = open_encoder(ModelConfig(name=str(tiny.clip(tmp_path / "m"))))
    before = encoder.encode_texts(TEXTS)
    right = TextGraph.__call__
    monkeypatch.setattr(TextGraph, "__call__", lambda *given: right(*given)[..., ::-1])
    encoder.encode_texts(TEXTS)
    for thread in quickening():
        thread.join()
    assert "otherwise" in caplog.text
    assert np.array_equal(encoder.encode_texts(TEXTS), before)


def test_a_process_that_ends_waits_until_it_is_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A daemon that is left behind in ONNX Runtime aborts the process; threads inherit that."""
    encoder = open_encoder(ModelConfig(name=str(tiny.clip(tmp_path / "m"))))
    go_on = threading.Event()
    monkeypatch.setattr(TextGraph, "__init__", lambda *_: go_on.wait(60) and None)
    encoder.encode_texts(TEXTS)
    asking = threading.Thread(target=encoder.encode_texts, args=(TEXTS,), daemon=True)
    asking.start()
    asking.join()
    (thread,) = quickening()
    assert not thread.daemon
    go_on.set()
    thread.join()


def quickening() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == QUICKENS]
