"""Pictures per second from JPEG bytes to vectors, against the loop that tutorials write.

Both run the same CLIP B/32 geometry with random weights over the same generated JPEGs, in one
process, one after the other. The naive loop: one picture, the Hugging Face processor, CLIPModel,
gradients on, float32. Ours: `open_picture`, `prepare`, `encode_images` in batches; once in turn,
once with `--threads` decoding beside the model as indexing does.

    python -m benchmarks.embed --pictures 32 --size 683x512 --precision fp32

Speed is real, vectors are not: the weights are random. Read the ratios.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.geometry import save_clip_b32
from benchmarks.machine import describe
from gphotos_search.config import ModelConfig
from gphotos_search.embed.images import open_picture
from gphotos_search.encoders import open_encoder
from gphotos_search.encoders.base import Encoder


def jpegs(count: int, width: int, height: int) -> list[bytes]:
    """Noise of several scales, which compresses about as photographs do."""
    made = []
    for seed in range(count):
        draw = np.random.default_rng(seed)
        total = np.zeros((height, width, 3), np.float32)
        for cells in (3, 10, 40, 160):
            grain = Image.fromarray(draw.integers(0, 256, (cells, cells, 3), np.uint8))
            total += np.asarray(grain.resize((width, height), Image.Resampling.BICUBIC))
        out = BytesIO()
        Image.fromarray((total / 4).astype(np.uint8)).save(out, "JPEG", quality=90)
        made.append(out.getvalue())
    return made


def naive(folder: Path, pictures: list[bytes]) -> Callable[[], None]:
    from transformers import CLIPImageProcessorPil, CLIPModel

    model: Any = CLIPModel.from_pretrained(folder)
    processor: Any = CLIPImageProcessorPil()

    def run() -> None:
        for data in pictures:
            inputs = processor(images=Image.open(BytesIO(data)), return_tensors="pt")
            model.get_image_features(**inputs)

    return run


def in_turn(encoder: Encoder, pictures: list[bytes]) -> Callable[[], None]:
    def run() -> None:
        for at in range(0, len(pictures), encoder.batch_size):
            batch = pictures[at : at + encoder.batch_size]
            encoder.encode_images([decoded(encoder, data) for data in batch])

    return run


def overlapped(encoder: Encoder, pictures: list[bytes], threads: int) -> Callable[[], None]:
    def run() -> None:
        with ThreadPoolExecutor(threads) as pool:
            pixels = [pool.submit(decoded, encoder, data) for data in pictures]
            for at in range(0, len(pixels), encoder.batch_size):
                batch = pixels[at : at + encoder.batch_size]
                encoder.encode_images([future.result() for future in batch])

    return run


def decoded(encoder: Encoder, data: bytes) -> Any:
    return encoder.prepare(open_picture(data, short_side=encoder.short_side))


def rate(run: Callable[[], None], pictures: int, repeat: int) -> float:
    """The best of some runs: a busy machine only ever makes a run slower."""
    run()
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return pictures / min(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--pictures", type=int, default=16)
    parser.add_argument("--size", default="683x512", help="of the JPEGs; 4032x3024 for originals")
    parser.add_argument("--precision", default="fp32", choices=("fp32", "bf16"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=2)
    asked = parser.parse_args()
    width, height = (int(side) for side in asked.size.split("x"))
    pictures = jpegs(asked.pictures, width, height)
    with tempfile.TemporaryDirectory() as folder:
        path = save_clip_b32(Path(folder))
        model = ModelConfig(name=str(path), device="cpu", precision=asked.precision)
        encoder = open_encoder(model)
        runs = {
            "naive: one at a time, processor, CLIPModel, gradients on, fp32": naive(path, pictures),
            f"ours, decode then embed, {asked.precision}": in_turn(encoder, pictures),
            f"ours, {asked.threads} threads decoding beside it, {asked.precision}": overlapped(
                encoder, pictures, asked.threads
            ),
        }
        rates = {name: rate(run, asked.pictures, asked.repeat) for name, run in runs.items()}
    slowest = next(iter(rates.values()))
    size = sum(map(len, pictures)) / len(pictures) / 1000
    print(describe())
    print(f"CLIP B/32, random weights, {asked.pictures} JPEGs of {asked.size}, {size:.0f} kB each")
    print("\n| way | pictures/s | × naive |\n|---|---|---|")
    for name, speed in rates.items():
        print(f"| {name} | {speed:.1f} | {speed / slowest:.1f} |")


if __name__ == "__main__":
    main()
