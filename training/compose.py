"""Training pictures: drawings placed on backgrounds, whole batches at once, on tensors.

`Composer.batch(step)` depends on the seed and the step alone, so a resumed run sees the pictures
that an uninterrupted one would have seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

from training import backgrounds
from training.pool import Pool
from training.styles import restyled
from training.themes import THEMES

MOST_THINGS = 3


@dataclass(frozen=True, slots=True)
class Mix:
    """What a batch is made of."""

    scenes: float = 0.0  # share of pictures with a place or more than one thing
    smallest: float = 0.7  # a single thing's least size, as a share of the picture's side
    shift: float = 0.08
    themes: float = 0.0  # share of the scenes that show an occasion
    wild: float = 1.0  # how far a drawing is bent and recoloured, 1 for the usual


@dataclass(frozen=True, slots=True)
class Batch:
    """`pictures` (n, 3, side, side) in 0..1, `things` (n, 3) concept numbers or -1, `places` (n,)
    with PLAIN for none, `themes` (n,) or -1."""

    pictures: Tensor
    things: Tensor
    places: Tensor
    themes: Tensor


class Composer:
    """Batches of composed pictures from a pool of drawings."""

    def __init__(
        self,
        pool: Pool,
        side: int,
        seed: int,
        shares: Tensor | None = None,
        barred: frozenset[tuple[int, ...]] = frozenset(),
    ) -> None:
        self.pool, self.side, self.seed, self.barred = pool, side, seed, barred
        count = len(pool.concepts)
        self.shares = torch.ones(count) if shares is None else shares
        most = max(len(rows) for rows in pool.rows)
        padded = [[rows[i % len(rows)] for i in range(most)] for rows in pool.rows]
        self.rows = torch.tensor(padded)
        self.drawn = torch.tensor([len(rows) for rows in pool.rows])
        numbers = {concept.name: i for i, concept in enumerate(pool.concepts)}
        self.occasions = [
            (
                [[numbers[n] for n in slot if n in numbers] for slot in theme.slots],
                backgrounds.PLACES.index(theme.place) if theme.place else -1,
            )
            for theme in THEMES
        ]
        self.flips = torch.tensor([_may_flip(c.name, c.group) for c in pool.concepts])

    def batch(self, step: int, size: int, mix: Mix) -> Batch:
        """The pictures of one step."""
        rng = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        scenic = torch.rand(size, generator=rng) < mix.scenes
        things = self._things(size, scenic, rng)
        count = (things >= 0).sum(1)
        # One thing in a scene is there for its place; two or three have one half of the time.
        placed = scenic & ((count == 1) | (torch.rand(size, generator=rng) < 0.5))
        kinds = torch.randint(len(backgrounds.PLACES), (size,), generator=rng)
        themes = self._occasions(things, scenic, mix.themes, kinds, rng)
        count = (things >= 0).sum(1)
        placed = torch.where(themes >= 0, kinds >= 0, placed)
        kinds = kinds.clamp(min=0)
        behind = backgrounds.plain(size, self.side, rng)
        if placed.any():
            behind[placed] = backgrounds.place(kinds[placed], self.side, rng)
        picture = behind
        slots = _slots(count, rng)
        for layer in range(MOST_THINGS):
            there = (things[:, layer] >= 0).nonzero().flatten()
            if len(there):
                where = _where(slots[there, layer], count[there], scenic[there], mix, rng)
                picture[there] = self._paste(
                    picture[there], things[there, layer], where, mix.wild, rng
                )
        return Batch(
            pictures=_shot(picture, mix.wild, rng),
            things=things,
            places=torch.where(placed, kinds, torch.tensor(backgrounds.PLAIN)),
            themes=themes,
        )

    def _things(self, size: int, scenic: Tensor, rng: torch.Generator) -> Tensor:
        drawn = torch.multinomial(self.shares, size * MOST_THINGS, True, generator=rng)
        things = drawn.view(size, MOST_THINGS)
        odds = torch.tensor([0.35, 0.45, 0.2])
        count = torch.multinomial(odds, size, True, generator=rng) + 1
        count = torch.where(scenic, count, torch.ones_like(count))
        for row, n in enumerate(count.tolist()):
            chosen = things[row, :n].tolist()
            if len(set(chosen)) < n or (n > 1 and tuple(sorted(chosen)) in self.barred):
                count[row] = 1
        return torch.where(torch.arange(MOST_THINGS) < count[:, None], things, -1)

    def _occasions(
        self, things: Tensor, scenic: Tensor, share: float, kinds: Tensor, rng: torch.Generator
    ) -> Tensor:
        """Turn a share of the scenes into occasions, in place; which ones."""
        themes = torch.randint(len(THEMES), (len(things),), generator=rng)
        chosen = scenic & (torch.rand(len(things), generator=rng) < share)
        for row in chosen.nonzero().flatten().tolist():
            slots, place = self.occasions[int(themes[row])]
            picks = torch.rand(MOST_THINGS, generator=rng).tolist()
            members = [
                slot[int(pick * len(slot))] for slot, pick in zip(slots, picks, strict=False)
            ]
            things[row] = -1
            things[row, : len(members)] = torch.tensor(members)
            kinds[row] = place
        return torch.where(chosen, themes, -1)

    def _paste(
        self,
        under: Tensor,
        things: Tensor,
        where: tuple[Tensor, Tensor],
        wild: float,
        rng: torch.Generator,
    ) -> Tensor:
        n, scale = len(things), where[0]
        grid = _grid(self.side, where, self.flips[things], wild, rng)
        small = scale < 0.55
        rows, others = (self._drawing(things, rng) for _ in range(2))
        share = 0.3 + 0.4 * torch.rand(n, 1, 1, 1, generator=rng)
        # Two hands' drawings of a thing laid over each other are a third hand's.
        crossed = torch.rand(n, generator=rng) < 0.3 * wild
        layer = torch.zeros(n, 4, self.side, self.side)
        for chosen, source in ((small, self.pool.half), (~small, self.pool.full)):
            if chosen.any():
                drawn = source[rows[chosen]].float().div_(255)
                second = source[others[chosen]].float().div_(255)
                mixed = torch.lerp(drawn, second, share[chosen])
                drawn = torch.where(crossed[chosen, None, None, None], mixed, drawn)
                layer[chosen] = grid_sample(drawn, grid[chosen], align_corners=False)
        layer = restyled(layer, wild, rng)
        alpha = layer[:, 3:]
        return under * (1 - alpha) + _recoloured(layer[:, :3], alpha, wild, rng)

    def _drawing(self, things: Tensor, rng: torch.Generator) -> Tensor:
        pick = (torch.rand(len(things), generator=rng) * self.drawn[things]).long()
        return self.rows[things, pick]


def _slots(count: Tensor, rng: torch.Generator) -> Tensor:
    """Where along a circle each thing of a picture stands, so that they seldom hide each other."""
    turn = torch.rand(len(count), 1, generator=rng)
    order = torch.arange(MOST_THINGS)[None] / count[:, None]
    return (turn + order) * 2 * math.pi


def _where(
    angle: Tensor, count: Tensor, scenic: Tensor, mix: Mix, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    n = len(angle)
    one = count == 1
    small = torch.where(scenic, torch.tensor(0.4), torch.tensor(mix.smallest))
    low = torch.where(one, small, torch.where(count == 2, 0.38, 0.32))
    high = torch.where(one, torch.where(scenic, 0.75, 1.05), torch.where(count == 2, 0.6, 0.5))
    scale = low + (high - low) * torch.rand(n, generator=rng)
    free = torch.rand(n, 2, generator=rng) * 2 - 1
    room = torch.where(scenic, (1 - scale).clamp(min=0.05), torch.tensor(mix.shift))
    ring = torch.stack((angle.cos(), angle.sin() * 0.75), 1) * 0.5 + free * 0.1
    return scale, torch.where(one[:, None], free * room[:, None], ring)


def _grid(
    side: int, where: tuple[Tensor, Tensor], flips: Tensor, wild: float, rng: torch.Generator
) -> Tensor:
    """Sampling points: turned a little, sheared, stretched, mirrored, and gently bent."""
    n, (scale, centre) = len(flips), where
    angle = torch.randn(n, generator=rng) * (0.16 * wild)
    stretch = torch.exp(torch.randn(n, generator=rng) * (0.08 * wild))
    shear = torch.randn(n, generator=rng) * (0.06 * wild)
    mirror = torch.where((torch.rand(n, generator=rng) < 0.5) & flips, -1.0, 1.0)
    cos, sin = angle.cos(), angle.sin()
    wide, high = mirror / (scale * stretch), stretch / scale
    theta = torch.stack(
        (
            torch.stack((cos * wide, (sin + shear) * wide, torch.zeros(n)), 1),
            torch.stack((-sin * high, cos * high, torch.zeros(n)), 1),
        ),
        1,
    )
    theta[:, :, 2] = -(theta[:, :, :2] @ centre[:, :, None]).squeeze(2)
    bend = torch.randn(n, 2, 4, 4, generator=rng) * (0.05 * wild)
    bent = interpolate(bend, size=(side, side), mode="bicubic", align_corners=True)
    return affine_grid(theta, [n, 4, side, side], align_corners=False) + bent.permute(0, 2, 3, 1)


def _recoloured(colour: Tensor, alpha: Tensor, wild: float, rng: torch.Generator) -> Tensor:
    """Hue, saturation, contrast and light changed a little, as another hand would draw it."""
    n = len(colour)
    hue = torch.randn(n, generator=rng) * (0.22 * wild)
    rich = torch.exp(torch.randn(n, generator=rng) * (0.3 * wild)).clamp(0.1, 1.8)
    rich = torch.where(torch.rand(n, generator=rng) < 0.08 * wild, 0.0, rich)
    light = torch.exp(torch.randn(n, generator=rng) * (0.13 * wild))
    turn = _hue_matrix(hue, rich) * light[:, None, None]
    moved = torch.einsum("nij,njhw->nihw", turn, colour)
    lift = (torch.randn(n, 1, 1, 1, generator=rng) * (0.06 * wild)) * alpha
    return torch.minimum((moved + lift).clamp(min=0), alpha)


def _hue_matrix(hue: Tensor, rich: Tensor) -> Tensor:
    grey = torch.full((3, 3), 1 / 3)
    axis = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]) / math.sqrt(3)
    cos, sin = hue.cos()[:, None, None], hue.sin()[:, None, None]
    return grey + rich[:, None, None] * (cos * (torch.eye(3) - grey) + sin * axis)


def _shot(picture: Tensor, wild: float, rng: torch.Generator) -> Tensor:
    """What a camera adds: exposure, some noise, at times a blur."""
    n = len(picture)
    gain = torch.exp(torch.randn(n, 1, 1, 1, generator=rng) * (0.1 * wild))
    noise = torch.randn(picture.shape, generator=rng)
    level = torch.rand(n, 1, 1, 1, generator=rng) ** 2 * (0.05 * wild)
    soft = interpolate(
        interpolate(picture, scale_factor=0.5, mode="area"),
        size=picture.shape[-2:],
        mode="bilinear",
        align_corners=False,
    )
    blurred = torch.rand(n, 1, 1, 1, generator=rng) < 0.15 * wild
    return (torch.where(blurred, soft, picture) * gain + noise * level).clamp(0, 1)


def _may_flip(name: str, group: str) -> bool:
    return group not in ("symbols", "flags") and "left" not in name and "right" not in name
