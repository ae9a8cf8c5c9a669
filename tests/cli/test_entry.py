"""The console script: one round trip where a service answers, and the usual way everywhere else."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.cli.answered import ENTRY, TOLD_MODULES, Told, typed
from tests.service.conftest import eventually


def test_a_search_imports_next_to_nothing(service: None, env: dict[str, str]) -> None:
    told = typed(["red", "-night", "-n", "3"], env, before=TOLD_MODULES)
    assert (told.code, told.out.count(b"\n")) == (0, 3)
    loaded = set(told.err.decode().split())
    heavy = "click numpy sqlalchemy json re typing socket pathlib enum dataclasses contextlib"
    assert not loaded & set(heavy.split())
    assert {name for name in loaded if name.startswith("gphotos_search")} == {
        *("gphotos_search", "gphotos_search.cli", "gphotos_search.cli.entry"),
        *("gphotos_search.cli.where", "gphotos_search.service", "gphotos_search.service.clock"),
        "gphotos_search.service.words",
    }


def test_without_a_service_it_imports_what_it_needs(elsewhere: dict[str, str]) -> None:
    told = typed(["red"], elsewhere, before=TOLD_MODULES)
    assert (told.code, told.out.count(b"\n")) == (0, 5)
    loaded = set(told.err.decode().split())
    assert {"numpy", "sqlalchemy", "tokenizers"} <= loaded
    assert not loaded & {"torch", "transformers", "alembic", "requests", "http.client"}


def test_a_pipe_that_nobody_reads_is_no_trouble(service: None, env: dict[str, str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-c", ENTRY.format("pass"), "red"]
    done = subprocess.run(
        command, env=env, stdout=writing, stderr=subprocess.PIPE, timeout=60, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_told(service: None, env: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-c", ENTRY.format("pass"), "red"]
        done = subprocess.run(
            command, env=env, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert done.returncode == 4
    assert done.stderr.startswith(b"The disk is full")


@contextmanager
def listening(path: str, said: bytes, *, waits: bool = False) -> Iterator[list[bytes]]:
    """Someone who answers every request with these bytes, or keeps the connection waiting."""
    heard: list[bytes] = []
    kept = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    heard.append(connection.recv(1 << 16))
                    connection.sendall(said)
                    if waits:
                        kept.append(connection)
                    else:
                        connection.close()

        threading.Thread(target=serve, daemon=True).start()
        try:
            yield heard
        finally:
            listener.shutdown(socket.SHUT_RDWR)
    for connection in kept:
        connection.close()
    Path(path).unlink()


@pytest.fixture
def elsewhere(env: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    """The same library, with a socket at which nobody listens yet."""
    folder = Path(tempfile.mkdtemp(prefix="gs"))
    text = Path(env["GPHOTOS_SEARCH_CONFIG"]).read_text()
    file = tmp_path / "config.toml"
    old = next(line for line in text.split("\n") if line.startswith("socket"))
    file.write_text(text.replace(old, f'socket = "{folder}/s"'))
    yield {**env, "GPHOTOS_SEARCH_CONFIG": str(file), "SOCKET": f"{folder}/s"}
    shutil.rmtree(folder)


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        *(b"", b"HTTP/1.1 404 Not Found\r\n\r\n", b"HTTP/1.1 409 Conflict\r\n\r\n1 2\nxy0 0\n"),
        *(OK, OK + b"1 5\nhel", OK + b"1 2\nxy", OK + b"1 2\nxy1 1\nz", OK + b"what"),
    ],
    ids=repr,
)
def test_half_an_answer_is_none(said: bytes, elsewhere: dict[str, str]) -> None:
    with listening(elsewhere["SOCKET"], said) as heard:
        told = typed(["red", "--ids"], elsewhere)
    assert heard[0].startswith(b"POST /v1/terminal ")
    assert (told.code, told.err) == (0, b"")
    assert sorted(told.out.split()) == [b"1", b"2", b"3", b"4", b"5"]


def test_who_is_too_slow_is_not_asked_again(elsewhere: dict[str, str]) -> None:
    with listening(elsewhere["SOCKET"], OK + b"1 2\n", waits=True) as heard:
        told = typed(["red", "--ids"], elsewhere, before="entry.ANSWER_S = 0.3")
    assert len(heard) == 1
    assert (told.code, told.err, len(told.out.split())) == (0, b"", 5)


def test_what_is_not_our_socket_is_not_written_to(elsewhere: dict[str, str]) -> None:
    place = Path(elsewhere["SOCKET"])
    place.write_text("a file")
    assert typed(["red", "--ids"], elsewhere).code == 0
    assert place.read_text() == "a file"
    place.unlink()
    with listening(str(place), OK + b"1 3\nbad0 0\n") as heard:
        stranger = "import os; os.getuid = lambda: 4711"
        told = typed(["red", "--ids"], elsewhere, before=stranger)
    assert heard == []
    assert b"bad" not in told.out


def test_ctrl_c_while_waiting(elsewhere: dict[str, str]) -> None:
    # What runs in the background of a shell is started deaf to Ctrl-C, and so would this be.
    hears = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    with listening(elsewhere["SOCKET"], b"", waits=True) as heard:
        process = subprocess.Popen(
            [sys.executable, "-c", ENTRY.format(hears), "red"],
            env=elsewhere,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        eventually(lambda: heard)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    told = Told(out, err, process.returncode)
    assert told == Told(b"", b"\nStopped; nothing is lost.\n", 130)


def test_everything_else_takes_the_usual_way(elsewhere: dict[str, str]) -> None:
    with listening(elsewhere["SOCKET"], OK + b"1 3\nbad0 0\n") as heard:
        for argv in (["--version"], ["red", "--help"], ["--help"], ["red", "--show"]):
            told = typed(argv, elsewhere)
            assert b"bad" not in told.out
            assert told == typed(argv, elsewhere, usual=True)
    assert heard == []
    assert typed([], elsewhere).code == 2
