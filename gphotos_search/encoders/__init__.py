"""Pictures and words into vectors of one space, one module per family of checkpoints.

`open_encoder` reads the family from the checkpoint's config.json ("model_type") and hands over to
the module of that name. Nothing here imports torch, transformers or the hub client until an image
tower or a download is really needed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gphotos_search.config import ModelConfig
    from gphotos_search.encoders.base import Encoder


def on_this_machine(model: ModelConfig, *, resolved: str | None = None) -> ModelConfig | None:
    """`model` as it is opened without any request, for its pictures only; None where its files
    are not here. `resolved` is as for `open_encoder`. Raises ModelUnavailable for no such name."""
    from gphotos_search.encoders._checkpoint import held

    return held(model, resolved)


def open_encoder(
    model: ModelConfig,
    *,
    cache_dir: Path | None = None,
    resolved: str | None = None,
    runtimes: Path | None = None,
    say: Callable[[str], None] | None = None,
) -> Encoder:
    """The encoder that `model` names: a hub id, a folder, or "demo".

    `resolved` is the `pin` of the encoder that an earlier call returned; the caller stores it, so
    that neither a commit upstream nor another processor changes the encoder's id. The pin of
    another model name is ignored, and so is its precision where pictures are to be encoded and
    `model` or this machine leaves no way to. `cache_dir` is a hub cache, by default the one that
    every Hugging Face program of this user shares. `say` hears of a download, a line at a time.
    `runtimes` is a folder for what other libraries than torch need made of the checkpoint; without
    it pictures are encoded by torch, and int8 in fp32, with which its vectors agree: enough for a
    query, not for a library.
    Raises ModelUnavailable when the weights cannot be had, UsageError for a checkpoint of a
    family this release does not know, ConfigError for a device or runtime this machine lacks.
    """
    from gphotos_search import parts
    from gphotos_search.encoders import _ways
    from gphotos_search.encoders._checkpoint import resolve, resolve_text
    from gphotos_search.errors import UsageError

    if runtimes is not None:
        _ways.check(model)
    checkpoint = resolve(model, resolved, cache_dir=cache_dir, runtimes=runtimes, say=say)
    if checkpoint.family not in parts.names("encoders"):
        known = ", ".join(parts.names("encoders"))
        raise UsageError(
            f'The model "{model.name}" is of the family "{checkpoint.family}", which this release '
            f"cannot run; it runs: {known}.",
            advice="Choose another model.name; docs/reference/models.md lists tried ones.",
        )
    family = parts.load("encoders", checkpoint.family)
    words = resolve_text(model.text_name, cache_dir=cache_dir, say=say) if model.text_name else None
    encoder: Encoder = family.open_encoder(model, checkpoint, words)
    return encoder
