"""What every encoder must do. Inherit, and supply an `encoder` fixture."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from gphotos_search.encoders.base import Encoder

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Vectors

TEXTS = (
    "a snowball fight",
    "cat",
    "BIRTHDAY cake on the beach",
    "",
    "日本 naïve 😀",
    "red car " * 90,
)


def pictures() -> list[Image.Image]:
    """Textures of several shapes, the smallest and the longest among them."""
    draw = np.random.default_rng(11)
    shapes = ((90, 60), (60, 90), (64, 64), (33, 200), (1, 1), (1, 400), (400, 1))
    grains = (draw.integers(0, 256, (height, width, 3), np.uint8) for height, width in shapes)
    return [Image.fromarray(grain) for grain in grains]


def agree(left: Vectors, right: Vectors) -> bool:
    """Batches of different size differ in the last bits, so equality is a matter of cosine."""
    return bool(((left * right).sum(axis=1) >= 0.9999).all())


class EncoderContract:
    def test_rows_are_unit_float32_in_order(self, encoder: Encoder) -> None:
        pixels = [encoder.prepare(image) for image in pictures()]
        together = encoder.encode_images(pixels)
        assert together.dtype == np.float32
        assert together.shape == (len(pixels), encoder.dim)
        assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
        assert agree(together, np.concatenate([encoder.encode_images([one]) for one in pixels]))
        assert agree(together[::-1], encoder.encode_images(pixels[::-1]))

    def test_words_are_unit_float32_in_order(self, encoder: Encoder) -> None:
        together = encoder.encode_texts(TEXTS)
        assert together.dtype == np.float32
        assert together.shape == (len(TEXTS), encoder.dim)
        assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
        assert agree(together, np.concatenate([encoder.encode_texts([one]) for one in TEXTS]))

    def test_different_inputs_give_different_vectors(self, encoder: Encoder) -> None:
        words = encoder.encode_texts(TEXTS)
        seen = encoder.encode_images([encoder.prepare(image) for image in pictures()[:4]])
        for rows in (words, seen):
            cosines = rows @ rows.T - 2 * np.eye(len(rows))
            assert cosines.max() < 0.9999

    def test_nothing_in_nothing_out(self, encoder: Encoder) -> None:
        assert encoder.encode_images([]).shape == (0, encoder.dim)
        assert encoder.encode_texts([]).shape == (0, encoder.dim)

    def test_more_than_a_batch(self, encoder: Encoder) -> None:
        pixels = [encoder.prepare(image) for image in pictures()]
        many = (pixels * (encoder.batch_size // len(pixels) + 1))[: encoder.batch_size + 3]
        assert agree(encoder.encode_images(many)[-3:], encoder.encode_images(many[-3:]))
        assert encoder.encode_texts(["cat"] * 150).shape == (150, encoder.dim)

    def test_prepared_pixels_have_one_shape_and_ignore_the_mode(self, encoder: Encoder) -> None:
        prepared = [encoder.prepare(image) for image in pictures()]
        assert {one.shape for one in prepared} == {prepared[0].shape}
        assert prepared[0].shape[0] == 3
        assert {one.dtype for one in prepared} == {np.dtype(np.float32)}
        grey = Image.new("L", (50, 40), 99)
        assert np.array_equal(encoder.prepare(grey), encoder.prepare(grey.convert("RGB")))

    def test_release_costs_only_time(self, encoder: Encoder) -> None:
        before = encoder.encode_texts(TEXTS)
        encoder.release()
        encoder.release()
        assert agree(before, encoder.encode_texts(TEXTS))

    def test_pictures_can_leave_alone(self, encoder: Encoder) -> None:
        pixels = [encoder.prepare(image) for image in pictures()]
        words, seen = encoder.encode_texts(TEXTS), encoder.encode_images(pixels)
        encoder.release_pictures()
        encoder.release_pictures()
        assert agree(encoder.encode_texts(TEXTS), words)
        assert agree(encoder.encode_images(pixels), seen)

    def test_threads_share_it(self, encoder: Encoder) -> None:
        pixels = [encoder.prepare(image) for image in pictures()]
        words, seen = encoder.encode_texts(TEXTS), encoder.encode_images(pixels)
        encoder.release()
        wrong: list[BaseException] = []

        def work() -> None:
            try:
                assert np.array_equal(encoder.prepare(pictures()[0]), pixels[0])
                assert agree(encoder.encode_texts(TEXTS), words)
                assert agree(encoder.encode_images(pixels), seen)
            except BaseException as problem:
                wrong.append(problem)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []

    def test_says_what_pictures_it_wants(self, encoder: Encoder) -> None:
        assert encoder.picture_size >= 512
        assert encoder.short_side >= 2 * min(encoder.prepare(pictures()[0]).shape[1:])

    @pytest.fixture
    def encoder(self) -> Encoder:
        raise NotImplementedError("each suite supplies its encoder")
