"""The encoder that ships inside: a Hugging Face folder like any other, trained without the test."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch.nn.functional import normalize
from transformers import AutoTokenizer, CLIPModel

import gphotos_search
from training import captions, splits
from training.artwork import TRAINING_VENDORS, UNSEEN_VENDORS, Concept
from training.backgrounds import PLACES
from training.captions import Grammar
from training.compose import Composer, Mix
from training.pool import Pool

FOLDER = Path(gphotos_search.__file__).parent / "demo" / "encoder"
TEXTS = (
    "snowball fight",
    "donut birthday cake",
    "a dog on the beach",
    "a cat on the beach",
    "wedding",
    "pizza",
    "a very long question about " + "many things and " * 30,
    "Ünïcode 写真 🍕",
    "x",
)


@pytest.fixture(scope="module")
def model() -> CLIPModel:
    """As anyone would load it."""
    loaded: CLIPModel = CLIPModel.from_pretrained(FOLDER, dtype=torch.float32)
    loaded.train(False)
    return loaded


def test_folder_is_small_and_whole() -> None:
    names = {path.name for path in FOLDER.iterdir()}
    assert {"config.json", "model.safetensors", "preprocessor_config.json"} <= names
    assert {"tokenizer.json", "tokenizer_config.json"} <= names
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= 12_000_000


def test_both_tokenizers_say_the_same() -> None:
    through_transformers = AutoTokenizer.from_pretrained(FOLDER)
    alone = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    config = json.loads((FOLDER / "config.json").read_text())["text_config"]
    for text in TEXTS:
        ids = alone.encode(text).ids
        assert through_transformers(text).input_ids == ids
        assert ids[0] == config["bos_token_id"]
        assert ids[-1] == config["eos_token_id"]
        assert ids.count(config["eos_token_id"]) == 1
        assert max(ids) < config["vocab_size"]
    assert through_transformers.model_max_length == config["max_position_embeddings"]


def test_different_texts_give_different_vectors(model: CLIPModel) -> None:
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    words = tokenizer(
        list(TEXTS), padding=True, truncation=True, max_length=32, return_tensors="pt"
    )
    with torch.inference_mode():
        rows = normalize(model.get_text_features(**words).pooler_output, dim=1)
    for one, other in itertools.combinations(range(len(TEXTS)), 2):
        assert rows[one] @ rows[other] < 0.999, (TEXTS[one], TEXTS[other])


def test_padding_changes_nothing(model: CLIPModel) -> None:
    tokenizer = AutoTokenizer.from_pretrained(FOLDER)
    with torch.inference_mode():
        alone = model.get_text_features(**tokenizer("a dog", return_tensors="pt")).pooler_output
        padded = model.get_text_features(
            **tokenizer("a dog", padding="max_length", max_length=32, return_tensors="pt")
        ).pooler_output
    assert torch.allclose(alone, padded, atol=1e-4)


def test_pictures_take_the_clip_processor(model: CLIPModel) -> None:
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    processor = CLIPImageProcessorPil.from_pretrained(FOLDER)
    side = json.loads((FOLDER / "config.json").read_text())["vision_config"]["image_size"]
    pixels = processor(images=Image.new("RGB", (300, 200), "red"), return_tensors="pt").pixel_values
    assert pixels.shape == (1, 3, side, side)
    with torch.inference_mode():
        row = model.get_image_features(pixel_values=pixels).pooler_output
    assert row.shape == (1, model.config.projection_dim)
    assert torch.isfinite(row).all()


def test_vendors_of_training_and_evaluation_are_disjoint() -> None:
    split = splits.vendors()
    assert tuple(split["training"]) == TRAINING_VENDORS
    used = [vendor for vendors in split.values() for vendor in vendors]
    assert len(used) == len(set(used))
    assert set(split["test"] + split["validation"]) == set(UNSEEN_VENDORS)


def test_paraphrases_are_in_no_training_frame() -> None:
    trained = set(captions.FRAMES) | set(captions.PAIRS) | set(captions.TRIPLES)
    assert not trained & (set(splits.PARAPHRASES) | set(splits.PAIR_PARAPHRASES))
    said = {phrase for phrases in captions.PLACE_PHRASES.values() for phrase in phrases}
    assert not said & set(splits.PLACE_PARAPHRASES.values())


def test_training_writes_no_caption_of_the_evaluation() -> None:
    things = [Concept("1", "dog", ("pet",), "nature"), Concept("2", "cake", ("sweet",), "food")]
    open_grammar, rng = Grammar(things), random.Random(1)
    said = {open_grammar.caption((0, 1), 0, -1, rng).text for _ in range(500)}
    barred = frozenset(sorted(said)[::2])
    strict = Grammar(things, barred)
    again = {strict.caption((0, 1), 0, -1, rng).text for _ in range(2000)}
    assert again
    assert not again & barred
    assert len(splits.barred_captions()) > 3000


def test_training_composes_no_scene_of_the_evaluation() -> None:
    known = [Concept(str(i), f"thing {i}", (), "objects") for i in range(4)]
    drawings = torch.full((4, 4, 96, 96), 255, dtype=torch.uint8)
    pool = Pool(drawings, drawings[..., ::2, ::2], ["a"] * 4, known, [[i] for i in range(4)])
    composer = Composer(pool, 16, seed=1, barred=frozenset({(0, 1), (1, 2, 3)}))
    seen = set()
    for step in range(20):
        batch = composer.batch(step, 64, Mix(scenes=1.0))
        seen |= {tuple(sorted(t for t in row if t >= 0)) for row in batch.things.tolist()}
    assert (0, 2) in seen
    assert not seen & {(0, 1), (1, 2, 3)}


def test_evaluation_asks_enough() -> None:
    scenes = splits.scenes()
    assert len(splits.paraphrases()) >= 1000
    assert len(scenes) == 1000
    assert len({tuple(sorted(scene.things)) for scene in scenes}) == 1000
    assert {scene.place for scene in scenes} == {"", *PLACES}
