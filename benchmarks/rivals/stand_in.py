"""Random weights of the true shape in the places where rclip 3 looks for its model.

rclip downloads OpenCLIP's ViT-B-32-256 as two ONNX files in float32 and a list of merges. This
writes files of that geometry: the same towers (pictures of 256 pixels: 65 tokens instead of 50,
GELU, 77 tokens of text), exported as its own conversion does (TorchScript, opset 18, batch free).
Its speed is then its own; what it finds means nothing.

    python -m benchmarks.rivals.stand_in FOLDER && RCLIP_DATADIR=FOLDER rclip "a query"
"""

from __future__ import annotations

import gzip
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.geometry import syllables

if TYPE_CHECKING:
    from torch import Tensor, nn

MODEL = "ViT-B-32-256-datacomp_s34b_b86k"
VOCABULARY = Path("tokenizer") / "bpe_simple_vocab_16e6.txt.gz"
LINES = 262_144  # of the published list; rclip reads them all and keeps 48,894
SIDE, LENGTH, END = 256, 77, 49_407


def prepare(folder: Path) -> Path:
    """Fill `folder` (rclip's RCLIP_DATADIR); what is there is kept."""
    merges = folder / VOCABULARY
    merges.parent.mkdir(parents=True, exist_ok=True)
    if not merges.exists():
        lines = "\n".join(["#version: 0.2", *(" ".join(pair) for pair in syllables(LINES))])
        merges.write_bytes(gzip.compress(lines.encode()))
    models = folder / MODEL
    models.mkdir(exist_ok=True)
    if not (models / "textual.onnx").exists():
        _export(models)
    return folder


def _export(folder: Path) -> None:
    import torch
    from transformers import CLIPConfig, CLIPModel, CLIPTextConfig, CLIPVisionConfig

    torch.manual_seed(0)
    config = CLIPConfig(
        vision_config=CLIPVisionConfig(image_size=SIDE, hidden_act="gelu"),
        text_config=CLIPTextConfig(hidden_act="gelu", eos_token_id=END),
    )
    model: Any = CLIPModel(config)
    model.eval()
    model.set_attn_implementation("eager")
    pixels = torch.zeros(1, 3, SIDE, SIDE)
    tokens = torch.zeros(1, LENGTH, dtype=torch.long)
    tokens[0, 3] = END
    _write(_tower(model.get_image_features, model), pixels, folder / "visual.onnx")
    _write(_tower(model.get_text_features, model), tokens, folder / "textual.onnx")


def _tower(features: Any, model: nn.Module) -> nn.Module:
    from torch import nn

    class Tower(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, value: Tensor) -> Tensor:
            found: Tensor = features(value).pooler_output
            return found

    return Tower().eval()


def _write(tower: nn.Module, sample: Tensor, path: Path) -> None:
    import torch

    unfinished = path.with_suffix(".part")
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # about the exporter's age; rclip uses the same one
        torch.onnx.export(
            tower,
            (sample,),
            str(unfinished),
            input_names=["input"],
            output_names=["output"],
            dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}},
            opset_version=18,
            dynamo=False,
        )
    unfinished.rename(path)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
