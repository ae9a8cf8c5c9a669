"""The command line, called in this process as a shell would call it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gphotos_search.cli import errors
from gphotos_search.cli.main import main
from gphotos_search.config import load
from gphotos_search.service.client import ask
from tests.cli.answered import library
from tests.service.conftest import eventually


@dataclass(frozen=True)
class Ran:
    """What a command left: its exit code, stdout and stderr."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """run("sunset", "-n", "3"): the arguments one by one, as a shell hands them over."""

    def call(*argv: str) -> Ran:
        capsys.readouterr()
        code = 0
        try:
            main(argv)
        except SystemExit as left:
            code = int(left.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory that holds nothing, and no settings from outside."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "GPHOTOS_SEARCH_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(errors, "_log_folder", [])
    return home


@pytest.fixture(scope="module")
def short() -> Iterator[Path]:
    """A folder with a short path, as sockets need."""
    folder = Path(tempfile.mkdtemp(prefix="gs"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def env(short: Path) -> dict[str, str]:
    """The environment of a program that searches a small library."""
    file = library(short)
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(short), "TZ": "UTC", "GPHOTOS_SEARCH_CONFIG": str(file)}


@pytest.fixture(scope="module")
def service(env: dict[str, str], short: Path) -> Iterator[None]:
    """It runs for that library, and ends without a bug."""
    command = [sys.executable, "-c", "from gphotos_search.cli.main import main; main()"]
    with (short / "log").open("wb") as log:
        process = subprocess.Popen([*command, "service", "run"], stderr=log, env=env)
    config = load(Path(env["GPHOTOS_SEARCH_CONFIG"]))
    try:
        eventually(lambda: ask(config, "/v1/health"))
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
    assert code == 0
    assert "bug" not in (short / "log").read_text()
