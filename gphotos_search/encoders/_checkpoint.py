"""Which folder holds a model's files, and which revision of it that is."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gphotos_search.config import ModelConfig
from gphotos_search.encoders._layout import SENTENCES, SETTINGS, TWO_TOWERS, Layout, weight_files
from gphotos_search.errors import ModelUnavailable

Say = Callable[[str], None]

DEMO = Path(__file__).parent.parent / "demo" / "encoder"
COMMIT = re.compile(r"[0-9a-f]{40}")
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
HASHED_WHOLE = 64 << 20  # bytes; larger weight files are sampled
SAMPLE = 1 << 20


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The files of one model at one revision, on this machine.

    `revision` is a commit hash for a hub id. For a folder it is a hash of config.json, the
    preprocessing settings and the weights (whole files up to 64 MB; above, the size, the first
    and the last megabyte and one from the middle), so that a moved folder keeps its identity.
    `precision` comes from the caller's pin, "" when there was none. `runtimes` is where what is
    made of the checkpoint for other libraries is kept, None where nothing may be made.
    """

    name: str
    folder: Path
    revision: str
    precision: str = ""
    runtimes: Path | None = None
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def family(self) -> str:
        return str(self.config.get("model_type", ""))

    @property
    def weights(self) -> tuple[Path, ...]:
        """Raises ModelUnavailable when they are gone since."""
        if files := weight_files(self.folder):
            return files
        raise ModelUnavailable(f'The weights of the model "{self.name}" left {self.folder}.')

    def settings(self, name: str) -> dict[str, Any]:
        """One JSON file of the folder, {} when there is none."""
        path = self.folder / name
        return _read_json(path, self.name) if path.exists() else {}


@dataclass(frozen=True, slots=True)
class Pin:
    """What a caller stores about an opened encoder: `name@revision:precision`."""

    name: str
    revision: str
    precision: str

    def __str__(self) -> str:
        return f"{self.name}@{self.revision}:{self.precision}"

    @staticmethod
    def read(text: str | None) -> Pin:
        """An empty pin when there is none or it is not ours: then everything is resolved anew."""
        head, _, precision = (text or "").rpartition(":")
        name, _, revision = head.rpartition("@")
        return Pin(name, revision, precision)


def resolve(
    model: ModelConfig,
    stored: str | None,
    *,
    cache_dir: Path | None = None,
    runtimes: Path | None = None,
    say: Say | None = None,
) -> Checkpoint:
    """The checkpoint of `model`, downloaded when it has to be.

    An empty `model.revision` means the stored pin's, else the newest on the hub, resolved once.
    Without network a revision that the cache holds is enough. Raises ModelUnavailable.
    """
    pin = Pin.read(stored)
    pin = pin if pin.name == model.name else Pin("", "", "")
    wanted = model.revision or pin.revision
    found = _find(model.name, wanted, TWO_TOWERS, cache_dir, say)
    return replace(found, precision=pin.precision, runtimes=runtimes)


def held(model: ModelConfig, stored: str | None) -> ModelConfig | None:
    """`model` at a commit that the cache holds whole and without its `text_name`, so that `resolve`
    asks nobody; None where that is not here."""
    alone = replace(model, text_name="")
    if _local_folder(model.name) is not None:
        return alone
    from gphotos_search.encoders._hub import cached

    pin = Pin.read(stored)
    wanted = model.revision or (pin.revision if pin.name == model.name else "")
    found = cached(model.name, wanted, default_cache(), TWO_TOWERS)
    return replace(alone, revision=found) if found else None


def resolve_text(name: str, *, cache_dir: Path | None = None, say: Say | None = None) -> Checkpoint:
    """The checkpoint of `model.text_name`, downloaded when it has to be.

    Once it is there the hub is never asked again. Raises ModelUnavailable.
    """
    return _find(name, "", SENTENCES, cache_dir, say)


def _find(
    name: str, wanted: str, layout: Layout, cache_dir: Path | None, say: Say | None
) -> Checkpoint:
    local = _local_folder(name)
    if local is not None:
        _require_complete(local, name, layout)
        called = "demo" if name == "demo" else local.resolve().name
        folder, revision = local, _content_hash(local)
    else:
        from gphotos_search.encoders._hub import obtain

        cache = cache_dir or default_cache()
        folder, revision = obtain(name, wanted, cache, say or _silent, layout)
        called = name
    config = _read_json(folder / "config.json", name)
    return Checkpoint(called, folder, revision, config=config)


def default_cache() -> Path:
    """Where every Hugging Face program of this user keeps its downloads."""
    if chosen := os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE"):
        return Path(chosen).expanduser()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser() / "hub"
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "huggingface" / "hub"


def text_settings(checkpoint: Checkpoint, defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The text part of config.json; some older files repeat it as text_config_dict."""
    older = checkpoint.config.get("text_config_dict")  # where it is, it alone counts
    return {**defaults, **(older or checkpoint.config.get("text_config") or {})}


def _local_folder(name: str) -> Path | None:
    """The folder that a name means, None when it is a hub id."""
    if name == "demo":
        return DEMO
    path = Path(name).expanduser()
    if path.is_absolute() or name.startswith((".", "~")) or (path / "config.json").exists():
        return path
    if HUB_ID.fullmatch(name):
        return None
    raise ModelUnavailable(
        f'"{name}" is neither a model id of the Hugging Face hub nor a folder on this machine.',
        advice='Set model.name to an id like "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", a folder, '
        'or "demo".',
    )


def _require_complete(folder: Path, name: str, layout: Layout) -> None:
    if not folder.is_dir():
        raise ModelUnavailable(
            f'The model "{name}" is a folder that does not exist: {folder}.',
            advice="Copy the checkpoint there, or set model.name to another one.",
        )
    if lacks := layout.missing(folder):
        raise ModelUnavailable(
            f'The model "{name}" is not whole: {folder} has no {", no ".join(lacks)}.',
            advice="Copy all files of the checkpoint there; docs/reference/models.md lists them.",
        )


def _content_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    files = [folder / name for name in SETTINGS if (folder / name).exists()]
    for path in (*files, *weight_files(folder)):
        size = path.stat().st_size
        digest.update(f"{path.name}:{size}:".encode())
        with path.open("rb") as file:
            if size <= HASHED_WHOLE:
                digest.update(file.read())
                continue
            for offset in (0, size // 2, size - SAMPLE):
                file.seek(offset)
                digest.update(file.read(SAMPLE))
    return digest.hexdigest()


def _read_json(path: Path, name: str) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ModelUnavailable(
            f'The model "{name}" cannot be read: {path} is damaged ({problem}).',
            advice="Delete that file and run the command again, or copy it anew.",
        ) from problem
    if not isinstance(content, dict):
        raise ModelUnavailable(f'The model "{name}" cannot be read: {path} holds no settings.')
    return content


def _silent(_: str) -> None:
    """Nobody asked to hear of the download."""
