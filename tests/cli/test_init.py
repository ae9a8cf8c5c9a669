"""A first configuration."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from gphotos_search.config import load
from tests.cli.conftest import Run


class Typed(io.StringIO):
    """A person at a terminal."""

    def isatty(self) -> bool:
        return True


def test_defaults_without_questions(run: Run, empty_home: Path) -> None:
    told = run("init", "--yes")
    file = empty_home / ".config" / "gphotos-search" / "config.toml"
    assert told.code == 0, told.err
    assert told.out == f"Written: {file}\n"
    assert file.stat().st_mode & 0o777 == 0o600
    config = load(file)
    assert config.storage.data_dir == empty_home / ".local/share/gphotos-search"
    assert [source.type for source in config.sources] == ["google_library"]
    assert [each.name for each in file.parent.iterdir()] == ["config.toml"]


def test_what_is_there_is_kept_unless_forced(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("# mine")
    told = run("--config", str(file), "init", "--yes")
    assert told.code == 2
    assert "--force" in told.err
    assert file.read_text() == "# mine"
    assert run("--config", str(file), "init", "--yes", "--force").code == 0
    assert load(file).sources


def test_without_a_terminal_it_asks_nothing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("/x\n"))
    told = run("init")
    assert told.code == 2
    assert "--yes" in told.err


def test_three_answers(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "new" / "config.toml"
    monkeypatch.setattr(sys, "stdin", Typed(f"{tmp_path}/data\n\nnever\n12h\n"))
    told = run("--config", str(file), "init")
    assert told.code == 0, told.err
    config = load(file)
    assert config.storage.data_dir == tmp_path / "data"
    assert config.sync.every.total_seconds() == 12 * 3600
    assert 'write "90m", "6h" or "2d"' in told.err


def test_a_place_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = run("--config", str(tmp_path / "file" / "config.toml"), "init", "--yes")
    assert told.code == 1
    assert "cannot be written" in told.err


def test_the_client_file_comes_first_where_there_is_none(run: Run, empty_home: Path) -> None:
    client = empty_home / ".config" / "gphotos-search" / "client_secret.json"
    told = run("init", "--yes").err
    assert str(client) in told
    assert "docs/how-to/google-client.md" in told
    client.write_text("{}")
    assert run("init", "--yes", "--force").err.startswith("Next: gphotos-search auth login")
