"""The service prints for a terminal elsewhere what the program itself would print there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gphotos_search.app import App
from gphotos_search.cli import entry, remote, terminal
from gphotos_search.cli.main import COMMANDS
from gphotos_search.config import Config, load
from tests.cli.answered import both, library

# Together in any order: options, their values apart from them, words that only look like either.
WORDS = st.sampled_from(
    (
        *("red", "noise", "-night", "--colour", "-n5", "-1", "-", "--", "--limit"),
        *("-n", "3", "0", "x", "--json", "--jsonl", "--tsv", "--ids", "--paths"),
        *("-0", "--null", "--explain", "--raw", "--no-group", "--all", "--type"),
        *("photo", "video", "--year", "2020", "2021,x", "--sort", "date"),
        *("--random", "--seed", "7", "--plus", "--minus", "red", "--like", "1"),
        *("#2", "--more", "#1", "--less", "#99", "--source", "pictures", "nowhere"),
        *("--album", "--is", "favorite", "near:Vienna", "search", "status"),
        *("--limit=2", "--year=", "-v"),
    )
) | st.text(max_size=6).filter(lambda text: "\0" not in text)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return library(tmp_path_factory.mktemp("remote"))


@pytest.fixture(scope="module")
def app(file: Path) -> Iterator[App]:
    with App(load(file)) as app:
        yield app


@pytest.fixture
def config(file: Path, empty_home: Path) -> Config:
    return load(file)  # defaults lie in the home of each test


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    argv=st.lists(WORDS, min_size=1, max_size=6),
    terminal=st.booleans(),
    encoding=st.sampled_from(["utf-8", "ascii", "iso-8859-1"]),
)
@example(argv=["red", "--paths", "-0"], terminal=False, encoding="utf-8")
@example(argv=["red", "--json"], terminal=True, encoding="iso-8859-1")
@example(argv=["red\udce9"], terminal=True, encoding="ascii")
@example(argv=["--", "--json"], terminal=False, encoding="utf-8")
@example(argv=["--type", "video"], terminal=False, encoding="utf-8")
def test_the_same_bytes(
    argv: list[str], terminal: bool, encoding: str, config: Config, app: App
) -> None:
    drawn = "--random" in argv and "--seed" not in " ".join(argv)
    listed = {"--more", "--less"} & set(argv)  # these go on from the last search of all
    if argv[0] in COMMANDS or drawn or listed:
        return
    there, here = both(argv, config, app, terminal=terminal, encoding=encoding)
    assert there in (None, here)


@pytest.mark.parametrize(
    "argv",
    [
        ["red", "noise"],
        ["search", "red", "-night", "-n", "2"],
        ["red", "--json", "--explain"],
        ["red", "--tsv"],
        ["red", "--jsonl"],
        ["red", "--ids", "-0"],
        ["red", "--paths"],
        ["--like", "1", "--explain"],
        ["red", "--more", "#1", "--less", "#2"],
        ["--random", "--seed", "7"],
        ["red", "-n5"],
        ["--type", "video"],
        ["--", "open", "--json"],
    ],
    ids=" ".join,
)
def test_what_it_answers(argv: list[str], config: Config, app: App) -> None:
    there, here = both(argv, config, app)
    assert there == here
    assert here.code == 0


def test_a_terminal_gets_lines_that_fit_and_links_behind_names(
    config: Config, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in terminal.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    plain, _ = both(["red"], config, app, terminal=True)
    assert plain is not None
    monkeypatch.setenv("COLUMNS", "400")
    wide, here = both(["red"], config, app, terminal=True)
    assert wide == here != plain
    monkeypatch.setenv("TERM", "xterm-kitty")
    linked, here = both(["red"], config, app, terminal=True)
    assert linked == here
    assert b"\x1b]8;;" in here.out


@pytest.mark.parametrize(
    "argv",
    [
        *(["-v", "red"], ["red", "--help"], ["status"], ["red", "--show"], ["red", "--html", "p"]),
        *(["--like", "red.jpg"], ["red", "-n", "0"], ["red", "--json", "--ids"], ["--year", "x"]),
        *(["red", "--source", "nowhere"], ["--config", "f", "red"], ["--raw"], ["--like", "#999"]),
    ],
    ids=" ".join,
)
def test_what_it_leaves_to_the_client(argv: list[str], config: Config, app: App) -> None:
    body = entry._request(str(config.file), Path(str(config.file)).read_text(), argv)
    assert remote.answer(body, config, app) is None


def test_other_settings_are_not_answered_from(
    config: Config, app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, text = str(config.file), Path(str(config.file)).read_text()

    def answered(path: str = file, said: str | None = text, mine: Config = config) -> bool:
        return remote.answer(entry._request(path, said, ["red"]), mine, app) is not None

    assert answered()
    assert answered(str(tmp_path / "a-link-to-it"), text)
    assert not answered(said=text + "[search]\nlimit = 3\n")
    assert not answered(said=text.replace("demo", "other"))
    assert not answered(said="[")
    assert not answered(said=None)
    assert not answered(mine=replace(config, search=replace(config.search, limit=3)))
    assert answered()  # the last refusal is not remembered
    body = entry._request(file, text, ["red"])
    assert remote.answer(b"0.0.9" + body[body.index(b"\0") :], config, app) is None
    for wrong in (b"", b"x", body[:30], body.replace(b"utf-8", b"utf-9"), b"\xff" * 9):
        assert remote.answer(wrong, config, app) is None
    monkeypatch.setenv("HOME", "/elsewhere")
    assert remote.answer(body, config, app) is None


def test_the_client_knows_what_the_program_knows() -> None:
    assert set(COMMANDS) - {"search"} == entry.COMMANDS
    assert set(entry.VARIABLES) == set(terminal.VARIABLES)


def test_columns_are_counted_as_shutil_does(monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    for said in ("", "0", "-3", "x", "12", " 7 ", "1e3"):
        monkeypatch.setenv("COLUMNS", said)
        assert entry._columns() == shutil.get_terminal_size().columns
    monkeypatch.delenv("COLUMNS")
    assert entry._columns() == shutil.get_terminal_size().columns
    assert os.environ.get("COLUMNS") is None
