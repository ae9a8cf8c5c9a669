from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.errors import SignInNeeded, TryLater
from gphotos_search.google.credentials import AccountCredentials, revoke
from gphotos_search.google.tokens import TokenStore
from tests.signed_in import LONG_AGO, store_sign_in


@pytest.fixture
def stale(google: Emulator, config: Config) -> TokenStore:
    return store_sign_in(google, config, expiry=LONG_AGO)


def refreshed(store: TokenStore) -> AccountCredentials:
    credentials = AccountCredentials(store, "default")
    credentials.refresh(None)
    return credentials


def test_a_fresh_token_is_taken_from_the_file(google: Emulator, store: TokenStore) -> None:
    credentials = refreshed(store)
    assert credentials.valid
    assert credentials.token == store.load("default").access_token
    assert google.log.count("token") == 0


def test_a_stale_one_is_renewed_and_saved(google: Emulator, stale: TokenStore) -> None:
    before = stale.load("default")
    credentials = refreshed(stale)
    after = stale.load("default")
    assert credentials.token == after.access_token != before.access_token
    assert after.expiry is not None
    assert after == replace(before, access_token=after.access_token, expiry=after.expiry)
    assert google.log.count("token") == 1


def test_a_refused_token_is_renewed_although_it_looks_fresh(
    google: Emulator, store: TokenStore
) -> None:
    credentials = refreshed(store)
    credentials.refresh(None)  # what the transport does after a 401
    assert google.log.count("token") == 1


@pytest.mark.parametrize(
    "fault, word",
    [
        (Fault(kind="token", status=400, message="invalid_grant"), "no longer accepts"),
        (Fault(kind="token", status=401, message="invalid_client"), "does not know"),
        (Fault(kind="token", status=401, message="deleted_client"), "deleted"),
        (Fault(kind="token", status=400, message="admin_policy_enforced"), "administrator"),
        (Fault(kind="token", status=400, message="unauthorized_client"), "may not be used"),
        (Fault(kind="token", status=400, message="invalid_scope"), "no longer grants"),
    ],
)
def test_the_end_of_a_grant_is_recorded_and_not_asked_again(
    fault: Fault, word: str, google: Emulator, stale: TokenStore
) -> None:
    google.faults.add(fault)
    for _ in range(3):
        with pytest.raises(SignInNeeded, match=word) as caught:
            refreshed(stale)
        assert caught.value.exit_code == 3
        assert "gphotos-search auth login" in caught.value.advice
    assert google.log.count("token") == 1
    assert stale.load("default").refused


def test_a_revoked_grant_needs_a_sign_in(google: Emulator, stale: TokenStore) -> None:
    google.revoke_grant()
    with pytest.raises(SignInNeeded, match="revoked"):
        refreshed(stale)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="token", effect="reset"),
        Fault(kind="token", effect="html"),
        Fault(kind="token", effect="redirect"),
        Fault(kind="token", status=403, body="html"),
    ],
)
def test_trouble_at_the_server_keeps_the_sign_in(
    fault: Fault, google: Emulator, stale: TokenStore
) -> None:
    google.faults.add(replace(fault, times=None))
    with pytest.raises(TryLater):
        refreshed(stale)
    assert not stale.load("default").refused
    assert len(google.foreign_log) == 0  # nothing followed the redirect
    google.faults.clear()
    assert refreshed(stale).valid


def test_no_network_keeps_the_sign_in(google: Emulator, stale: TokenStore) -> None:
    google.stop()
    with pytest.raises(TryLater, match="cannot be reached"):
        refreshed(stale)
    assert not stale.load("default").refused


def test_many_threads_refresh_once(google: Emulator, stale: TokenStore) -> None:
    credentials = AccountCredentials(stale, "default")
    tokens: set[str | None] = set()

    def use() -> None:
        headers: dict[str, str] = {}
        credentials.before_request(None, "GET", google.url, headers)  # type: ignore[no-untyped-call]
        tokens.add(headers["authorization"])

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert google.log.count("token") == 1
    assert len(tokens) == 1


REFRESH = """
import sys
from pathlib import Path
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.tokens import TokenStore
credentials = AccountCredentials(TokenStore(Path(sys.argv[1])), "default")
print("ready", flush=True)
sys.stdin.readline()
credentials.refresh(None)
print(credentials.token)
"""


def test_two_processes_refresh_once(google: Emulator, stale: TokenStore) -> None:
    google.faults.add(Fault(kind="token", effect="slow", delay_s=0.5))  # so that they do overlap
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", REFRESH, str(stale.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = {process.communicate(timeout=60)[0].strip() for process in processes}
    assert google.log.count("token") == 1
    assert printed == {stale.load("default").access_token}


def test_signing_out_while_we_run_is_noticed(google: Emulator, store: TokenStore) -> None:
    credentials = refreshed(store)
    store.delete("default")
    with pytest.raises(SignInNeeded):
        credentials.refresh(None)


def test_revoking_ends_the_grant(google: Emulator, store: TokenStore) -> None:
    token = store.load("default")
    assert revoke(token)
    assert revoke(token)  # dead already: over all the same
    google.stop()
    assert not revoke(token)
