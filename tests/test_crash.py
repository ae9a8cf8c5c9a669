"""kill -9 at a random moment of a sync, then a rerun: the same library as if nothing happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gphotos_search.config import Config
from gphotos_search.demo.emulator import LIVELY, Emulator, Library
from tests.conftest import build_config, photo
from tests.library import agree, assert_same, held, search, sync, with_tiny_model

PHOTOS = 48
REQUESTS = PHOTOS + 8  # about what a sync of them asks for


def library() -> Library:
    colours = ["red", "green", "blue", "yellow", "black", "white"]
    return Library.of(
        [photo(number, colours[number % 6], (48 + number, 64)) for number in range(PHOTOS)]
    )


def write_config(config: Config, path: Path) -> Path:
    """The parts of a Config that a sync against the emulator needs, as a file."""
    path.write_text(
        f"""
        [storage]
        data_dir = "{config.storage.data_dir}"
        [google]
        client_secret = "{config.google.client_secret}"
        library_url = "{config.google.library_url}"
        media_hosts = ["{config.google.media_hosts[0]}"]
        [model]
        name = "{config.model.name}"
        precision = "fp32"
        [[sources]]
        name = "photos"
        type = "google_library"
        """
    )
    return path


def command(config: Path, *words: str) -> list[str]:
    program = "from gphotos_search.cli.main import main; main()"
    return [sys.executable, "-c", program, "--config", str(config), *words]


def kill_during_sync(google: Emulator, config: Path, seed: int) -> int:
    """Start `sync` and kill it a moment after one of its requests; the exit status."""
    chance = random.Random(seed)
    fatal, delay = chance.randrange(1, REQUESTS), chance.random() * 0.3
    seen = [0]
    with subprocess.Popen(
        command(config, "sync"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:

        def watch(_kind: str, _request: object) -> None:
            seen[0] += 1
            if seen[0] == fatal:
                threading.Timer(delay, os.kill, (process.pid, signal.SIGKILL)).start()

        google.before = watch
        process.communicate(timeout=120)
        google.before = None
    return process.returncode


def crash_and_converge(tmp_path: Path, seed: int) -> None:
    with Emulator(library(), seed=seed, quirks=LIVELY, page_size_max=10) as google:
        calm = with_tiny_model(build_config(google, tmp_path / "calm"), tmp_path)
        agree(calm)
        sync(calm)
        struck = with_tiny_model(build_config(google, tmp_path / "struck"), tmp_path)
        agree(struck)
        file = write_config(struck, tmp_path / "config.toml")
        code = kill_during_sync(google, file, seed)
        assert code in (0, -signal.SIGKILL), code
        again = subprocess.run(
            command(file, "sync"), capture_output=True, text=True, timeout=120, check=False
        )
        assert again.returncode == 0, again.stderr
        assert_same(held(calm), held(struck))
        assert sorted(search(struck)) == sorted(search(calm))


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_through_the_command_line(tmp_path: Path, seed: int) -> None:
    crash_and_converge(tmp_path, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 124))
def test_killed_at_many_moments(tmp_path: Path, seed: int) -> None:
    crash_and_converge(tmp_path, seed)
