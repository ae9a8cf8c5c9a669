"""Train the demonstration encoder: `python -m training.train [MODULES] [WORK] [--steps N]`.

Two towers and a table of prototypes learn together. Each picture and each caption is drawn to the
prototypes of what it shows or names (that is where single concepts are learned, against all others
at once), and pictures and captions of a batch to each other as CLIP does it. The table is dropped
at the end. Stop it at any time; the same command goes on from the last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, log_softmax, normalize
from transformers import CLIPModel

from training import artwork, descriptors, network, pool, tokens
from training.backgrounds import PLAIN
from training.captions import Grammar
from training.compose import Composer, Mix
from training.export import export
from training.feed import Course, Lesson, Teacher, lessons
from training.muon import Muon
from training.themes import THEMES

SEED, BATCH, VOCABULARY = 20, 128, 4096
_SMOOTHING, _AVERAGE, _SAVE_EVERY, _SAY_EVERY = 0.05, 0.995, 200, 50
_WARMUP, _FLAT, _LAST = 80, 0.3, 0.02
_MUON_RATE, _ADAM_RATE, _TABLE_RATE = 0.002, 0.001, 0.002


class Trainer:
    """The model, its prototypes, their optimisers, and a slow average of the weights."""

    def __init__(self, model: CLIPModel, table: Tensor, steps: int) -> None:
        self.model, self.table, self.steps, self.step = model, nn.Parameter(table), steps, 0
        hidden = [
            matrix
            for tower in (model.vision_model, model.text_model)
            for matrix in tower.encoder.parameters()
            if matrix.dim() == 2
        ]
        held = {id(matrix) for matrix in hidden}
        others = [each for each in model.parameters() if id(each) not in held]
        self.muon = Muon(hidden, decay=0.1)
        self.adam = torch.optim.AdamW(
            [{"params": others, "base": _ADAM_RATE}, {"params": [self.table], "base": _TABLE_RATE}],
            betas=(0.9, 0.98),
            weight_decay=0.01,
        )
        self.average = [each.detach().clone() for each in self._all()]

    def learn(self, lesson: Lesson) -> dict[str, float]:
        """One step; its losses."""
        images = normalize(
            self.model.get_image_features(
                pixel_values=network.normalized(lesson.pictures)
            ).pooler_output,
            dim=1,
        )
        texts = normalize(
            self.model.get_text_features(input_ids=lesson.tokens).pooler_output, dim=1
        )
        scale = self.model.logit_scale.exp()
        table = normalize(self.table, dim=1)
        shown = cross_entropy(scale * images @ table.T, lesson.shown, label_smoothing=_SMOOTHING)
        named = cross_entropy(scale * texts @ table.T, lesson.named, label_smoothing=_SMOOTHING)
        paired = _paired(scale * images @ texts.T, lesson.keys)
        torch.autograd.backward(shown + 0.5 * named + 0.5 * paired)
        self._move()
        return {"shown": shown.item(), "named": named.item(), "paired": paired.item()}

    def save(self, path: Path) -> None:
        """The whole state, replacing the last one."""
        state = {
            "step": self.step,
            "model": self.model.state_dict(),
            "table": self.table.detach(),
            "muon": self.muon.state,
            "adam": self.adam.state_dict(),
            "average": self.average,
        }
        torch.save(state, path.with_suffix(".new"))
        path.with_suffix(".new").replace(path)

    def resume(self, path: Path) -> None:
        """Go on from a saved state."""
        state = torch.load(path, weights_only=True)
        self.step, self.average = state["step"], state["average"]
        self.model.load_state_dict(state["model"])
        self.adam.load_state_dict(state["adam"])
        self.muon.state = state["muon"]
        with torch.no_grad():
            self.table.copy_(state["table"])

    def averaged(self) -> tuple[CLIPModel, Tensor]:
        """A copy of the model with the averaged weights, and the averaged table."""
        copy = CLIPModel(self.model.config).train(False)
        with torch.no_grad():
            for mine, slow in zip(copy.parameters(), self.average, strict=False):
                mine.copy_(slow)
        return copy, self.average[-1]

    def _all(self) -> list[Tensor]:
        return [*self.model.parameters(), self.table]

    def _move(self) -> None:
        rate = _rate(self.step, self.steps)
        self.muon.step(rate * _MUON_RATE)
        for group in self.adam.param_groups:
            group["lr"] = rate * group["base"]
        self.adam.step()
        self.model.zero_grad()
        self.table.grad = None
        with torch.no_grad():
            self.model.logit_scale.clamp_(max=math.log(60))
            pace = 1 - min(_AVERAGE, (self.step + 1) / (self.step + 10))
            torch._foreach_lerp_(self.average, self._all(), pace)
        self.step += 1


def _rate(step: int, steps: int) -> float:
    done = step / steps
    return min(1.0, (step + 1) / _WARMUP) * max(_LAST, min(1.0, (1 - done) / (1 - _FLAT)))


def _paired(scores: Tensor, keys: Tensor) -> Tensor:
    same = (keys[:, None] == keys[None]).float()
    goal = same / same.sum(1, keepdim=True)
    across = -(goal * log_softmax(scores, dim=1)).sum(1).mean()
    return (across - (goal * log_softmax(scores.T, dim=1)).sum(1).mean()) / 2


def prepare(modules: Path, work: Path) -> None:
    """Render the drawings and train the tokenizer, once."""
    if not (work / "pool" / "drawings.json").exists():
        pool.build(modules, work / "pool", artwork.TRAINING_VENDORS)
    if not (work / "tokenizer.json").exists():
        known = artwork.concepts(modules)
        grammar, rng = Grammar(known), random.Random(SEED)
        every = range(len(known))
        texts = [
            grammar.caption(
                rng.sample(every, rng.choice((1, 1, 2))), rng.randint(0, PLAIN), -1, rng
            )
            for _ in range(80_000)
        ]
        occasions = [phrase for theme in THEMES for phrase in theme.phrases]
        tokens.train([each.text for each in texts] + occasions * 20, VOCABULARY).save(
            str(work / "tokenizer.json")
        )


def begin(teacher: Teacher, steps: int) -> Trainer:
    """A trainer at step 0."""
    torch.manual_seed(SEED)
    sample = Composer(teacher.pool, network.SIDE, SEED + 1).batch(0, 256, Mix()).pictures
    model = network.fresh(teacher.tokenizer, sample)
    near = descriptors.prototypes(teacher.pool, network.DIMENSIONS)
    rest = torch.randn(teacher.classes - len(near), network.DIMENSIONS)
    return Trainer(model.train(), torch.cat((near, normalize(rest, dim=1))), steps)


def run(modules: Path, work: Path, steps: int, out: Path) -> None:
    """Train to the end, from the checkpoint if there is one, and write the encoder to `out`."""
    work.mkdir(parents=True, exist_ok=True)
    prepare(modules, work)
    course = Course(modules, work, SEED, BATCH, steps)
    teacher = Teacher(course)
    trainer = begin(teacher, steps)
    checkpoint = work / "checkpoint.pt"
    if checkpoint.exists():
        trainer.resume(checkpoint)
    started, first = time.monotonic(), trainer.step
    for lesson in lessons(course, trainer.step):
        losses = trainer.learn(lesson)
        if trainer.step % _SAY_EVERY == 0:
            pace = (trainer.step - first) * BATCH / (time.monotonic() - started)
            told = {name: round(loss, 3) for name, loss in losses.items()}
            print(json.dumps({"step": trainer.step, "pictures/s": round(pace), **told}), flush=True)
        if trainer.step % _SAVE_EVERY == 0:
            trainer.save(checkpoint)
    trainer.save(checkpoint)
    export(trainer.averaged()[0], teacher.tokenizer, out)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", type=Path, nargs="?", default=Path("training/node_modules"))
    parser.add_argument("work", type=Path, nargs="?", default=Path("training/work"))
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--out", type=Path, default=Path("gphotos_search/demo/encoder"))
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    run(options.modules, options.work, options.steps, options.out)


if __name__ == "__main__":
    main()
