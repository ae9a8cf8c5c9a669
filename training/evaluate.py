"""How well the encoder finds pictures: `python -m training.evaluate [MODULES] [--encoder FOLDER]`.

Prints the table of docs/demo-encoder.md. Everything goes through Hugging Face's own CLIPModel and
processor, on pictures made here from the split files, and comes out the same every time.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import normalize
from transformers import AutoTokenizer, CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from training import artwork, draw, splits

ENCODER = Path("gphotos_search/demo/encoder")
MODULES = Path("training/node_modules")
_SIZE = (256, 256)
_RANKS = (1, 5, 10)


class Encoder:
    """A CLIP folder as anyone would load it."""

    def __init__(self, folder: Path) -> None:
        self.model = CLIPModel.from_pretrained(folder, dtype=torch.float32).train(False)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.processor = CLIPImageProcessorPil.from_pretrained(folder)

    @torch.inference_mode()
    def images(self, pictures: Iterable[Image.Image]) -> Tensor:
        """Unit rows."""
        pixels = torch.cat(
            [self.processor(images=each, return_tensors="pt").pixel_values for each in pictures]
        )
        rows = [
            self.model.get_image_features(pixel_values=part).pooler_output
            for part in torch.split(pixels, 128)
        ]
        return normalize(torch.cat(rows), dim=1)

    @torch.inference_mode()
    def texts(self, captions: Sequence[str]) -> Tensor:
        """Unit rows."""
        words = self.tokenizer(
            list(captions), padding=True, truncation=True, max_length=32, return_tensors="pt"
        )
        return normalize(self.model.get_text_features(**words).pooler_output, dim=1)


@dataclass(frozen=True, slots=True)
class Result:
    """Of `n` captions, the share whose picture is among the first k, and the middle rank."""

    name: str
    n: int
    recall: tuple[float, ...]
    median: int

    def row(self) -> str:
        """A line of the table; chance is what random order would give."""
        shares = " | ".join(
            f"{100 * share:.1f} ({100 * k / self.n:.1f})"
            for k, share in zip(_RANKS, self.recall, strict=True)
        )
        return f"| {self.name} | {self.n} | {shares} | {self.median} ({(self.n + 1) // 2}) |"


def retrieval(name: str, texts: Tensor, images: Tensor) -> Result:
    """Each text ranks all images; its own has the same row. A tie counts against it."""
    scores = texts @ images.T
    own = scores.diagonal()[:, None]
    ranks = (scores >= own).sum(1)
    return Result(
        name=name,
        n=len(ranks),
        recall=tuple((ranks <= k).float().mean().item() for k in _RANKS),
        median=int(ranks.median()),
    )


def singles(encoder: Encoder, modules: Path, vendor: str, paraphrased: bool) -> Result:
    """One thing on a plain ground, asked for by its name or by a caption never in training."""
    drawn = artwork.drawings(modules, vendor)
    known = [concept for concept in artwork.concepts(modules) if concept.code in drawn]
    pictures = (
        draw.scene([drawn[concept.code]], "", _SIZE, random.Random(f"single {concept.code}"))
        for concept in known
    )
    told = splits.paraphrases()
    captions = [told[c.code] if paraphrased else c.name for c in known]
    kind = "paraphrased" if paraphrased else "by name"
    texts, images = encoder.texts(captions), encoder.images(pictures)
    return retrieval(f"one thing, {vendor}, {kind}", texts, images)


def scenes(encoder: Encoder, modules: Path, vendors: Sequence[str], paraphrased: bool) -> Result:
    """Two or three things together that training never put together."""
    drawn = {vendor: artwork.drawings(modules, vendor) for vendor in vendors}
    wanted = splits.scenes()

    def picture(number: int, scene: splits.Scene) -> Image.Image:
        rng = random.Random(f"scene {number}")
        svgs = [
            drawn[rng.choice([vendor for vendor in vendors if code in drawn[vendor]])][code]
            for code in scene.things
        ]
        return draw.scene(svgs, scene.place, _SIZE, rng)

    images = encoder.images(picture(number, scene) for number, scene in enumerate(wanted))
    texts = encoder.texts([s.paraphrase if paraphrased else s.caption for s in wanted])
    source = vendors[0] if len(vendors) == 1 else "training vendors"
    kind = "paraphrased" if paraphrased else "new combinations"
    return retrieval(f"scene, {source}, {kind}", texts, images)


def table(encoder: Encoder, modules: Path) -> Iterable[Result]:
    """Every measure, in the order of the documentation."""
    split = splits.vendors()
    test, harder = split["test"][0], split["validation"][0]
    yield singles(encoder, modules, test, paraphrased=False)
    yield singles(encoder, modules, harder, paraphrased=False)
    yield scenes(encoder, modules, split["training"], paraphrased=False)
    yield scenes(encoder, modules, [test], paraphrased=False)
    yield singles(encoder, modules, test, paraphrased=True)
    yield scenes(encoder, modules, [test], paraphrased=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", type=Path, nargs="?", default=MODULES)
    parser.add_argument("--encoder", type=Path, default=ENCODER)
    options = parser.parse_args()
    print("| text → image | n | R@1 % (chance) | R@5 % | R@10 % | median rank |")
    print("|---|---|---|---|---|---|")
    for result in table(Encoder(options.encoder), options.modules):
        print(result.row(), flush=True)


if __name__ == "__main__":
    main()
