"""The prompt: what it takes, what it never does."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image

from gphotos_search.app import App
from gphotos_search.cli.prompt import KeptOpen, Prompt, _history
from gphotos_search.config import Config
from tests.cli.conftest import Run
from tests.cli.test_library import written
from tests.library import with_tiny_model

Lines = Iterable[str | type[BaseException]]


@pytest.fixture
def folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, config: Config) -> Path:
    """A library of three pictures, named by the environment."""
    there = tmp_path / "Pictures"
    there.mkdir()
    for name in ("red", "green", "blue"):
        Image.new("RGB", (64, 48), name).save(there / f"{name}.jpg")
    local = with_tiny_model(config, tmp_path)
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(written(local, tmp_path / "config.toml")))
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    assert run("import", str(there)).code == 0
    return there


def typed(lines: Lines) -> int:
    """Runs a prompt over these lines; how many of them it took."""
    settings, given = KeptOpen(), iter(lines)
    taken = [0]

    def read() -> str:
        line = next(given, EOFError)
        taken[0] += 1
        if isinstance(line, str):
            return line
        raise line

    try:
        Prompt(settings).run(read)
    finally:
        settings.close()
    return taken[0]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every App that was opened."""
    made: list[object] = []
    real = App.__init__

    def counted(self: App, *args: object, **options: object) -> None:
        made.append(self)
        real(self, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(App, "__init__", counted)
    return made


def test_searches_follow_each_other_on_one_open_library(
    folder: Path, capsys: pytest.CaptureFixture[str], opened: list[object]
) -> None:
    capsys.readouterr()
    assert typed(["red car -n 2", "", 'blue --source "Pictures" --ids', ":quit", "never"]) == 4
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.split()[0] for line in lines[:2]] == ["1", "2"]
    assert all(re.fullmatch(r"\d+", line) for line in lines[2:])
    assert len(lines) == 5
    assert len(opened) == 1


def test_nothing_typed_ends_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines: Lines = [
        *("red --limit many", "red -n", "red --after soon", "red --source nowhere", ":nix"),
        *(":open", ":open 99", ":open x", ":show", ":sheet", "red --show", "--help", "\0 \x1b[31m"),
        *(KeyboardInterrupt, "red --ids"),
    ]
    assert typed(lines) == 16
    told = capsys.readouterr()
    assert "Traceback" not in told.err
    assert "Usage:" not in told.err
    for word in ("many", "soon", "nowhere", ":nix", "99", "--html FILE"):
        assert word in told.err


def test_numbers_are_those_of_the_last_list(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    typed(["red --jsonl", ":open 3 1", ":show 2"])
    told = capsys.readouterr()
    paths = [json.loads(line)["path"] for line in told.out.splitlines()[:3]]
    opened = told.out.splitlines()[3:5]
    assert opened == [paths[2], paths[0]]
    assert f"2 of the last list: {Path(paths[1]).name}" in told.err
    assert re.search(rf"^file name +{Path(paths[1]).name}$", told.out, re.MULTILINE)


def test_a_media_id_is_always_meant_by_its_sign(
    folder: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    hits = json.loads(run("red", "--json").out)["hits"]
    first, last = hits[0]["media_id"], hits[2]["media_id"]
    for said in (f"#{last}", f"id:{last}"):
        by_id = run("show", said)
        assert by_id.code == 0
        assert "last list" not in by_id.err
        assert by_id.out == run("show", "3").out
    assert run("show", "3", "3").out == by_id.out
    both = run("show", "1", "3")
    assert both.out.count("file name") == 2
    assert run("show", f"#{first}").out == run("show", "1").out


def test_the_history_is_private(tmp_path: Path) -> None:
    file = tmp_path / "data" / "prompt-history"
    for line in ("birthday cake", "snow"):
        _history(file).store_string(line)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(_history(file).load_history_strings()) == ["snow", "birthday cake"]
    file.chmod(0o644)
    _history(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_history_that_cannot_be_kept_is_no_reason_to_stop(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _history(Path("/dev/null/prompt-history")).store_string("snow")
    assert "not kept" in capsys.readouterr().err
