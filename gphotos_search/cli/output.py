"""An answer on stdout: aligned text, JSON, ids or paths. Remarks go to stderr."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from gphotos_search.cli import terminal
from gphotos_search.cli.terminal import HERE, Terminal
from gphotos_search.media import Answer
from gphotos_search.search.answer import as_json

Hit = Mapping[str, Any]  # as the documented JSON has it
Notes = Mapping[int, str]
NO_NOTES: Notes = {}

LONGEST_NAME = 40  # columns for a file name, where the link stands on the same line
SHORTEST_NAME = 16
UNDATED = "no date"


def print_hits(answer: Answer, zone: tzinfo | None = None) -> None:
    """The text form of an answer made in this process."""
    print_text(as_json(answer), zone)


def print_json(told: Mapping[str, Any], to: Terminal = HERE) -> None:
    to.say(json.dumps(told, indent=2))


def print_each(texts: Iterable[str], *, null: bool, to: Terminal = HERE) -> None:
    """One a line, or ended by NUL, byte for byte as the file system has them."""
    end = b"\0" if null else b"\n"
    to.say(b"".join(os.fsencode(text) + end for text in texts), nl=False)


def print_paths(hits: Sequence[Hit], *, null: bool, to: Terminal = HERE) -> None:
    """The original of each hit on this machine, else its thumbnail."""
    paths = [path for hit in hits if (path := hit["path"] or hit["thumbnail"])]
    print_each(paths, null=null, to=to)
    if missing := len(hits) - len(paths):
        to.tell(f"{missing} of {len(hits)} hits have no file on this machine.")


def print_text(
    told: Mapping[str, Any],
    zone: tzinfo | None = None,
    notes: Notes = NO_NOTES,
    to: Terminal = HERE,
) -> None:
    """One line a hit: rank, score, local date, how many it stands for besides itself, file name,
    link; dates are of `zone`.

    `notes` say by media id what stands in the place of a link that there is not.
    """
    hits = told["hits"]
    if not hits:
        to.tell("Nothing found.")
    for line in lines(hits, zone, to.width(), to.hyperlinks(), notes=notes):
        to.say(line)


def lines(
    hits: Sequence[Hit],
    zone: tzinfo | None,
    columns: int | None,
    hyperlinks: bool,
    *,
    notes: Notes = NO_NOTES,
) -> list[str]:
    """The text form. `columns` None: any length. A link is never cut: it moves to its own line."""
    if not hits:
        return []
    several = len({hit["source"] for hit in hits}) > 1
    digits = len(str(hits[-1]["rank"]))
    heads = [_head(hit, zone, digits, several) for hit in hits]
    if any(folds := [folded(hit) for hit in hits]):
        most = max(map(len, folds))
        heads = [f"{head}  {said:<{most}}" for head, said in zip(heads, folds, strict=True)]
    names = [terminal.clean(hit["filename"] or hit["source_id"]) for hit in hits]
    links = [link_of(hit) for hit in hits]
    room = max(map(terminal.cells, names))
    if columns is not None:
        left = columns - max(map(terminal.cells, heads)) - 2
        room = min(room, max(left, SHORTEST_NAME))
    if hyperlinks:
        marks = [f"  {said}" if (said := _note(hit, notes)) else "" for hit in hits]
        return [
            f"{head}  {_named(name, link, room)}{mark}"
            for head, name, link, mark in zip(heads, names, links, marks, strict=True)
        ]
    links = [link or _note(hit, notes) for link, hit in zip(links, hits, strict=True)]
    longest = max(map(len, links))
    if columns is not None:
        beside = min(room, LONGEST_NAME)
        if terminal.cells(heads[0]) + 4 + beside + longest > columns:
            return _two_lines(heads, names, links, room)
        room = beside
    rows = zip(heads, names, links, strict=True)
    return [f"{head}  {terminal.fitted(name, room)}  {link}".rstrip() for head, name, link in rows]


def _head(hit: Hit, zone: tzinfo | None, digits: int, several: bool) -> str:
    source = f"  {terminal.fitted(terminal.clean(hit['source']), 10)}" if several else ""
    when = local_date(hit["taken_at"], zone)
    return f"{hit['rank']:>{digits}}  {hit['score']:6.3f}  {when:<10}{source}"


def folded(hit: Hit) -> str:
    """How many more the hit stands for, "" for none."""
    return f"+{hit['folded']}" if hit.get("folded") else ""


def _named(name: str, link: str, room: int) -> str:
    shown = terminal.fitted(name, min(room, terminal.cells(name)))
    return terminal.linked(shown, link) if link else shown


def _two_lines(
    heads: Sequence[str], names: Sequence[str], links: Sequence[str], room: int
) -> list[str]:
    told = []
    for head, name, link in zip(heads, names, links, strict=True):
        told.append(f"{head}  {terminal.fitted(name, room)}".rstrip())
        told += [link] if link else []
    return told


def link_of(hit: Hit) -> str:
    """The item in Google Photos, else the file on this machine."""
    if hit["url"]:
        return terminal.clean(hit["url"])
    return Path(hit["path"]).as_uri() if hit["path"] else ""


def _note(hit: Hit, notes: Notes) -> str:
    return terminal.clean(notes.get(hit["media_id"], ""))


def local_date(taken_at: str | None, zone: tzinfo | None) -> str:
    """YYYY-MM-DD as a clock in `zone` (None: the system's) showed it."""
    if not taken_at:
        return UNDATED
    return datetime.fromisoformat(taken_at).astimezone(zone).strftime("%Y-%m-%d")
