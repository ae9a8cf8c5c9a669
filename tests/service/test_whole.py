"""The whole program behind the service: sign-in, sync from the emulator, answers, all for real."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.config import Config, load
from gphotos_search.demo.browser import approve
from gphotos_search.demo.emulator import Emulator
from gphotos_search.demo.run import CONFIG
from gphotos_search.errors import UsageError
from gphotos_search.google.scopes import LIBRARY
from gphotos_search.google.signin import sign_in
from gphotos_search.service.client import ask
from tests import tiny
from tests.service.conftest import eventually

PROGRAM = [sys.executable, "-c", "from gphotos_search.cli.main import main; main()"]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.clip(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def config(google: Emulator, short: Path, checkpoint: Path) -> Config:
    google.write_client_file(short / "client_secret.json")
    text = CONFIG.format(home=short, url=google.url, host=google.media_host)
    text = text.replace('name = "demo"   #', f'name = "{checkpoint}"  #')
    (short / "config.toml").write_text(f'{text}\n[service]\nsocket = "{short}/s"\n')
    config = load(short / "config.toml")
    sign_in(config, "default", (LIBRARY,), open_browser=approve, say=lambda _: None)
    return config


@pytest.fixture
def running(config: Config, short: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (short / "log").open("wb") as log:
        process = subprocess.Popen(
            [*PROGRAM, "--config", str(config.file), "service", "run"], stderr=log
        )
    yield process
    process.kill()
    process.wait()


def answer(config: Config, path: str, **params: Any) -> dict[str, Any]:
    return ask(config, path, params) or {}


def test_from_an_empty_folder_to_hits_and_out(
    config: Config, running: subprocess.Popen[bytes], short: Path
) -> None:
    # It answers from the start, before anything is indexed, and syncs without being asked.
    first = eventually(lambda: answer(config, "/v1/search", q="snow"), 60)
    assert first["encoder"] == "" or first["hits"]
    eventually(lambda: answer(config, "/v1/status").get("indexed") == 7, 200)
    found = answer(config, "/v1/search", q="snow", limit=3)
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3]
    eventually(lambda: not answer(config, "/v1/health")["syncing"])
    status = answer(config, "/v1/status")
    assert status["service"]["next_sync"]
    # The command line is answered by it, in words that are its own.
    done = subprocess.run(
        [*PROGRAM, "--config", str(config.file), "snow", "--json", "-n", "3"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(done.stdout)["hits"] == found["hits"]
    running.send_signal(signal.SIGTERM)
    assert running.wait(10) == 0
    log = (short / "log").read_text()
    assert "Sync ended: 7 embedded, 0 failed" in log
    assert "Traceback" not in log
    for token in json.loads(next((short / "data" / "tokens").glob("*.json")).read_text()).values():
        assert not (isinstance(token, str) and len(token) > 20 and token in log)


def test_a_service_without_sign_in_stays_and_says_so(
    google: Emulator, config: Config, short: Path
) -> None:
    shutil.rmtree(short / "data" / "tokens")
    with (short / "log").open("wb") as log:
        process = subprocess.Popen(
            [*PROGRAM, "--config", str(config.file), "service", "run"],
            stderr=log,
            env={**os.environ, "XDG_RUNTIME_DIR": ""},
        )
    try:
        eventually(lambda: answer(config, "/v1/health"), 60)
        ask(config, "/v1/sync", method="POST")
        told = eventually(lambda: answer(config, "/v1/health").get("message"), 100)
        assert "gphotos-search auth login" in told
        with pytest.raises(UsageError):
            ask(config, "/v1/search", {"q": ""})
        assert process.poll() is None
    finally:
        process.terminate()
        assert process.wait(10) == 0
