"""`pick` as a person runs it, against the emulator."""

from __future__ import annotations

import io
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import requests

from gphotos_search.catalog import picker as recorded
from gphotos_search.catalog.store import Catalog
from gphotos_search.cli import pick as command
from gphotos_search.cli.qr import qr_lines
from gphotos_search.config import Config
from gphotos_search.config.example import toml
from gphotos_search.demo.browser import approve
from gphotos_search.demo.emulator import PICK_SCOPE, READ_SCOPE, Emulator, Fault
from gphotos_search.google.patience import RetryPolicy
from gphotos_search.google.signin import sign_in
from gphotos_search.lock import exclusive
from gphotos_search.sources import google_picker
from tests.cli.conftest import Run
from tests.library import with_tiny_model

LINK = "https://photos.google.com/picker/" + "x" * 60


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = partial(RetryPolicy, attempts=2, fault_s=0.01, busy_s=0.02)
    monkeypatch.setattr(google_picker, "RetryPolicy", quick)
    monkeypatch.setattr(command, "LOCK_WAIT_S", 0.0)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def account(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A configuration without any source; signed in, with the permission to pick."""
    whole = replace(with_tiny_model(config, tmp_path), sources=())
    google, model = whole.google, whole.model
    file = tmp_path / "config.toml"
    file.write_text(
        f"[storage]\ndata_dir = {toml(str(whole.storage.data_dir))}\n"
        f"[google]\nclient_secret = {toml(str(google.client_secret))}\n"
        f"library_url = {toml(google.library_url)}\npicker_url = {toml(google.picker_url)}\n"
        f"media_hosts = {toml(google.media_hosts)}\n"
        f"[model]\nname = {toml(model.name)}\nprecision = {toml(model.precision)}\n"
    )
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(file))
    agree(whole, PICK_SCOPE)
    return whole


def agree(config: Config, scope: str) -> None:
    sign_in(config, "default", [scope], open_browser=approve, say=lambda _: None)


def sessions(config: Config) -> list[recorded.PickerSession]:
    catalog = Catalog.open(config.storage.data_dir)
    with catalog.reading() as tx:
        found = recorded.of_source(tx, "picker")
    catalog.close()
    return found


def done_after(google: Emulator, polls: int, *photos: str) -> Callable[[float], None]:
    """A sleep during which, at the last of so many, the person presses Done."""
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == polls:
            google.picker.pick(google.picker.live[-1], photos)

    return sleep


def test_picks_without_any_source_in_the_config(
    google: Emulator, account: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_sleep", done_after(google, 2, *google.library.ids[:3]))
    ran = run("pick")
    assert ran.code == 0, ran.err
    link, *told = ran.out.splitlines()
    assert link.startswith(f"{google.url}/picker/ui/")
    assert told == ["picker: 3 picked, 3 new, 0 changed.", "3 embedded; 3 searchable."]
    assert google.picker.live == []
    assert requests.get(link, timeout=5).status_code == 404
    assert "picker" in run("sources", "list").out
    assert len(run("--ids", "anything").out.split()) == 3
    assert run("sync").code == 0


def test_detached_the_next_sync_fetches_what_was_picked(
    google: Emulator, account: Config, run: Run
) -> None:
    ran = run("pick", "--detach", "--max", "2")
    assert ran.code == 0, ran.err
    assert "service" in ran.err
    assert sessions(account)[0].poll_every_s == 5
    requests.post(ran.out.strip(), data={"newest": "9"}, timeout=5)
    synced = run("sync")
    assert synced.code == 0, synced.err
    assert "2 embedded" in synced.out
    assert google.picker.live == []


def test_ctrl_c_leaves_the_session_to_the_next_pick(
    google: Emulator, account: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_sleep", interrupted)
    first = run("pick")
    assert first.code == 130
    assert sessions(account)[0].poll_every_s == 5  # a running service goes on asking
    monkeypatch.setattr(command, "_sleep", done_after(google, 1, *google.library.ids))
    second = run("pick")
    assert second.code == 0, second.err
    assert second.out.splitlines()[0] == first.out.strip()
    assert google.log.count("pickerCreate") == 1


def test_picks_that_were_done_meanwhile_come_first(
    google: Emulator, account: Config, run: Run
) -> None:
    run("pick", "--detach")
    google.picker.pick(google.picker.live[0], google.library.ids[:1])
    ran = run("pick")
    assert ran.code == 0, ran.err
    assert "earlier session" in ran.err
    assert ran.out.startswith("picker: 1 picked")


def test_a_number_of_picks_asks_for_a_new_session(
    google: Emulator, account: Config, run: Run
) -> None:
    run("pick", "--detach")
    run("pick", "--detach", "--max", "7")
    assert len(google.picker.live) == 2
    assert run("pick", "--max", "2001").code == run("pick", "--max", "0").code == 2


def test_nobody_presses_done(google: Emulator, account: Config, run: Run) -> None:
    google.picker.timeout_s = 0
    ran = run("pick")
    assert ran.code == 4
    assert "Nobody pressed Done" in ran.err
    assert len(sessions(account)) == 1
    google.picker.timeout_s = 1800
    google.picker.expire(google.picker.live[0])
    again = run("pick", "--detach")
    assert "has expired; it is forgotten" in again.err
    assert [one.session_id for one in sessions(account)] == google.picker.live


def test_no_network_while_waiting_keeps_the_session(
    google: Emulator, account: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    google.faults.add(Fault(kind="pickerGet", status=503, times=None))
    monkeypatch.setattr(command, "_sleep", lambda _: None)
    ran = run("pick")
    assert ran.code == 4
    assert sessions(account)[0].poll_every_s == 5


def test_while_another_process_writes_the_picks_are_kept(
    google: Emulator, account: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_sleep", done_after(google, 1, *google.library.ids))
    run("sources", "list")  # makes the catalogue, which takes the same lock
    with exclusive(account.storage.data_dir / "lock", purpose="sync"):
        ran = run("pick")
    assert ran.code == 4
    assert "The picks are kept" in ran.err
    assert "7 embedded" in run("sync").out


@pytest.mark.parametrize(
    "prepare, code, words",
    [
        (lambda google: setattr(google.picker, "has_photos", False), 3, "has no Google Photos"),
        (lambda google: setattr(google.picker, "most_sessions", 0), 4, "no further picking"),
        (lambda google: google.revoke_grant(), 3, "auth login"),
        (lambda google: google.oauth.grants.replace_scopes([READ_SCOPE]), 3, "pick photos"),
    ],
)
def test_what_google_refuses(
    prepare: Callable[[Emulator], None],
    code: int,
    words: str,
    google: Emulator,
    account: Config,
    run: Run,
) -> None:
    prepare(google)
    ran = run("pick")
    assert ran.code == code, ran.err
    assert words in ran.err
    assert sessions(account) == []
    assert "picker" not in run("sources", "list").out  # nothing to remember


def test_who_is_not_signed_in_is_told_how(account: Config, run: Run) -> None:
    ran = run("pick", "--account", "second")
    assert ran.code == 3
    assert "auth login --account second --for google_picker" in ran.err


def test_a_screen_gets_a_browser(
    google: Emulator, account: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(command, "_open_browser", opened.append)
    monkeypatch.setenv("DISPLAY", ":0")
    ran = run("pick", "--detach")
    assert opened == [ran.out.strip()]


class Terminal(io.StringIO):
    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


def test_the_code_fits_the_terminal_or_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = qr_lines(LINK, Terminal())
    assert 15 < len(lines) < 30
    assert len({len(line) for line in lines}) == 1
    assert "\033" not in "".join(lines)
    assert qr_lines(LINK, Terminal("ascii")) == []
    monkeypatch.setenv("COLUMNS", "30")
    assert qr_lines(LINK, Terminal()) == []


def test_a_signal_during_the_fetch_stops_after_the_page(
    google: Emulator, account: Config, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_sleep", done_after(google, 1, *google.library.ids))
    struck = threading.Event()

    def strike(kind: str, _request: object) -> None:
        if kind == "media" and not struck.is_set():
            struck.set()
            os.kill(os.getpid(), signal.SIGINT)

    google.before = strike
    ran = run("pick")
    assert ran.code == 130
    assert "the next pick or sync goes on" in ran.err
    assert len(google.picker.live) == 1
    again = run("pick")
    assert again.code == 0, again.err
    assert "7 searchable" in again.out
    assert google.picker.live == []
