"""Words into token ids by the checkpoint's own tokenizer, without transformers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gphotos_search.encoders._checkpoint import Checkpoint
from gphotos_search.errors import ModelUnavailable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

START, END = "<|startoftext|>", "<|endoftext|>"
# What CLIP's byte-pair encoding counts as a word (transformers, tokenization_clip.py).
CLIP_WORDS = (
    r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
)


class Tokens:
    """Token ids (n, length), cut to `longest` tokens with the end mark kept.

    Rows are filled up on the right: to the longest of them with their own last token (which a
    causal tower never looks at), or, with `pad` given, to `longest` with that token.
    """

    def __init__(self, checkpoint: Checkpoint, longest: int, *, pad: int | None = None) -> None:
        self._tokenizer = _open(checkpoint)
        # A tokenizer made from vocabulary and merges knows no limit; the file's may be another.
        self._tokenizer.enable_truncation(max_length=longest)
        self._tokenizer.no_padding()
        self._longest, self._pad = longest, pad

    def __call__(self, texts: Sequence[str]) -> NDArray[np.int64]:
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        width = self._longest if self._pad is not None else max(map(len, rows), default=0)
        ids = np.empty((len(rows), width), np.int64)
        for row, tokens in zip(ids, rows, strict=True):
            row[: len(tokens)] = tokens
            row[len(tokens) :] = self._pad if self._pad is not None else tokens[-1]
        return ids


def pad_token(checkpoint: Checkpoint, default: int) -> int:
    """The id of the token that the checkpoint's tokenizer settings name for padding."""
    settings = checkpoint.settings("special_tokens_map.json")
    settings |= checkpoint.settings("tokenizer_config.json")
    token: Any = settings.get("pad_token")
    if isinstance(token, dict):
        token = token.get("content")
    found = _open(checkpoint).token_to_id(token) if isinstance(token, str) else None
    return default if found is None else int(found)


def _open(checkpoint: Checkpoint) -> Tokenizer:
    from tokenizers import Tokenizer

    file = checkpoint.folder / "tokenizer.json"
    try:
        return Tokenizer.from_file(str(file)) if file.exists() else _clip_tokenizer(checkpoint)
    except Exception as problem:  # tokenizers raises bare Exception for a file it cannot read
        raise ModelUnavailable(
            f'The tokenizer of the model "{checkpoint.name}" cannot be read: {problem}.',
            advice=f"Delete the tokenizer files in {checkpoint.folder} and run the command again, "
            "or copy them anew.",
        ) from problem


def _clip_tokenizer(checkpoint: Checkpoint) -> Tokenizer:
    """CLIP's tokenizer from the two older files, vocab.json and merges.txt."""
    from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import BPE

    files = (str(checkpoint.folder / name) for name in ("vocab.json", "merges.txt"))
    vocabulary, merges = BPE.read_file(*files)
    model = BPE(
        vocabulary,
        merges,
        continuing_subword_prefix="",
        end_of_word_suffix="</w>",
        unk_token=END,
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    split = pre_tokenizers.Split(Regex(CLIP_WORDS), behavior="removed", invert=True)
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.post_processor = processors.RobertaProcessing(
        (END, vocabulary[END]), (START, vocabulary[START]), False, False
    )
    tokenizer.add_special_tokens([START, END])
    return tokenizer
