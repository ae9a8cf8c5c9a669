"""Batches for the trainer, made by a process of their own while the trainer computes."""

from __future__ import annotations

import multiprocessing as mp
import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Full
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from training import artwork, pool, splits
from training.backgrounds import PLACES
from training.captions import Caption, Grammar
from training.compose import Batch, Composer, Mix
from training.network import SIDE
from training.themes import THEMES
from training.tokens import END, LENGTH

_AHEAD = 8
_PLACE_SHARE, _THEME_SHARE = 0.6, 1.0


@dataclass(frozen=True, slots=True)
class Lesson:
    """A step's pictures and captions, and the share of each class that each of them shows or names.

    Classes are the concepts, then the places, then the occasions. `keys` are equal where two
    pictures show the same, so that neither counts against the other's caption.
    """

    pictures: Tensor
    shown: Tensor
    tokens: Tensor
    named: Tensor
    keys: Tensor


@dataclass(frozen=True, slots=True)
class Course:
    """Where the artwork and the prepared files are, and how many lessons of how many pictures."""

    modules: Path
    work: Path
    seed: int
    size: int
    total: int


class Teacher:
    """Makes the lesson of any step; the same seed, step and total give the same lesson."""

    def __init__(self, course: Course) -> None:
        self.pool = pool.load(course.modules, course.work / "pool", artwork.TRAINING_VENDORS)
        self.size, self.seed, self.total = course.size, course.seed, course.total
        known = self.pool.concepts
        shares = torch.tensor([0.5 if c.group == "symbols" else 1.0 for c in known])
        self.composer = Composer(self.pool, SIDE, course.seed, shares, splits.barred_sets(known))
        self.grammar = Grammar(known, splits.barred_captions())
        self.tokenizer = Tokenizer.from_file(str(course.work / "tokenizer.json"))
        self.tokenizer.enable_truncation(LENGTH)
        self.tokenizer.enable_padding(pad_id=self.tokenizer.token_to_id(END), pad_token=END)

    @property
    def classes(self) -> int:
        """Concepts, places and occasions."""
        return len(self.pool.concepts) + len(PLACES) + len(THEMES)

    def lesson(self, step: int) -> Lesson:
        """Pictures and captions of a step, harder as training goes on."""
        batch = self.composer.batch(step, self.size, mix(step / self.total))
        rng = random.Random(f"{self.seed} {step}")
        captions = [self._caption(batch, row, rng) for row in range(self.size)]
        ids = [each.ids for each in self.tokenizer.encode_batch([c.text for c in captions])]
        shown, named = torch.zeros(2, self.size, self.classes)
        for row, caption in enumerate(captions):
            self._mark(batch, row, caption, shown, named)
        things = batch.things.sort(1).values
        keys = (things * torch.tensor([4_000_037, 2003, 1])).sum(1) * 64 + batch.places
        return Lesson(batch.pictures, shown, torch.tensor(ids), named, keys)

    def _caption(self, batch: Batch, row: int, rng: random.Random) -> Caption:
        things = [thing for thing in batch.things[row].tolist() if thing >= 0]
        place, theme = int(batch.places[row]), int(batch.themes[row])
        return self.grammar.caption(things, place, theme, rng)

    def _mark(self, batch: Batch, row: int, caption: Caption, shown: Tensor, named: Tensor) -> None:
        concepts = len(self.pool.concepts)
        things = [thing for thing in batch.things[row].tolist() if thing >= 0]
        place, theme = int(batch.places[row]), int(batch.themes[row])
        for i, thing in enumerate(things):
            shown[row, thing] += 1
            named[row, thing] += i in caption.things
        if place < len(PLACES):
            shown[row, concepts + place] = _PLACE_SHARE
            named[row, concepts + place] = _PLACE_SHARE * caption.place
        if theme >= 0:
            shown[row, concepts + len(PLACES) + theme] = _THEME_SHARE
            named[row, concepts + len(PLACES) + theme] = _THEME_SHARE * caption.theme
        shown[row] /= shown[row].sum()
        named[row] /= named[row].sum()


def mix(progress: float) -> Mix:
    """Single things first, hardly changed; scenes, occasions and wilder drawings later."""
    ramp = min(1.0, max(0.0, (progress - 0.12) / 0.35))
    return Mix(
        scenes=0.55 * ramp,
        themes=0.2,
        smallest=0.8 - 0.25 * ramp,
        shift=0.04 + 0.1 * ramp,
        wild=0.3 + 0.7 * min(1.0, progress / 0.35),
    )


def lessons(course: Course, start: int) -> Iterator[Lesson]:
    """The course's lessons from `start` on, from a second process that stays a few steps ahead."""
    context = mp.get_context("spawn")
    queue = context.Queue(_AHEAD)
    process = context.Process(target=_produce, args=(queue, course, start), daemon=True)
    process.start()
    for _ in range(start, course.total):
        pictures, shown, tokens, named, keys = queue.get()
        yield Lesson(
            torch.from_numpy(pictures).float().div_(255),
            torch.from_numpy(shown).float(),
            torch.from_numpy(tokens),
            torch.from_numpy(named).float(),
            torch.from_numpy(keys),
        )
    process.join()


def _produce(queue: Any, course: Course, start: int) -> None:
    torch.set_num_threads(1)
    teacher = Teacher(course)
    for step in range(start, course.total):
        lesson = teacher.lesson(step)
        # Bytes and half floats: a queue between processes copies what goes through it.
        packed = (
            (lesson.pictures * 255).round().to(torch.uint8).numpy(),
            lesson.shown.numpy().astype(np.float16),
            lesson.tokens.numpy(),
            lesson.named.numpy().astype(np.float16),
            lesson.keys.numpy(),
        )
        if not _put(queue, packed):
            return


def _put(queue: Any, packed: tuple[Any, ...]) -> bool:
    """Wait for room in the queue; false where the trainer was killed meanwhile."""
    trainer = mp.parent_process()
    while trainer is not None and trainer.is_alive():
        with suppress(Full):
            queue.put(packed, timeout=5)
            return True
    return False
