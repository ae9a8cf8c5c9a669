"""Whole numbers on the command line; a mistake is told in words, not as an inequality."""

from __future__ import annotations

from typing import Any

import click


class Whole(click.ParamType[int]):
    """A whole number from `low` to `high`, both included."""

    name = "number"

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> int:
        try:
            number = int(value)
        except ValueError:
            number = self.low - 1
        if not self.low <= number <= self.high:
            span = f"from {self.low} to {self.high}" if self.high < 2**31 else f"from {self.low} on"
            self.fail(f'"{value}" is not a whole number {span}.', param, ctx)
        return number
