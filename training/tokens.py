"""The encoder's own small byte-pair vocabulary, in CLIP's pipeline and file format."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import CLIPTokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
LENGTH = 32  # tokens of a caption, start and end among them
# CLIP's own split: words, single digits, runs of other signs, and the English endings.
_SPLIT = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)


def train(captions: Iterable[str], size: int) -> Tokenizer:
    """A tokenizer of `size` tokens, and of the single bytes that they leave out."""
    tokenizer = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(
        captions,
        trainers.BpeTrainer(
            vocab_size=size - 2,
            min_frequency=2,
            initial_alphabet=alphabet,
            end_of_word_suffix="</w>",
            show_progress=False,
        ),
    )
    tokenizer.add_special_tokens([AddedToken(word, special=True) for word in (START, END)])
    tokenizer = completed(tokenizer)
    ids: dict[str, int] = tokenizer.get_vocab()
    tokenizer.post_processor = processors.RobertaProcessing(
        (END, ids[END]), (START, ids[START]), trim_offsets=False, add_prefix_space=False
    )
    return tokenizer


def completed(tokenizer: Tokenizer) -> Tokenizer:
    """The same ids, and one more for each byte that no training text had at the end of a word.

    Without them such a byte is the unknown token, and CLIP's is the end of the text: the model
    would read no further.
    """
    content = json.loads(tokenizer.to_str())
    vocabulary: dict[str, int] = content["model"]["vocab"]
    vocabulary |= {added["content"]: added["id"] for added in content["added_tokens"]}
    for byte in sorted(pre_tokenizers.ByteLevel.alphabet()):
        vocabulary.setdefault(f"{byte}</w>", len(vocabulary))
    return Tokenizer.from_str(json.dumps(content))


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """tokenizer.json and tokenizer_config.json as transformers writes them."""
    fast = CLIPTokenizer(
        tokenizer_object=tokenizer,
        unk_token=END,
        bos_token=START,
        eos_token=END,
        pad_token=END,
        model_max_length=LENGTH,
    )
    fast.save_pretrained(str(folder))
    tokenizer.save(str(folder / "tokenizer.json"))
