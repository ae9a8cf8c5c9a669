"""A search prints the same whoever answers it: the service by the terminal's words, the service by
parameters, or the program alone."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.answered import ALONE, ENTRY, TOLD_MODULES, typed


@pytest.mark.parametrize(
    "argv",
    [
        ["red", "noise", "-night"],
        ["red", "--json", "-n", "2"],
        ["red", "--paths", "-0"],
        ["red", "-n", "0"],
        ["--colour", "red"],
        ["--source", "nowhere", "red"],
    ],
    ids=" ".join,
)
def test_three_ways_print_the_same(argv: list[str], service: None, env: dict[str, str]) -> None:
    quick, usual = typed(argv, env), typed(argv, env, usual=True)
    assert quick == usual == typed(argv, env, before=ALONE)


def test_the_third_way_is_alone(service: None, env: dict[str, str]) -> None:
    told = typed(["red"], env, before=f"{ALONE}; {TOLD_MODULES}")
    loaded = set(told.err.decode().split())
    assert "numpy" in loaded
    assert "gphotos_search.service.client" not in loaded


def test_on_a_terminal_too(service: None, env: dict[str, str]) -> None:
    shown = []
    for code in (ENTRY.format("pass"), "from gphotos_search.cli.main import main; main()"):
        mine, theirs = pty.openpty()
        there = {**env, "TERM": "xterm-kitty", "COLUMNS": "70"}
        command = [sys.executable, "-c", code, "red"]
        subprocess.run(command, env=there, stdout=theirs, stderr=theirs, check=True, timeout=60)
        os.close(theirs)
        shown.append(os.read(mine, 100_000))
        os.close(mine)
    assert shown[0] == shown[1]
    assert b"\x1b]8;;" in shown[0]


@pytest.mark.parametrize(
    "argv, hits, remark",
    [
        (["red " * 17_000, "--ids"], 0, b"The question is longer than 4000 characters.\n"),
        (["red", *["a"] * 1100, "--ids"], 5, b""),
    ],
    ids=["longer than the service reads", "many words"],
)
def test_a_long_question(
    argv: list[str], hits: int, remark: bytes, service: None, env: dict[str, str]
) -> None:
    quick, usual = typed(argv, env), typed(argv, env, usual=True)
    assert quick == usual == typed(argv, env, before=ALONE)
    assert (len(quick.out.split()), quick.err) == (hits, remark)


def test_days_are_those_of_the_client(service: None, env: dict[str, str]) -> None:
    there = {**env, "TZ": "Pacific/Kiritimati"}  # 12:00 UTC is 02:00 of the next day
    for day, name in (("2024-01-20", b""), ("2024-01-21", b"PXL_20240120")):
        argv = ["--day", day]
        quick, usual = typed(argv, there), typed(argv, there, usual=True)
        assert quick == usual == typed(argv, there, before=ALONE)
        assert quick.out.split()[3:4] == ([name + b"_120000000.jpg"] if name else [])
    assert b"2024-01-20  PXL_20240120" in typed(["--day", "2024-01-20"], env).out
    same = {**env, "TZ": ":UTC"}
    told = typed(["red"], same, before=TOLD_MODULES)
    assert b"click" not in told.err.split()  # the service answered


def test_an_empty_option_names_no_configuration(
    service: None, env: dict[str, str], tmp_path: Path
) -> None:
    there = {**env, "XDG_CONFIG_HOME": str(tmp_path)}
    other = tmp_path / "gphotos-search" / "config.toml"
    other.parent.mkdir()
    other.write_text(Path(env["GPHOTOS_SEARCH_CONFIG"]).read_text() + "[search]\nlimit = 2\n")
    for argv in (["--config", "", "red", "--ids"], ["--config=", "red", "--ids"]):
        told = typed(argv, there)
        assert told == typed(argv, there, usual=True)
        assert len(told.out.split()) == 5


@pytest.mark.parametrize("usual", [False, True])
def test_a_configuration_comes_through_a_pipe(
    usual: bool, service: None, env: dict[str, str]
) -> None:
    text = Path(env["GPHOTOS_SEARCH_CONFIG"]).read_text() + "[search]\nlimit = 2\n"
    text = text.replace('/s"', '/nobody"')  # a service would answer with the limit of its own
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    program = "from gphotos_search.cli.main import main; main()" if usual else ENTRY.format("pass")
    command = [sys.executable, "-c", program, "--config", f"/dev/fd/{reading}", "red", "--ids"]
    done = subprocess.run(
        command, env=env, pass_fds=[reading], capture_output=True, timeout=60, check=False
    )
    os.close(reading)
    assert (done.returncode, done.stderr, len(done.stdout.split())) == (0, b"", 2)


def test_timings_name_the_stages(service: None, env: dict[str, str]) -> None:
    quick, usual = typed(["red", "--timings"], env), typed(["red", "--timings"], env, usual=True)
    assert quick.out == usual.out
    for stage in (b"encoding the words", b"searching the index", b"printing"):
        assert stage in quick.err
        assert stage in usual.err
    assert b"the start of Python" in quick.err
    for before in ("pass", ALONE):  # behind "--" it is a word
        assert typed(["--", "--timings"], env, before=before).err == b""


@pytest.mark.parametrize("before", ["pass", ALONE], ids=["asked", "alone"])
def test_timings_that_nobody_reads_are_no_trouble(
    before: str, service: None, env: dict[str, str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", ENTRY.format(before), "red", "--ids", "--timings"]
    done = subprocess.run(
        command, env=env, stdout=subprocess.PIPE, stderr=writing, timeout=60, check=False
    )
    os.close(writing)
    assert (done.returncode, len(done.stdout.split())) == (0, 5)
