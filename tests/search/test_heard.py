"""Vectors of words that were asked for lately."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.search.heard import Heard

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Vectors


class Counting:
    """An encoder that says what it was asked for."""

    id = "e"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = [[len(text), sum(map(ord, text)), 1] for text in texts]
        return np.array(rows, np.float32).reshape(len(texts), 3)


@given(st.lists(st.lists(st.text(max_size=2), max_size=5), max_size=8))
def test_it_answers_as_the_encoder_does(batches: list[list[str]]) -> None:
    heard, plain = Heard(Counting(), kept=3), Counting()
    for texts in batches:
        np.testing.assert_array_equal(heard.encode_texts(texts), plain.encode_texts(texts))


def test_words_asked_for_again_are_not_encoded_again() -> None:
    encoder = Counting()
    heard = Heard(encoder)
    heard.encode_texts(["snow", "dog"])
    heard.encode_texts(["dog", "cat", "dog"])
    assert encoder.asked == ["snow", "dog", "cat"]


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    encoder = Counting()
    heard = Heard(encoder, kept=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        heard.encode_texts([text])
    assert encoder.asked == ["a", "b", "c", "b"]
