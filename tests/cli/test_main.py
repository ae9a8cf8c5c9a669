"""The program as a whole: help, usage errors, exit codes, pipes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gphotos_search import __version__
from gphotos_search.cli.main import COMMANDS
from tests.cli.conftest import Run

CALL = "from gphotos_search.cli.main import main\n"
HEAVY = "{'torch', 'numpy', 'sqlalchemy', 'faiss', 'transformers', 'apscheduler', 'google', 'PIL'}"


@pytest.mark.parametrize("argv", [["--help"], ["sync", "--help"], ["auth", "login", "--help"], []])
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    code = f"""
import sys
{CALL}
try:
    main({argv!r})
except SystemExit:
    pass
heavy = {HEAVY} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_help_shows_commands_and_the_options_of_a_search(run: Run) -> None:
    told = run("--help")
    assert told.code == 0
    for name in COMMANDS:
        assert f"\n  {name} " in told.out
    assert "--after DATE" in told.out
    assert "--config FILE" in told.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_begins_as_the_list_says(run: Run, name: str) -> None:
    told = run(name, "--help")
    assert told.code == 0, told.err
    assert f"gphotos-search {name}" in told.out


def test_the_version(run: Run) -> None:
    assert run("--version").out == f"gphotos-search, version {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["-v"], ["--"], ["search"], ["--json"], [" "]])
def test_no_words_lead_to_help(run: Run, argv: list[str]) -> None:
    told = run(*argv)
    assert told.code == 2
    assert told.out == ""
    assert 'gphotos-search "snowball fight"' in told.err or "init" in told.err


def test_without_a_configuration_every_command_leads_on(run: Run) -> None:
    told = run("snowball", "fight")
    assert told.code == 2
    assert "There is no configuration at" in told.err
    assert "gphotos-search init" in told.err
    assert "gphotos-search demo" in told.err


def test_a_command_that_swallowed_a_query_says_how_to_search(run: Run) -> None:
    told = run("open", "air", "concert")
    assert told.code == 2
    assert "To search for these words: gphotos-search -- open air concert" in told.err


def test_a_mistake_in_an_option_is_no_query(run: Run) -> None:
    for argv in (["snow", "-n", "many"], ["auth", "login", "--port", "many"]):
        told = run(*argv)
        assert told.code == 2
        assert "many" in told.err
        assert "To search for" not in told.err


def test_a_broken_configuration_is_told_whole(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[sync]\nevry = 1\n[storage]\ndata_dri = 2\n")
    told = run("--config", str(file), "status")
    assert told.code == 2
    assert 'sync.evry: no such setting; did you mean "every"?' in told.err
    assert 'storage.data_dri: no such setting; did you mean "data_dir"?' in told.err


def test_a_reader_that_goes_away_is_no_trouble(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CALL + "main(['--help'])"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


@pytest.mark.parametrize("group", ["auth", "sources", "service"])
def test_a_group_without_a_command_shows_its_help_once(run: Run, group: str) -> None:
    told = run(group)
    assert told.code == 2
    assert told.err.count("Usage:") == 1
    assert "Error" not in told.err


@pytest.mark.parametrize("argv", [["snow", "-n", "x"], ["snow", "-n", "0"]])
def test_numbers_are_told_in_words(run: Run, argv: list[str]) -> None:
    told = run(*argv)
    assert told.code == 2
    assert "is not a whole number from 1" in told.err
    assert "<=" not in told.err


def test_a_mistake_names_its_option(run: Run) -> None:
    assert "-n" in run("snow", "-n", "0").err
    assert "--sort" in run("snow", "--sort", "size").err


@pytest.mark.parametrize("name", ["after", "album", "near", "like", "less"])
def test_an_empty_filter_is_no_filter_left_out(run: Run, name: str) -> None:
    told = run("snow", f"--{name}", "")
    assert (told.code, told.err) == (2, f"--{name} needs a value.\n")


@pytest.mark.parametrize(
    ("redirection", "code", "told"),
    [(">&-", 0, ""), ("2>&-", 0, ""), ("<&-", 0, ""), ("> /dev/full", 4, "The disk is full.")],
)
def test_streams_that_are_closed_or_full(redirection: str, code: int, told: str) -> None:
    program = "from gphotos_search.cli.main import main; main(['--version'])"
    shell = f'"$0" -c "$1" {redirection}'
    done = subprocess.run(
        ["sh", "-c", shell, sys.executable, program], capture_output=True, text=True, check=False
    )
    assert done.returncode == code
    assert done.stderr.startswith(told)
    assert "Traceback" not in done.stderr
