"""`--html FILE`: hits as one page that needs nothing else and asks nobody for anything."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import tzinfo
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gphotos_search.cli.output import folded, link_of, local_date
from gphotos_search.errors import TryLater, UsageError

Hit = Mapping[str, Any]  # as the documented JSON has it
Pictures = Mapping[int, bytes]  # by media id

START = "<!doctype html>\n"
LINKED = ("https", "http", "file")
# By their first bytes: what browsers show. Thumbnails are WebP.
FORMATS = ((b"RIFF", "webp"), (b"\xff\xd8", "jpeg"), (b"\x89PNG", "png"))

STYLE = """
:root { color-scheme: light dark; --back: #fafafa; --text: #1b1b1b; --dim: #666; --tile: #e4e4e4;
  --mark: #0b57d0; }
@media (prefers-color-scheme: dark) {
  :root { --back: #161616; --text: #ececec; --dim: #a0a0a0; --tile: #2b2b2b; --mark: #a8c7fa; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem; background: var(--back); color: var(--text);
  font: 15px/1.4 system-ui, sans-serif; }
h1 { margin: 0; font-size: 1.4rem; overflow-wrap: anywhere; }
p { margin: .2rem 0 1.2rem; color: var(--dim); }
ol { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr));
  gap: 1rem; margin: 0; padding: 0; list-style: none; }
.tile { display: block; height: 100%; border-radius: .5rem; color: inherit; outline-offset: 3px;
  text-decoration: none; }
.tile:focus-visible { outline: 3px solid var(--mark); }
.tile img, .none { display: block; width: 100%; aspect-ratio: 4 / 3; border-radius: .5rem;
  background: var(--tile); object-fit: contain; }
.none { display: grid; place-items: center; padding: 1rem; color: var(--dim); text-align: center;
  overflow-wrap: anywhere; }
.about { display: flex; gap: .6rem; padding: .4rem .2rem 0; }
.rank { font-weight: 600; }
.name { display: block; padding: 0 .2rem .2rem; color: var(--dim); overflow-wrap: anywhere; }
a.tile:hover .name { color: var(--mark); }
@media print { body { padding: 0; } li { break-inside: avoid; } }
"""

# Arrow keys go from tile to tile; Home and End to the ends; Enter follows the link, as always.
SCRIPT = """
const tiles = [...document.querySelectorAll(".tile")];
const across = () => tiles.filter(each => each.offsetTop === tiles[0].offsetTop).length;
document.addEventListener("keydown", event => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || !tiles.length) return;
  const steps = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -across(), ArrowDown: across()};
  const at = tiles.indexOf(document.activeElement);
  let to;
  if (event.key === "Home") to = 0;
  else if (event.key === "End") to = tiles.length - 1;
  else if (event.key in steps) to = at < 0 ? 0 : at + steps[event.key];
  else return;
  event.preventDefault();
  if (tiles[to]) tiles[to].focus();
});
"""


def page(told: Mapping[str, Any], pictures: Pictures, zone: tzinfo | None) -> str:
    """An answer as HTML. Its policy lets nothing in but the pictures, style and script in it."""
    hits = told["hits"]
    title = escape(_plain(told["query"]) or "Photos")
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_hash(STYLE)}';"
        f" script-src '{_hash(SCRIPT)}'; base-uri 'none'; form-action 'none'"
    )
    tiles = "\n".join(_tile(hit, pictures.get(hit["media_id"]), zone) for hit in hits)
    return (
        f'{START}<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="generator" content="gphotos-search">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<header><h1>{title}</h1><p>{_counted(hits)}</p></header>\n"
        f"<main><ol>\n{tiles}\n</ol></main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    )


def check(file: Path) -> None:
    """Raises UsageError where no page can be written, or would replace something else."""
    if not file.parent.is_dir():
        raise UsageError(f"--html: there is no folder {file.parent}.")
    try:
        with file.open("rb") as there:
            ours = there.read(len(START)).decode("ascii", "replace") in ("", START)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"--html: {file} cannot be replaced: {error.strerror}.") from None
    if not ours:
        raise UsageError(
            f"--html: {file} is there and is no such page; it is not replaced.",
            advice="Choose another name, or remove it first.",
        )


def write(file: Path, text: str) -> None:
    """The whole page or what was there before; readable by nobody else, as photos are private.

    Raises TryLater where the disk does not take it.
    """
    fresh = file.with_name(f".{file.name[:100]}.{os.getpid()}.part")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as part:
            part.write(text)
        fresh.replace(file)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise TryLater(
            f"The page cannot be written to {file}: {error.strerror}.",
            advice="Look who owns the folder, and whether the disk has room.",
        ) from error


def _tile(hit: Hit, picture: bytes | None, zone: tzinfo | None) -> str:
    name = escape(_plain(hit["filename"] or hit["source_id"]))
    if picture is None:
        shown = '<span class="none">no picture here</span>'
    else:
        shown = f'<img alt="" loading="lazy" src="{_data(picture)}">'
    video = " <span>▶ video</span>" if hit["mime_type"].startswith("video/") else ""
    fold = f" <span>{folded(hit)}</span>" if folded(hit) else ""
    about = (
        f'<span class="about"><span class="rank">{int(hit["rank"])}</span>'
        f" <span>{local_date(hit['taken_at'], zone)}</span>{video}{fold}</span>"
        f'<span class="name">{name}</span>'
    )
    link = _plain(link_of(hit))
    if urlsplit(link).scheme not in LINKED:
        return f'<li><div class="tile" tabindex="0">{shown}{about}</div></li>'
    rest = 'class="tile" target="_blank" rel="noopener noreferrer"'
    return f'<li><a {rest} href="{escape(link)}">{shown}{about}</a></li>'


def _counted(hits: Sequence[Hit]) -> str:
    return "1 photo" if len(hits) == 1 else f"{len(hits):,} photos"


def _plain(text: str) -> str:
    """What UTF-8 can hold: names of files may be any bytes."""
    return text.encode("utf-8", "replace").decode()


def _data(picture: bytes) -> str:
    kinds = (kind for start, kind in FORMATS if picture.startswith(start))
    return f"data:image/{next(kinds, 'webp')};base64,{b64encode(picture).decode('ascii')}"


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"
