"""CLIP and SigLIP checkpoints of every make agree with transformers, picture and word."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from gphotos_search.config import ModelConfig
from gphotos_search.encoders import open_encoder
from gphotos_search.encoders._checkpoint import DEMO
from gphotos_search.encoders._tokens import END
from gphotos_search.encoders.base import Encoder
from gphotos_search.errors import ConfigError, ModelUnavailable, UsageError
from tests import tiny
from tests.contracts.encoder import TEXTS, EncoderContract, agree, pictures

if TYPE_CHECKING:
    from gphotos_search.encoders.base import Vectors

MAKES: dict[str, Callable[[Path], Path]] = {
    "clip": tiny.clip,
    "clip, old end mark": lambda folder: tiny.clip(folder, legacy_end=True),
    "clip, gelu": lambda folder: tiny.clip(folder, activation="gelu"),
    "clip, gelu by tanh": lambda folder: tiny.clip(folder, activation="gelu_pytorch_tanh"),
    "clip, fp16": lambda folder: tiny.clip(folder, half=True),
    "clip, bf16": lambda folder: bfloat16(tiny.clip(folder)),
    "clip, vocab and merges": lambda folder: older_tokenizer(tiny.clip(folder)),
    "clip, one more wide picture": lambda folder: tiny.clip(folder, image_size=40),
    "siglip": tiny.siglip,
    "siglip, fp16": lambda folder: tiny.siglip(folder, half=True),
}


def bfloat16(folder: Path) -> Path:
    file = folder / "model.safetensors"
    small = {name: tensor.bfloat16() for name, tensor in load_file(file).items()}
    save_file(small, file, metadata={"format": "pt"})
    return folder


def older_tokenizer(folder: Path) -> Path:
    (folder / "tokenizer.json").unlink()
    tiny.write_tokenizer(folder, older=True)
    return folder


def opened(folder: Path, **settings: Any) -> Encoder:
    return open_encoder(ModelConfig(name=str(folder), **settings))


class Reference:
    """The checkpoint as the documentation of transformers would use it."""

    def __init__(self, folder: Path) -> None:
        self.family = json.loads((folder / "config.json").read_text())["model_type"]
        kinds: Any = {
            "clip": (transformers.CLIPModel, transformers.CLIPImageProcessorPil, 16),
            "siglip": (transformers.SiglipModel, transformers.SiglipImageProcessorPil, 12),
        }
        model, processor, self.longest = kinds[self.family]
        self.model: Any = model.from_pretrained(folder, dtype=torch.float32).eval()
        self.processor: Any = processor.from_pretrained(folder)
        self.tokenizer: Any = transformers.CLIPTokenizer.from_pretrained(folder)

    def images(self, images: list[Any]) -> Vectors:
        pixels = self.processor(images=images, return_tensors="pt")["pixel_values"]
        with torch.inference_mode():
            return unit(self.model.get_image_features(pixel_values=pixels).pooler_output)

    def texts(self, texts: tuple[str, ...]) -> Vectors:
        lower = [text.lower() for text in texts]
        tokens = self.tokenizer(
            lower, padding="max_length", truncation=True, max_length=self.longest
        )
        ids = {"input_ids": torch.tensor(tokens["input_ids"])}
        if self.family == "clip":
            ids["attention_mask"] = torch.tensor(tokens["attention_mask"])
        with torch.inference_mode():
            return unit(self.model.get_text_features(**ids).pooler_output)


def unit(features: torch.Tensor) -> Vectors:
    rows: Vectors = torch.nn.functional.normalize(features, dim=-1).numpy()
    return rows


@pytest.mark.parametrize("make", MAKES)
def test_agrees_with_transformers(make: str, tmp_path: Path) -> None:
    folder = MAKES[make](tmp_path / "model")
    encoder, reference = opened(folder), Reference(folder)
    pixels = [encoder.prepare(image) for image in pictures()[:5]]
    assert agree(encoder.encode_images(pixels), reference.images(pictures()[:5]))
    cosines = (encoder.encode_texts(TEXTS) * reference.texts(TEXTS)).sum(axis=1)
    assert cosines.min() >= 0.999999


class TestClip(EncoderContract):
    @pytest.fixture
    def encoder(self, tmp_path: Path) -> Encoder:
        return opened(tiny.clip(tmp_path / "model"), batch_size=4)


class TestClipFromBin(EncoderContract):
    @pytest.fixture
    def encoder(self, tmp_path: Path) -> Encoder:
        folder = tiny.clip(tmp_path / "model")
        torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
        return opened(folder)


class TestSiglip(EncoderContract):
    @pytest.fixture
    def encoder(self, tmp_path: Path) -> Encoder:
        return opened(tiny.siglip(tmp_path / "model"))


class TestBfloat16(EncoderContract):
    @pytest.fixture
    def encoder(self, tmp_path: Path) -> Encoder:
        return opened(tiny.clip(tmp_path / "model"), precision="bf16")


def test_towers_load_apart(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    tensors = load_file(folder / "model.safetensors")
    words = {name: tensor for name, tensor in tensors.items() if name.startswith("text")}
    seen = {name: tensor for name, tensor in tensors.items() if name.startswith("vis")}
    both = opened(folder)
    pixels = [both.prepare(pictures()[0])]
    vectors = both.encode_texts(TEXTS), both.encode_images(pixels)
    save_file(words, folder / "model.safetensors", metadata={"format": "pt"})
    assert agree(opened(folder).encode_texts(TEXTS), vectors[0])
    with pytest.raises(ModelUnavailable, match="lacks"):  # never filled with random numbers
        opened(folder).encode_images(pixels)
    save_file(seen, folder / "model.safetensors", metadata={"format": "pt"})
    assert agree(opened(folder).encode_images(pixels), vectors[1])
    with pytest.raises(ModelUnavailable, match="lack"):
        opened(folder).encode_texts(TEXTS)


def test_siglip_writes_small_and_the_first_one_without_punctuation(tmp_path: Path) -> None:
    folder = tiny.siglip(tmp_path / "model")
    second = opened(folder).encode_texts(["red car", "Red CAR", "red, car!"])
    assert agree(second[:1], second[1:2])
    assert not agree(second[:1], second[2:])
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    settings["tokenizer_class"] = "SiglipTokenizer"
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    first = opened(folder).encode_texts(["red car", "red,  car!"])
    assert agree(first[:1], first[1:])


def test_a_projection_named_only_at_the_top_of_the_settings(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    assert "projection_dim" not in json.loads((folder / "config.json").read_text())["vision_config"]
    assert opened(folder).dim == tiny.DIM


def test_text_settings_amended_in_an_older_place(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    before = opened(folder).encode_texts(TEXTS)
    text = json.loads((folder / "config.json").read_text())["text_config"]
    amend(folder, text_config_dict={**text, "num_attention_heads": 2})
    after = opened(folder).encode_texts(TEXTS)
    assert not agree(before, after)
    assert agree(after, Reference(folder).texts(TEXTS))


def amend(folder: Path, **settings: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **settings}))


def test_an_end_mark_that_never_comes_is_refused(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    text = json.loads((folder / "config.json").read_text())["text_config"]
    amend(folder, text_config={**text, "eos_token_id": 49407})
    with pytest.raises(ModelUnavailable, match="end with token 49407"):
        opened(folder).encode_texts(["cat"])


def test_an_unknown_family_is_refused_by_name(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    amend(folder, model_type="siglip2")
    with pytest.raises(UsageError, match=r'"siglip2".*clip, siglip'):
        opened(folder)


def test_an_absent_device_is_said_not_replaced(tmp_path: Path) -> None:
    encoder = opened(tiny.clip(tmp_path / "model"), device="mps")
    if torch.backends.mps.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(ConfigError, match=r'model\.device.*"mps"'):
        encoder.encode_images([encoder.prepare(pictures()[0])])


def test_a_text_tower_of_another_make_agrees_with_transformers(tmp_path: Path) -> None:
    folder, words = tiny.clip(tmp_path / "model"), tiny.sentences(tmp_path / "words")
    encoder = opened(folder, text_name=str(words))
    assert encoder.id == opened(folder).id
    kind: Any = transformers.DistilBertModel
    model = kind.from_pretrained(words, dtype=torch.float32).eval()
    dense = load_file(words / "2_Dense" / "model.safetensors")["linear.weight"]
    tokenizer: Any = transformers.CLIPTokenizer.from_pretrained(words)
    expected = []
    for text in TEXTS:
        ids = tokenizer([text], truncation=True, max_length=40, return_tensors="pt")["input_ids"]
        with torch.inference_mode():
            mean = model(input_ids=ids).last_hidden_state.mean(dim=1)
        expected.append(unit(mean @ dense.T))
    cosines = (encoder.encode_texts(TEXTS) * np.concatenate(expected)).sum(axis=1)
    assert cosines.min() >= 0.999999


def test_a_text_tower_of_another_space_is_refused(tmp_path: Path) -> None:
    folder, words = tiny.clip(tmp_path / "model"), tiny.sentences(tmp_path / "words", dim=7)
    with pytest.raises(UsageError, match="vectors of 7 numbers, the pictures' have 24"):
        opened(folder, text_name=str(words)).encode_texts(["cat"])
    with pytest.raises(ModelUnavailable, match=r"2_Dense/model\.safetensors"):
        opened(folder, text_name=str(folder))


def test_the_demo_encoder_is_like_any_other(tmp_path: Path) -> None:
    encoder, reference = open_encoder(ModelConfig(name="demo")), Reference(DEMO)
    reference.longest = 32
    words = encoder.encode_texts(TEXTS)
    assert agree(words, reference.texts(TEXTS))
    assert (words @ words.T - 2 * np.eye(len(words))).max() < 0.99  # no two texts end alike
    pixels = [encoder.prepare(image) for image in pictures()[:4]]
    assert agree(encoder.encode_images(pixels), reference.images(pictures()[:4]))
    copied = Path(shutil.copytree(DEMO, tmp_path / "copied"))
    assert encoder.id.startswith("clip:demo@")
    assert opened(copied).id == encoder.id.replace("demo", "copied")


@pytest.mark.long
def test_the_real_shape_agrees_too(tmp_path: Path) -> None:
    """CLIP B/32 as published: 12 layers of 512 and 768, random weights."""
    torch.manual_seed(3)
    config = transformers.CLIPConfig()
    vocabulary = tiny.write_tokenizer(tiny.clip(tmp_path / "model"))
    model: Any = transformers.CLIPModel(config)
    model.config.text_config.eos_token_id = vocabulary[END]
    model.save_pretrained(tmp_path / "model")
    settings = json.loads((tmp_path / "model" / "preprocessor_config.json").read_text())
    settings |= {"size": 224, "crop_size": 224}  # as the older files write it
    (tmp_path / "model" / "preprocessor_config.json").write_text(json.dumps(settings))
    encoder, reference = opened(tmp_path / "model"), Reference(tmp_path / "model")
    reference.longest = 77
    assert encoder.dim == 512
    pixels = [encoder.prepare(image) for image in pictures()[:4]]
    assert agree(encoder.encode_images(pixels), reference.images(pictures()[:4]))
    assert agree(encoder.encode_texts(TEXTS), reference.texts(TEXTS))
