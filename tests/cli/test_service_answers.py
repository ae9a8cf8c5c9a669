"""With a running service a search is one request: nothing heavy is imported."""

from __future__ import annotations

import json
import os
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from gphotos_search.cli.search import ask_or_answer
from gphotos_search.config import load
from gphotos_search.errors import SignInNeeded, UsageError

HEAVY = "{'torch', 'numpy', 'sqlalchemy', 'faiss', 'transformers', 'apscheduler', 'requests'}"


class Service(BaseHTTPRequestHandler):
    """Answers with what was asked."""

    asked: ClassVar[list[dict[str, list[str]]]] = []
    refuses: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        params = parse_qs(urlsplit(self.path).query)
        self.asked.append(params)
        answer = self.refuses or {
            "query": " ".join(params["q"]),
            "encoder": "e",
            "took_ms": 1.0,
            "hits": [],
            "warnings": ["Old news."],
        }
        body = json.dumps(answer).encode()
        self.send_response(403 if self.refuses else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass

    def address_string(self) -> str:
        return "unix"


@pytest.fixture
def config_file() -> Iterator[Path]:
    """A service that listens, and the configuration that leads to it."""
    with tempfile.TemporaryDirectory() as short:  # a socket's path has room for 108 bytes
        folder = Path(short)
        file = folder / "config.toml"
        file.write_text(
            f'[storage]\ndata_dir = "{folder}/data"\n[service]\nsocket = "{folder}/s"\n'
        )
        with socketserver.ThreadingUnixStreamServer(str(folder / "s"), Service) as server:
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            yield file
            server.shutdown()
            thread.join()
    Service.asked.clear()
    Service.refuses.clear()


def test_a_search_asks_and_imports_nothing_heavy(config_file: Path) -> None:
    code = f"""
import sys
from gphotos_search.cli.main import main
try:
    main(["--config", {str(config_file)!r}, "sunset", "-night", "red car", "-n", "5", "--year",
          "2020,2021", "--type", "photo", "--no-group", "--json"])
except SystemExit as left:
    assert not left.code, left.code
heavy = {HEAVY} & set(sys.modules)
assert not heavy, heavy
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer == {"query": "sunset -night red car", "encoder": "e", "took_ms": 1.0, "hits": []}
    assert done.stderr == "Old news.\n"
    assert Service.asked == [
        {
            "q": ["sunset", "-night", "red car"],
            "limit": ["5"],
            "year": ["2020,2021"],
            "type": ["photo"],
            "remember": ["1"],
            "no_group": ["1"],
        }
    ]


def test_a_locale_without_unicode_is_no_obstacle(config_file: Path) -> None:
    code = "from gphotos_search.cli.main import main; main()"
    words = [b"caf\xe9", "雪".encode()]
    command: list[str | bytes] = [sys.executable, "-c", code, "--config", str(config_file)]
    command += [*words, "--json"]
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(command, check=False, capture_output=True, env={**os.environ, **plain})
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["query"] == "caf\ufffd 雪"


def test_mistakes_are_found_before_anyone_is_asked(config_file: Path) -> None:
    with pytest.raises(UsageError, match="--limit"):
        ask_or_answer(load(config_file), {"q": ["x"], "limit": "0"})
    assert Service.asked == []


def test_what_the_service_met_is_raised_here(config_file: Path) -> None:
    Service.refuses.update({"error": "Google says no.", "exit_code": 3, "account": "work"})
    with pytest.raises(SignInNeeded, match="Google says no"):
        ask_or_answer(load(config_file), {"q": ["x"]})
