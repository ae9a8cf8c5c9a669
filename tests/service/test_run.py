"""The service as a process: signals, the service manager, and searches whatever else happens."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from tests.service.conftest import Running, eventually

NOW = datetime.now(UTC).isoformat()
HAND_OVER = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_answers_while_it_syncs_and_sigterm_ends_the_sync_first(service: Running) -> None:
    service.settings(sync=60)
    service.start()
    service.syncs()
    assert service.ask("/v1/search", q="snow")["query"] == "snow"
    began = time.monotonic()
    service.send(signal.SIGTERM)
    assert service.ends() == 0
    assert time.monotonic() - began < 5
    assert "Sync ended" in service.said()
    assert "STOPPING=1" in service.messages()
    assert not (service.folder / "s").exists()


def test_a_sync_that_does_not_end_is_cut_off_within_ten_seconds(service: Running) -> None:
    service.settings(sync=60, deaf=True)
    service.start()
    service.syncs()
    began = time.monotonic()
    service.send(signal.SIGINT)
    assert service.ends() == 0
    assert time.monotonic() - began < 10
    assert "cut off" in service.said()
    assert not (service.folder / "s").exists()


def test_sighup_takes_the_new_configuration_and_keeps_the_old_one_when_broken(
    service: Running,
) -> None:
    service.settings(last=NOW, every=6 * 3600)
    service.start()
    before = service.ask("/v1/health")["next_sync"]
    service.settings(last=NOW, every=48 * 3600)
    service.send(signal.SIGHUP)
    after = eventually(lambda: _other(service, before))
    assert after > before
    assert "RELOADING=1" in service.messages()
    (service.folder / "good").write_text((service.folder / "settings.json").read_text())
    service.settings(broken="sync.evry: no such setting")
    service.send(signal.SIGHUP)
    eventually(lambda: "sync.evry: no such setting" in service.said())
    (service.folder / "good").rename(service.folder / "settings.json")
    assert service.ask("/v1/search", q="snow")["query"] == "snow"
    assert service.ask("/v1/health")["next_sync"] == after


def test_it_warms_up_without_asking_anything(service: Running) -> None:
    service.settings(last=NOW)
    service.start()
    eventually(lambda: service.ask("/v1/status")["warmed"])
    assert service.ask("/v1/status")["asks"] == 0  # an answer could tell what is told only once


def _other(service: Running, before: str) -> str | None:
    found = str(service.ask("/v1/health")["next_sync"])
    return found if found != before else None


def test_sighup_during_a_sync_starts_it_over(service: Running) -> None:
    service.settings(sync=60)
    service.start()
    service.syncs()
    service.settings(sync=0)
    service.send(signal.SIGHUP)
    eventually(lambda: service.said().count("Sync ended") == 2)


def test_needed_sign_in_is_told_and_does_not_end_the_service(service: Running) -> None:
    service.settings(fail="sign in")
    service.start()
    service.syncs()
    told = eventually(lambda: service.ask("/v1/status")["service"]["message"])
    assert "gphotos-search auth login" in told
    assert service.ask("/v1/search", q="snow")["hits"]
    service.hears("STATUS=Syncing")


def test_a_bug_in_a_sync_is_logged_without_its_secrets_and_the_service_goes_on(
    service: Running,
) -> None:
    service.settings(fail="bug")
    service.start()
    service.syncs()
    assert "bug" in eventually(lambda: service.ask("/v1/status")["service"]["message"])
    assert "ZeroDivisionError" in service.said()
    assert "secretsecret" not in service.said()
    assert not service.ask("/v1/health")["syncing"]


def test_the_watchdog_is_fed(service: Running) -> None:
    service.settings(last=NOW)
    service.start(env={"WATCHDOG_USEC": "200000"})
    service.hears("WATCHDOG=1")


def test_notifies_an_abstract_socket(service: Running) -> None:
    name = f"gphotos-search-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        manager.settimeout(20)
        service.settings(last=NOW)
        service.start(ready=False, env={"NOTIFY_SOCKET": f"@{name}"})
        heard = ""
        while "READY=1" not in heard:
            heard = manager.recv(4096).decode()


def test_a_second_service_says_who_is_there(service: Running) -> None:
    service.settings(last=NOW)
    service.start()
    second = subprocess.run(
        [sys.executable, "-m", "tests.service.stand_in", str(service.folder)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert second.returncode == 4
    assert "already running" in second.stderr
    assert service.ask("/v1/health")["ok"]


def test_a_killed_service_leaves_nothing_in_the_way(service: Running) -> None:
    service.settings(last=NOW)
    service.start()
    service.send(signal.SIGKILL)
    service.ends()
    assert (service.folder / "s").exists()
    service.heard.clear()
    service.start()
    assert service.ask("/v1/health")["ok"]


def test_takes_the_socket_of_the_service_manager_and_leaves_when_idle(service: Running) -> None:
    service.settings(idle_exit=0.6)
    path = service.folder / "s"
    with socket.socket(socket.AF_UNIX) as passed:
        passed.bind(str(path))
        passed.listen()
        with closing(http.client.HTTPConnection("localhost")) as client:
            client.sock = socket.socket(socket.AF_UNIX)
            client.sock.settimeout(20)
            client.sock.connect(str(path))  # before the service is there: it waits in the queue
            client.request("GET", "/v1/search?q=snow")
            hand_over = (sys.executable, "-c", HAND_OVER, str(passed.fileno()))
            service.start(*hand_over, ready=False, keep=(passed.fileno(),))
            assert json.loads(client.getresponse().read())["query"] == "snow"
        assert service.ends() == 0
        assert path.exists(), "the socket belongs to the service manager"
    assert "Sync ended" not in service.said()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_is_enough(service: Running) -> None:
    service.settings(last=NOW)
    service.start()
    question = ("http://x/v1/search", "--data-urlencode", "q=snowball fight", "-d", "limit=2")
    done = subprocess.run(
        ["curl", "-sS", "--unix-socket", str(service.folder / "s"), "-G", *question],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    answer = json.loads(done.stdout)
    assert answer["query"] == "snowball fight"
    assert len(answer["hits"]) == 2
    assert answer["warnings"] == ["Old news."]
