"""`--show`: hits as a contact sheet in the terminal, each with rank, date and name under it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from gphotos_search.cli import terminal
from gphotos_search.cli.drawing import Drawn, drawn
from gphotos_search.cli.output import folded, link_of, local_date
from gphotos_search.cli.screen import Screen
from gphotos_search.errors import ItemFailed

Hit = Mapping[str, Any]  # as the documented JSON has it
Cells = tuple[str, int]  # text, and the columns it takes
Pictures = Mapping[int, bytes]  # by media id; where there is none, a grey tile stands

GAP = 2  # columns between tiles
NARROWEST, WIDEST = 24, 48  # columns of a tile, where the terminal has them
SHAPE = 3 / 4  # of the room for a picture, as most cameras make them
CAPTION = 2  # lines under a picture
GREY, WHITE_ON_GREY, BOLD, PLAIN = "\033[48;5;240m", "\033[97;48;5;240m", "\033[1m", "\033[0m"


@dataclass(frozen=True, slots=True)
class Room:
    """How the sheet is divided: tiles side by side, and the cells that each picture may take."""

    across: int
    columns: int
    rows: int


def blocks(
    hits: Sequence[Hit],
    pictures: Pictures,
    screen: Screen,
    zone: tzinfo | None,
    *,
    hyperlinks: bool,
) -> Iterator[str]:
    """The sheet, a block for each row of tiles; no line is wider than the terminal."""
    room = divided(screen, len(hits))
    for at in range(0, len(hits), room.across):
        some = hits[at : at + room.across]
        tiles = [_tile(hit, pictures.get(hit["media_id"]), room, screen) for hit in some]
        captions = [_caption(hit, room.columns, zone, hyperlinks) for hit in some]
        yield block(tiles, captions, room)


def divided(screen: Screen, count: int) -> Room:
    """Tiles as large as lets all of them be seen at once, else as small as is worth looking at."""
    fitting = max(1, min((screen.columns + GAP) // (NARROWEST + GAP), count))
    for across in range(1, fitting + 1):
        room = _room(screen, across)
        if -(-count // across) * (room.rows + CAPTION + 1) < screen.rows:
            return room
    return _room(screen, fitting)


def _room(screen: Screen, across: int) -> Room:
    columns = max(1, min(WIDEST, (screen.columns - GAP * (across - 1)) // across))
    rows = round(columns * SHAPE * screen.cell[0] / screen.cell[1])
    return Room(across, columns, max(1, min(rows, screen.rows - CAPTION - 2)))


def block(tiles: Sequence[Drawn], captions: Sequence[Sequence[Cells]], room: Room) -> str:
    """One row of tiles. Pictures stand on their captions.

    The room is printed before a picture that is drawn over it, so that the terminal has scrolled
    by then.
    """
    told = []
    for row in range(max(tile.rows for tile in tiles)):
        told.append(_beside([_line(tile, row, tiles) for tile in tiles], room))
    told += [_beside(parts, room) for parts in zip(*captions, strict=True)]
    height = len(told) + 1
    text = "".join(tile.code for tile in tiles if not tile.placed)
    text += "".join(f"{line}\n" for line in (*told, ""))
    for number, tile in enumerate(tiles):
        if tile.placed and tile.code:
            right = number * (room.columns + GAP)
            up = height - (height - 1 - CAPTION - tile.rows)
            text += f"\0337\033[{up}A\r" + (f"\033[{right}C" if right else "")
            text += f"{tile.code}\0338"
    return text


def _line(tile: Drawn, row: int, tiles: Sequence[Drawn]) -> Cells:
    """A line of the tile and the columns that it takes; nothing above a lower picture."""
    own = row - (max(each.rows for each in tiles) - tile.rows)
    return (tile.lines[own], tile.columns) if own >= 0 else ("", 0)


def _beside(parts: Sequence[Cells], room: Room) -> str:
    padded = [text + " " * (room.columns - taken) for text, taken in parts[:-1]]
    return (" " * GAP).join([*padded, parts[-1][0]])


def _tile(hit: Hit, picture: bytes | None, room: Room, screen: Screen) -> Drawn:
    if picture is not None:
        from gphotos_search.embed.images import open_picture  # Pillow and numpy

        try:
            image = open_picture(picture, short_side=screen.cell[1] * room.rows)
            return drawn(image, room.columns, room.rows, screen)
        except ItemFailed:
            pass  # a damaged thumbnail is no picture
    return _grey(hit, room)


def _grey(hit: Hit, room: Room) -> Drawn:
    """In the place of a picture that cannot be had."""
    words = terminal.fitted(terminal.clean(name_of(hit)), max(room.columns - 2, 0))
    empty = GREY + " " * room.columns + PLAIN
    middle = f"{WHITE_ON_GREY} {words} {PLAIN}" if room.columns > 2 else empty
    rows = [middle if row == room.rows // 2 else empty for row in range(room.rows)]
    return Drawn(room.columns, room.rows, tuple(rows))


def _caption(hit: Hit, columns: int, zone: tzinfo | None, hyperlinks: bool) -> list[Cells]:
    rank, marks = str(hit["rank"]), local_date(hit["taken_at"], zone)
    marks += "  ▶" if hit["mime_type"].startswith("video/") else ""
    marks += f"  {said}" if (said := folded(hit)) else ""
    marks = terminal.fitted(marks, max(columns - len(rank) - 2, 0)).rstrip()
    name = terminal.clean(name_of(hit))
    name = terminal.fitted(name, min(columns, terminal.cells(name)))
    first = (f"{BOLD}{rank}{PLAIN}  {marks}", len(rank) + 2 + terminal.cells(marks))
    link = link_of(hit) if hyperlinks else ""
    shown = terminal.linked(name, link) if link else name
    return [first, (shown, terminal.cells(name))]


def name_of(hit: Hit) -> str:
    return str(hit["filename"] or hit["source_id"])
