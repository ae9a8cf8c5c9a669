"""The Encoder that every family here returns: an image tower and a text tower, each on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image, Resampling, fromarray

from gphotos_search.config import ModelConfig
from gphotos_search.encoders import _device
from gphotos_search.encoders._blas import one_core
from gphotos_search.encoders._checkpoint import Checkpoint, Pin
from gphotos_search.encoders._pixels import VERSION, Preprocessing
from gphotos_search.encoders._unit import unit
from gphotos_search.encoders._ways import CAN, Way, allowed, cores, of_kind

if TYPE_CHECKING:
    from gphotos_search.encoders._exports import Exports
    from gphotos_search.encoders._images import ImageTower, LoadTower

Array = NDArray[np.float32]
TextTower = Callable[[Sequence[str]], Array]  # features (n, dim), of any length

TEXT_BATCH = 64
LEAST_PICTURE = 512  # pixels; smaller copies would not serve as thumbnails or another model


class TwoTowers:
    """See Encoder. Safe to call from several threads; `release` may race with a running call.

    `words` names another text tower of the same space; it is no part of the id, since the vectors
    of pictures are the same with it.
    """

    def __init__(
        self,
        family: str,
        model: ModelConfig,
        checkpoint: Checkpoint,
        *,
        dim: int,
        preprocessing: Preprocessing,
        load_images: LoadTower,
        load_texts: Callable[[], TextTower],
        words: Checkpoint | None = None,
    ) -> None:
        self.dim = dim
        self.preprocessing = preprocessing
        self._model, self._checkpoint = model, checkpoint
        self._load_images, self._load_texts, self._words = load_images, load_texts, words
        self._images: ImageTower | None = None
        self._batch = 0  # the best one, by a trial
        self._texts: TextTower | None = None
        self._lock = threading.RLock()
        self.family = f"{family}:{checkpoint.name}@{checkpoint.revision[:12]}:{VERSION}"
        self.exports = _exports(checkpoint)
        self._way = self._choose_way()

    @property
    def id(self) -> str:
        return f"{self.family}:{self._way.kind}"

    @property
    def pin(self) -> str:
        """Give it to the next `open_encoder` as `resolved`, and the id stays what it is."""
        return str(Pin(self._model.name, self._checkpoint.revision, self._way.kind))

    @property
    def batch_size(self) -> int:
        device = _device.device_name(self._model.device).partition(":")[0]
        return self._model.batch_size or self._batch or _device.BATCH[device]

    @property
    def short_side(self) -> int:
        """Decode to at least this many pixels on the shorter side; fewer would cost fidelity."""
        return 2 * self.preprocessing.short_side

    @property
    def picture_size(self) -> int:
        # 512 for the usual 224: a 4:3 photo then keeps 1.7 times the pixels that the model wants.
        return max(LEAST_PICTURE, -(-self.preprocessing.short_side * 16 // 7 // 64) * 64)

    def prepare(self, image: Image) -> Array:
        return self.preprocessing(image)

    def encode_images(self, pixels: Sequence[NDArray[Any]]) -> Array:
        if not pixels:
            return np.empty((0, self.dim), np.float32)
        with self._lock:
            tower = self._images = self._images or self._open_images()
        size = self.batch_size
        parts = [tower.encode(pixels[at : at + size]) for at in range(0, len(pixels), size)]
        return np.concatenate(parts)

    def encode_texts(self, texts: Sequence[str]) -> Array:
        if not texts:
            return np.empty((0, self.dim), np.float32)
        with self._lock:
            tower = self._texts = self._texts or self._open_texts()
        parts = (texts[at : at + TEXT_BATCH] for at in range(0, len(texts), TEXT_BATCH))
        with one_core():
            return np.concatenate([unit(tower(part)) for part in parts])

    def release(self) -> None:
        with self._lock:
            self._images = self._texts = None

    def release_pictures(self) -> None:
        """Drop the image tower alone."""
        with self._lock:
            self._images = None

    @property
    def way(self) -> Way:
        """How pictures are encoded now."""
        return self._way

    def use(self, way: Way, batch: int = 0) -> None:
        """From now on encode pictures so; another kind makes it another encoder."""
        with self._lock:
            self._images, self._way, self._batch = None, way, batch

    def ready(self, way: Way) -> bool:
        """Whether the config and this machine allow this way, and its file is there, or is made
        at first use since nothing else was wished for."""
        if self.exports is None:
            return way.runtime == "torch"
        only = self._model.runtime != "auto" or self._model.precision == "int8"
        made = not way.export or (only and way.kind != "openvino-int8")  # that one needs pictures
        return allowed(self._model, way) and (made or self.exports.find(way.export) is not None)

    def open_images(self, way: Way) -> ImageTower:
        """The image tower in one way, apart from the one in use. Raises ModelUnavailable."""
        if way.runtime == "torch":
            from gphotos_search.encoders._images import TorchTower

            device = _device.device_name(self._model.device)
            return TorchTower(self._load_images(self._checkpoint), device, way.precision)
        assert self.exports is not None  # who has no place for them stays with torch
        file = self.exports.make(way.export)
        if way.runtime == "onnx":
            from gphotos_search.encoders._onnx import OnnxTower

            return OnnxTower(file, cores(), alone=way.precision == "int8")
        from gphotos_search.encoders._openvino import OpenVinoTower

        return OpenVinoTower(file, way.precision, cores())

    def _open_texts(self) -> TextTower:
        if self._words is None:
            return self._load_texts()
        from gphotos_search.encoders._sentences import SentenceText

        return SentenceText(self._words, self.dim)

    def _open_images(self) -> ImageTower:
        if self.exports is None:
            precision = "fp32" if self._way.precision == "int8" else self._way.precision
            return self.open_images(Way("torch", precision))
        return self.open_images(self._way)

    def _choose_way(self) -> Way:
        """The pin's, where the config wishes nothing else and pictures can be encoded so here; then
        what the config wishes. What cannot be done any more becomes fp32, with which it agrees."""
        pinned = self._checkpoint.precision
        wish: str = self._model.precision
        for way in of_kind(pinned):
            if wish in ("auto", way.precision) and (self.exports is None or self.ready(way)):
                return way
        if wish == "auto":
            wish = "fp32" if pinned else self._default_precision()
        ways = [Way(runtime, wish) for runtime in CAN if wish in CAN[runtime]]
        return next(filter(self.ready, ways), ways[0])

    def _default_precision(self) -> str:
        """bf16 where it is fast and, measured, close."""
        if not _device.bf16_possible(self._model.device) or self._model.runtime == "onnx":
            return "fp32"
        from gphotos_search.encoders._images import PARITY, parity

        device = _device.device_name(self._model.device)
        features = self._load_images(self._checkpoint)
        pixels = [self.prepare(picture) for picture in _textures()]
        return "bf16" if parity(features, device, "bf16", pixels) >= PARITY else "fp32"


def _exports(checkpoint: Checkpoint) -> Exports | None:
    if checkpoint.runtimes is None:
        return None
    from gphotos_search.encoders._exports import Exports

    return Exports(checkpoint.runtimes, checkpoint)


def _textures() -> list[Image]:
    """Eight generated pictures from coarse to fine, enough to see a precision go wrong."""
    noise = np.random.default_rng(7)
    sizes = (2, 3, 5, 9, 17, 33, 65, 129)
    grains = (noise.integers(0, 256, (size, size, 3), np.uint8) for size in sizes)
    return [fromarray(grain).resize((256, 256), Resampling.BICUBIC) for grain in grains]
