"""The console script finds configuration and socket where the program does, or leaves it to it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from gphotos_search.cli import where
from gphotos_search.cli.where import Elsewhere
from gphotos_search.config import Config, find, read
from gphotos_search.service import address


@pytest.mark.parametrize("variable", ["", "there.toml", "~/there.toml"])
@pytest.mark.parametrize("xdg", ["", "config", "relative"])
@pytest.mark.parametrize(
    "said",
    [[], ["--config", "here.toml"], ["--config=here.toml"], ["--config", ""], ["--config="]],
    ids=" ".join,
)
def test_the_same_file(
    said: list[str], xdg: str, variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / xdg) if xdg != "relative" else xdg)
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", variable)
    option = "here.toml" if "here.toml" in "".join(said) else ""
    real = find(option).absolute()
    real.parent.mkdir(parents=True, exist_ok=True)
    real.write_text("[search]\nlimit = 3\n")
    named, words = where.named([*said, "red", "car"])
    assert where.read(named) == (str(real), real.read_text())
    assert words == ["red", "car"]


def test_only_who_named_nothing_may_have_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert where.read("") == (str(find()), None)
    with pytest.raises(FileNotFoundError):
        where.read(str(tmp_path / "none.toml"))


def test_what_can_be_read_only_once_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/null"), tmp_path):
        with pytest.raises(Elsewhere):
            where.read(str(place))


@pytest.mark.parametrize("argv", [["red", "--config", "x"], ["--config", "x", "red", "--config=y"]])
def test_an_option_that_comes_late_is_for_the_program(argv: list[str]) -> None:
    with pytest.raises(Elsewhere):
        where.named(argv)


PLAIN = (
    "",
    "[storage]\ndata_dir = '/d'\n",
    '[storage]\ndata_dir = "relative/data"  # ours\n',
    '[storage]\n# socket = "/no"\ndata_dir = "~/data"\n[service]\nsocket = "/s"\n',
    '[service]\n  socket="~/s" # "x"\n',
)
ODD = (
    'storage.data_dir = "/d"\n',
    'storage = {data_dir = "/d"}\n',
    '[ storage ]\ndata_dir = "/d"\n',
    '[storage]\n"data_dir" = "/d"\n',
    '[storage]\ndata_dir = """/d"""\n',
    '[storage]\ndata_dir = "/d\\u0061"\n',
    'service.socket = "/s"\n',
    'service = {idle_exit = "1m", socket = "/#s"}\n',
    '[service]\nsocket = "/\\u0061"\n',
)


@pytest.mark.parametrize("runtime", ["", "/run/user/1000"])
@pytest.mark.parametrize("text", [*PLAIN, *ODD])
def test_the_same_socket_where_it_is_sure(
    text: str, runtime: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/h")  # short, as a socket's path must be
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.setattr(os, "getuid", lambda: 4_000_000_000)  # nobody, without a runtime folder
    file = Path("/c/config.toml")
    config = read(tomllib.loads(text), file) if text else Config()
    path, sure = where.socket_path(str(file), text or None)
    assert path == str(address.socket_path(config)) or not sure
    assert sure or text in ODD
