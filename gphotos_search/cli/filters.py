"""The options that are filters: the same names and values as the operators of a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = {
    "after": ("DATE", "Taken on or after YYYY, YYYY-MM or YYYY-MM-DD."),
    "before": ("DATE", "Taken before DATE, which is not included."),
    "year": ("Y,…", "Taken in one of these years."),
    "month": ("M,…", "Taken in one of these months, 1-12 or by name."),
    "day": ("DAY,…", "Taken on one of these days: a date, or a day of the week."),
    "album": ("TITLE", "In an album of this title."),
    "person": ("NAME", "Showing this person."),
    "place": ("NAME", "Taken in this city, region or country."),
    "near": ("PLACE", "Taken near a place, or near LATITUDE,LONGITUDE."),
    "radius": ("KM", "How far --near reaches."),
    "camera": ("NAME", "Taken with a camera whose name holds this."),
    "type": ("KIND", "Only photo or video."),
    "source": ("NAME", "From this source."),
    "fav": ("yes|no", "Only favourites, or none."),
    "is": ("FLAG", "Only favorite, archived or trashed ones."),
}


def filters(command: Command) -> Command:
    """Gives a command these options; each may be repeated, and a leading `-` excludes."""
    for name, (value, says) in reversed(OPTIONS.items()):
        option = click.option(f"--{name}", multiple=True, metavar=value, help=says)
        command = option(command)
    return command
