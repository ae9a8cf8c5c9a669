"""The command line, called in this process as a shell would call it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gphotos_search.cli import errors
from gphotos_search.cli.main import main


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
