"""The API over a real unix socket, and the client that asks it."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.config import Config, ServiceConfig, StorageConfig
from gphotos_search.errors import Locked, SignInNeeded, TryLater, UsageError
from gphotos_search.service import server as server_module
from gphotos_search.service.api import Api
from gphotos_search.service.client import ask
from gphotos_search.service.clock import zone
from gphotos_search.service.current import Current
from gphotos_search.service.indexer import Indexer
from gphotos_search.service.listen import listener
from gphotos_search.service.server import Server
from gphotos_search.service.words import ZONE_HEADER
from tests.service.conftest import eventually
from tests.service.stand_in import Library


@pytest.fixture
def config(short: Path) -> Config:
    return Config(
        storage=StorageConfig(data_dir=short / "data"),
        service=ServiceConfig(socket=str(short / "s")),
    )


@pytest.fixture
def library(config: Config) -> Iterator[Library]:
    library = Library(config, {"last": datetime.now(UTC).isoformat()})
    current = Current(config, library)
    indexer = Indexer(current, lambda _: None)
    indexer.start()
    with listener(config) as listening:
        server = Server(listening, Api(current, indexer))
        server.start()
        yield library
        server.stop()
        assert indexer.stop(5)
    assert current.close(1)


def raw(config: Config, sent: bytes) -> tuple[int, dict[str, Any]]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(config.service.socket)
        connection.sendall(sent)
        got = b""
        while more := connection.recv(65536):
            got += more
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body) if body else {}


def get(config: Config, target: str, *headers: str) -> tuple[int, dict[str, Any]]:
    lines = [f"GET {target} HTTP/1.1", "Host: x", *headers, "", ""]
    return raw(config, "\r\n".join(lines).encode())


def test_search_takes_the_options_of_the_command_line(config: Config, library: Library) -> None:
    status, answer = get(config, "/v1/search?q=snowball%20fight&limit=2&year=2024&type=photo")
    assert status == 200
    assert list(answer) == ["query", "encoder", "took_ms", "hits", "warnings"]
    assert [hit["filename"] for hit in answer["hits"]] == ["café.jpg"] * 2
    assert answer["warnings"] == ["Old news."]


def test_the_client_gets_the_same_answer(config: Config, library: Library) -> None:
    answer = ask(config, "/v1/search", {"q": ["snow", "ball"], "limit": 1, "all": True, "year": ()})
    assert answer is not None
    assert answer["query"] == "snow ball"
    assert len(answer["hits"]) == 1


def test_status_health_and_sync(config: Config, library: Library) -> None:
    assert get(config, "/v1/health")[1]["ok"] is True
    status = ask(config, "/v1/status")
    assert status is not None
    assert status["items"] == 3
    assert status["service"]["pid"] == os.getpid()
    started = ask(config, "/v1/sync", method="POST")
    assert started is not None
    assert started["started"]
    eventually(lambda: library.syncs == [False])


def test_errors_cross_the_socket(config: Config, library: Library) -> None:
    with pytest.raises(UsageError, match="--sort"):
        ask(config, "/v1/search", {"q": "x", "sort": "size"})
    with pytest.raises(UsageError, match="no parameter"):
        ask(config, "/v1/search", {"q": "x", "colour": "red"})
    with pytest.raises(TryLater, match="Not now") as later:
        ask(config, "/v1/search", {"q": "later"})
    assert later.value.until == datetime(2030, 1, 2, tzinfo=UTC)
    assert later.value.advice == "Wait."
    with pytest.raises(SignInNeeded) as needed:
        ask(config, "/v1/search", {"q": "sign in"})
    assert needed.value.account == "second"
    assert needed.value.advice.endswith("--account second")


def test_a_bug_is_logged_and_the_client_answers_by_itself(
    config: Config, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    status, answer = get(config, "/v1/search?q=bug")
    assert status == 500
    assert answer["exit_code"] == 1
    assert "ya29" not in json.dumps(answer)
    assert "ValueError" in caplog.text
    assert ask(config, "/v1/search", {"q": "bug"}) is None


def test_another_protocol_or_library_is_refused(
    config: Config, library: Library, short: Path
) -> None:
    assert get(config, "/v1/health", "X-Gphotos-Search-Protocol: 0")[0] == 409
    status, answer = get(config, "/v1/search?q=x", "X-Gphotos-Search-Data-Dir: /elsewhere")
    assert status == 409
    assert "another library" in answer["error"]
    elsewhere = Config(storage=StorageConfig(data_dir=short / "b"), service=config.service)
    assert ask(elsewhere, "/v1/search", {"q": "x"}) is None


def test_a_client_in_another_zone_answers_by_itself(
    config: Config, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = f"{ZONE_HEADER}: {zone()}"
    assert get(config, "/v1/search?q=x", here)[0] == 200
    status, answer = get(config, "/v1/search?q=x", f"{ZONE_HEADER}: Pacific/Niue")
    assert status == 409
    assert "another time zone" in answer["error"]
    monkeypatch.setenv("TZ", "Pacific/Niue")  # this process keeps to the zone it began with
    assert ask(config, "/v1/search", {"q": "x"}) is None
    assert ask(config, "/v1/status") is not None
    named = replace(config, search=replace(config.search, timezone="Europe/Vienna"))
    current = Current(named, library)
    assert (
        Api(current, Indexer(current, lambda _: None))
        .reply("GET", "/v1/search?q=x", {ZONE_HEADER: "Pacific/Kiritimati"})
        .status
        == 200
    )


def test_what_the_service_does_not_read_is_answered_elsewhere(
    config: Config, library: Library
) -> None:
    assert ask(config, "/v1/search", {"q": "red " * 17_000}) is None
    many = ask(config, "/v1/search", {"q": ["a"] * 1500})
    assert many is not None
    assert many["query"] == " ".join("a" * 1500)
    assert get(config, "/v1/search?" + "q=a&" * 1500)[0] == 200


def test_a_data_folder_behind_a_link_or_with_any_name_is_the_same(short: Path) -> None:
    real = short / "Fotos ä%20"
    real.mkdir()
    (short / "link").symlink_to(real)
    service = ServiceConfig(socket=str(short / "s"))
    there = Config(storage=StorageConfig(data_dir=real), service=service)
    current = Current(there, Library(there))
    with listener(there) as listening:
        server = Server(listening, Api(current, Indexer(current, lambda _: None)))
        server.start()
        linked = Config(storage=StorageConfig(data_dir=short / "link"), service=service)
        assert ask(linked, "/v1/health") is not None
        server.stop()


@pytest.mark.parametrize(
    "sent, status",
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /v1/health HTTP/9.9\r\n\r\n", 505),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"BREW /v1/health HTTP/1.1\r\n\r\n", 405),
        (b"DELETE /v1/health HTTP/1.1\r\n\r\n", 405),
        (b"GET /v1/sync HTTP/1.1\r\n\r\n", 405),
        (b"HEAD /v1/health HTTP/1.1\r\n\r\n", 405),
        (b"GET /v2 HTTP/1.1\r\n\r\n", 404),
        (b"GET /v1/search HTTP/1.1\r\n\r\n", 400),
        (b"GET /v1/search?q=%ff HTTP/1.1\r\n\r\n", 400),
        (b"GET /v1/search?q=x&limit=0 HTTP/1.1\r\n\r\n", 400),
        (b"GET /v1/search?q=x&limit=many HTTP/1.1\r\n\r\n", 400),
        (b"GET http://[v1/health HTTP/1.1\r\n\r\n", 404),
        (b"POST /v1/sync HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /v1/sync HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST /v1/sync HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
    ],
)
def test_malformed_requests_are_refused_with_json(
    config: Config, library: Library, sent: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    found, answer = raw(config, sent)
    assert found == status
    assert sent.startswith(b"HEAD") or answer["error"]
    assert "Traceback" not in caplog.text


def test_a_body_that_stops_early_holds_no_place(
    config: Config, library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(config.service.socket)
        connection.sendall(b"POST /v1/sync HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf")
    assert get(config, "/v1/health")[0] == 200
    assert caplog.text == ""


def test_too_many_at_once_are_turned_away(
    config: Config, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "AT_ONCE", 2)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(get(config, "/v1/search?q=slow")[0]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [200, 200, 429, 429]
    assert ask(config, "/v1/health") is not None


def test_nobody_there_is_no_answer(config: Config) -> None:
    assert ask(config, "/v1/health") is None


def test_a_service_that_hangs_is_no_answer(config: Config) -> None:
    with listener(config):  # nobody accepts
        assert ask(config, "/v1/health", timeout=0.2) is None


def test_the_socket_is_private_and_one_service_owns_it(config: Config, library: Library) -> None:
    assert Path(config.service.socket).stat().st_mode & 0o777 == 0o600
    with pytest.raises(Locked, match="already running"), listener(config):
        pass
    assert ask(config, "/v1/health") is not None
