"""A small library of awkward names, and the ways in which a search of it is answered."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from gphotos_search.app import App
from gphotos_search.cli import entry, remote
from gphotos_search.cli.main import main
from gphotos_search.config import Config, load

NAMES = (
    b"PXL_20240120_120000000.jpg",
    b"caf\xe9.jpg",
    b"new\nline.jpg",
    b"\x1b[31mred\x07.jpg",
    "雪 の 日.jpg".encode(),
)
TOOK = re.compile(rb'"took_ms": [0-9.]+')
ENTRY = "from gphotos_search.cli import entry; {}; entry.main()"
# What the console script does where it knows that no service is there.
ALONE = "entry._exchange = lambda *_: (_ for _ in ()).throw(entry.Elsewhere(alone=True))"
# Written to stderr at the end: the modules that were imported.
TOLD_MODULES = (
    "import os, sys; end = os._exit; os._exit = lambda code: "
    "(os.write(2, ' '.join(sorted(sys.modules)).encode()), end(code))"
)


@dataclass(frozen=True)
class Told:
    """What was printed, with the time it took blotted out."""

    out: bytes
    err: bytes
    code: int = 0


def library(folder: Path) -> Path:
    """Pictures of one folder, indexed with the small encoder; where its configuration is."""
    file = pictures(folder)
    with App(load(file)) as app:
        assert app.sync().embedded == len(NAMES)
    return file


def pictures(folder: Path) -> Path:
    """The same before it is indexed."""
    there = folder / "Pictures"
    there.mkdir()
    for number, name in enumerate(NAMES):
        picture = Image.effect_noise((64, 48), 40.0 + 30 * number).convert("RGB")
        picture.save(there / "made.jpg")
        (there / "made.jpg").rename(os.fsdecode(os.fsencode(there) + b"/" + name))
    file = folder / "config.toml"
    file.write_text(
        f'[storage]\ndata_dir = "{folder}/data"\n'
        '[model]\nname = "demo"\nprecision = "fp32"\n'
        f'[service]\n# socket = "/nowhere"\nsocket = "{folder}/s"  # short\n'
        f'[[sources]]\nname = "pictures"\ntype = "folder"\npath = "{there}"\n'
    )
    return file


class Stream(io.TextIOWrapper):
    """Bytes in memory that may call itself a terminal."""

    def __init__(self, terminal: bool, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    def written(self) -> bytes:
        self.flush()
        buffer: Any = self.buffer
        return TOOK.sub(b'"took_ms": 0', buffer.getvalue())


def both(
    argv: list[str], config: Config, app: App, *, terminal: bool = False, encoding: str = "utf-8"
) -> tuple[Told | None, Told]:
    """What the service would print (None where it leaves that to the client), and what this
    process prints by itself."""
    assert config.file is not None
    out, err = Stream(terminal, encoding), Stream(terminal, encoding)
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        body = entry._request(str(config.file), config.file.read_text(), argv)
        printed = remote.answer(body, config, app)
        try:
            main(["--config", str(config.file), *argv], alone=True)
        except SystemExit as left:
            code = int(left.code or 0)
    alone = Told(out.written(), err.written(), code)
    if printed is None:
        return None, alone
    frames = entry._frames(printed)
    told, remarks = (
        TOOK.sub(b'"took_ms": 0', b"".join(part for each, part in frames if each == number))
        for number in (1, 2)
    )
    return Told(told, remarks), alone


def typed(
    argv: list[str], env: dict[str, str], *, before: str = "pass", usual: bool = False
) -> Told:
    """A whole process of the console script; `usual` by cli.main at once."""
    code = "from gphotos_search.cli.main import main; main()" if usual else ENTRY.format(before)
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], env=env, check=False, capture_output=True, timeout=120
    )
    return Told(TOOK.sub(b'"took_ms": 0', done.stdout), done.stderr, done.returncode)
