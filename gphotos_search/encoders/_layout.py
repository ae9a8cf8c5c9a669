"""Which files make a checkpoint, and which of them a folder or a repository lacks."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

SETTINGS = ("config.json", "preprocessor_config.json", "processor_config.json")
TOKENIZER = ("tokenizer.json", "vocab.json", "merges.txt")
TOKENIZER_SETTINGS = ("tokenizer_config.json", "special_tokens_map.json")
SAFE, SHARDS = "model.safetensors", "model.safetensors.index.json"
LEGACY = "pytorch_model.bin"


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one kind of checkpoint, by path inside it.

    `settings` are taken where they exist; each of `weights` is a folder ("" is the top) that must
    hold weights, as safetensors, in parts, or in the older format.
    """

    settings: tuple[str, ...]
    weights: tuple[str, ...] = ("",)

    def wanted(self, present: Collection[str]) -> list[str]:
        """The files to fetch of those `present`; the parts of an index are not among them."""
        chosen = [file for file in self.settings if file in present]
        for place in self.weights:
            names = (f"{place}{name}" for name in (SAFE, SHARDS, LEGACY))
            chosen += [name for name in names if name in present][:1]
        return chosen

    def missing(self, folder: Path) -> list[str]:
        """What the folder lacks to be run, in file names; [] when it is whole."""
        lacks = [] if (folder / "config.json").exists() else ["config.json"]
        lacks += [f"{place}{SAFE}" for place in self.weights if not weight_files(folder / place)]
        bpe = all((folder / name).exists() for name in ("vocab.json", "merges.txt"))
        if not bpe and not (folder / "tokenizer.json").exists():
            lacks.append("tokenizer.json")
        return lacks


TWO_TOWERS = Layout((*SETTINGS, *TOKENIZER, *TOKENIZER_SETTINGS))
# sentence-transformers: a transformer at the top, a projection in a folder of its own.
SENTENCES = Layout(
    ("config.json", "sentence_bert_config.json", "tokenizer.json"),
    ("", "2_Dense/"),
)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """The weights, safetensors before the older format; () when some are missing."""
    if (folder / SAFE).exists():
        return (folder / SAFE,)
    if (folder / SHARDS).exists():
        shards = tuple(folder / name for name in shard_names(folder / SHARDS))
        return shards if all(shard.exists() for shard in shards) else ()
    legacy = folder / LEGACY
    return (legacy,) if legacy.exists() else ()


def shard_names(index: Path) -> list[str]:
    """The file names that the index of divided weights speaks of; never a path out of the folder.

    An index that cannot be read names nothing, so that its checkpoint counts as not whole.
    """
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        names = set()
    return sorted(str(name) for name in names if Path(str(name)).name == name) or ["its parts"]
