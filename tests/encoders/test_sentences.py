"""The multilingual text tower agrees with the library that publishes it, in a tiny model."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from gphotos_search.config import ModelConfig
from gphotos_search.encoders import open_encoder
from tests import tiny

TEXTS = ["ein Hund im Schnee", "la tour Eiffel, de nuit!", "cat", "a very long one " * 20]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = [*string.ascii_letters, *string.digits, *"äöüéñ.,!?'-"]


def as_published(folder: Path) -> Path:
    """As clip-ViT-B-32-multilingual-v1: word pieces, the mean of the words, a projection."""
    tiny.sentences(folder)
    vocabulary = {
        piece: number
        for number, piece in enumerate([*SPECIAL, *LETTERS, *(f"##{letter}" for letter in LETTERS)])
    }
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").write_text("\n".join(vocabulary))
    kinds = ("Transformer", "Pooling", "Dense")
    paths = ("", "1_Pooling", "2_Dense")
    modules = [
        {"idx": n, "name": str(n), "path": paths[n], "type": f"sentence_transformers.models.{kind}"}
        for n, kind in enumerate(kinds)
    ]
    (folder / "1_Pooling").mkdir()
    dense = {
        "in_features": tiny.WIDTH,
        "out_features": tiny.DIM,
        "bias": False,
        "activation_function": "torch.nn.modules.linear.Identity",
    }
    files = {
        "modules.json": modules,
        "1_Pooling/config.json": {
            "word_embedding_dimension": tiny.WIDTH,
            "pooling_mode_mean_tokens": True,
        },
        "2_Dense/config.json": dense,
        "sentence_bert_config.json": {"max_seq_length": 40, "do_lower_case": False},
        "tokenizer_config.json": {
            "tokenizer_class": "DistilBertTokenizer",
            "do_lower_case": False,
        },
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))
    return folder


def test_it_agrees_with_sentence_transformers(tmp_path: Path) -> None:
    import sentence_transformers

    words = as_published(tmp_path / "words")
    library: Any = sentence_transformers.SentenceTransformer(str(words), device="cpu")
    expected = library.encode(TEXTS, normalize_embeddings=True)

    config = ModelConfig(
        name=str(tiny.clip(tmp_path / "model")), text_name=str(words), precision="fp32"
    )
    ours = open_encoder(config).encode_texts(TEXTS)

    assert (ours * np.asarray(expected)).sum(axis=1).min() >= 0.9999
    assert (ours @ ours.T - 2 * np.eye(len(ours))).max() < 0.9999  # no two texts are the same
