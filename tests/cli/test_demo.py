"""The demo, as somebody without an account meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gphotos_search.demo.run import QUERIES
from tests.cli.conftest import Run


def test_the_demo_answers_and_leaves_a_config_to_go_on_with(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "demo"
    first = run("demo", "--home", str(home))
    assert first.code == 0, first.err
    assert [line for line in first.out.splitlines() if line.startswith("“")] == [
        f"“{words}”" for words in QUERIES
    ]
    assert "it knows drawings" in first.out
    assert f'--config {home}/config.toml "a dog in the snow"' in first.out

    config = str(home / "config.toml")
    assert run("--config", config, "a", "cat", "in", "the", "snow", "--ids").code == 0
    gone = run("--config", config, "status")
    assert "150 searchable, 0 pending, 0 failed" in gone.out

    again = run("demo", "--home", str(home))
    assert again.code == 0
    assert "0 embedded; 150 searchable." in again.err
    assert again.out == first.out


@pytest.mark.parametrize("home", ["/dev/null", "/dev/null/demo"])
def test_a_home_that_cannot_be_written_is_a_sentence(run: Run, home: str) -> None:
    told = run("demo", "--home", home)
    assert told.code == 2
    assert "--home FOLDER" in told.err
    assert "Traceback" not in told.err
