"""Signing in, out, and seeing who is, as a person types it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gphotos_search.catalog import sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.browser import follow
from gphotos_search.demo.emulator import READ_SCOPE, REMOVED_SCOPES, Emulator, Fault
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.scopes import PICKER
from gphotos_search.google.tokens import TokenStore
from tests.cli.conftest import Ran, Run
from tests.signed_in import LONG_AGO, store_sign_in

Auth = Callable[..., Ran]

CONFIG = """
[storage]
data_dir = "{data}"
[google]
client_secret = "{client}"
library_url = "{url}/"
media_hosts = ["127.0.0.1"]
[[sources]]
name = "photos"
type = "google_library"
[[sources]]
name = "picked"
type = "google_picker"
account = "second"
"""


@pytest.fixture
def config_file(google: Emulator, config: Config, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    data, client = config.storage.data_dir, config.google.client_secret
    path.write_text(CONFIG.format(data=data, client=client, url=google.url))
    return path


@pytest.fixture
def auth(run: Run, config_file: Path) -> Auth:
    return lambda *argv: run("--config", str(config_file), "auth", *argv)


@pytest.fixture
def store(config: Config) -> TokenStore:
    return TokenStore(config.storage.tokens)


def sign_in(config_file: Path, *argv: str) -> Ran:
    """`auth login` in a process of its own, with the link opened as soon as it is printed."""
    program = "from gphotos_search.cli.main import main; main()"
    command = [sys.executable, "-c", program, "--config", str(config_file), "auth", "login"]
    with subprocess.Popen(
        [*command, "--no-browser", *argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "40"},
    ) as process:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            if line.startswith("http"):
                follow(line.strip())
                break
        out, err = process.communicate(timeout=60)
    return Ran(process.returncode, "".join(seen) + out, err)


def test_login_prints_one_whole_link_and_signs_in(config_file: Path, store: TokenStore) -> None:
    ran = sign_in(config_file)
    assert ran.code == 0
    links = [line for line in ran.out.splitlines() if line.startswith("http")]
    assert len(links) == 1
    assert "code_challenge=" in links[0]
    assert "\x1b" not in ran.out
    assert 'Signed in as "default".' in ran.out
    assert store.load("default").scopes == (READ_SCOPE,)


def test_each_account_is_asked_for_what_its_sources_need(
    config_file: Path, store: TokenStore
) -> None:
    assert sign_in(config_file, "--account", "second").code == 0
    assert store.load("second").scopes == (PICKER,)


def test_a_refusal_exits_3_with_the_next_step(config_file: Path, google: Emulator) -> None:
    google.oauth.person.denies = True
    ran = sign_in(config_file)
    assert ran.code == 3
    assert "not allowed" in ran.err
    assert "gphotos-search auth login" in ran.err
    assert "Traceback" not in ran.err


def test_an_exchange_that_fails_exits_4(config_file: Path, google: Emulator) -> None:
    google.faults.add(Fault(kind="token", status=503))
    assert sign_in(config_file).code == 4


def test_a_missing_client_file_exits_2_and_names_it(auth: Auth, config: Config) -> None:
    config.google.client_secret.unlink()
    ran = auth("login", "--no-browser")
    assert ran.code == 2
    assert str(config.google.client_secret) in ran.err
    assert "docs/how-to/google-client.md" in ran.err


@pytest.mark.parametrize("command", ["login", "logout"])
def test_a_bad_account_name_exits_2(command: str, auth: Auth) -> None:
    assert auth(command, "--account", "../../etc/passwd").code == 2


def test_status_without_a_sign_in(auth: Auth) -> None:
    ran = auth("status")
    assert ran.code == 0
    assert 'The account "default" is not signed in.' in ran.out
    assert "Run: gphotos-search auth login --account second" in ran.out
    assert "31 March 2025" in ran.out
    assert "Takeout" in ran.out


def test_status_tells_which_sources_are_covered_and_no_secret(
    auth: Auth, google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config)
    store_sign_in(google, config, account="second")
    ran = auth("status")
    assert "source photos (google_library): covered" in ran.out
    assert "source picked (google_picker): not covered: needs photospicker" in ran.out
    token = store.load("default")
    for secret in (token.access_token, token.refresh_token, token.client_secret):
        assert secret not in ran.out + ran.err


def test_status_of_removed_scopes(auth: Auth, google: Emulator, config: Config) -> None:
    store_sign_in(google, config, *REMOVED_SCOPES)
    assert "source photos (google_library): not covered" in auth("status").out


def test_status_of_a_revoked_grant(auth: Auth, google: Emulator, config: Config) -> None:
    store = store_sign_in(google, config, expiry=LONG_AGO)
    google.revoke_grant()
    with pytest.raises(Exception, match="no longer accepts"):
        AccountCredentials(store, "default").refresh(None)
    ran = auth("status")
    assert "no longer accepts" in ran.out
    assert "Run: gphotos-search auth login" in ran.out


def test_logout_ends_the_grant_and_removes_the_file(
    auth: Auth, google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config)
    ran = auth("logout")
    assert ran.code == 0
    assert not store.accounts()
    assert not google.grants.granted
    assert "was not signed in" in auth("logout").out


def test_logout_without_network_still_removes_the_file(
    auth: Auth, google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config)
    google.stop()
    ran = auth("logout")
    assert ran.code == 0
    assert not store.accounts()
    assert "myaccount.google.com/permissions" in ran.err


def test_logout_removes_a_file_that_cannot_be_read(
    auth: Auth, google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config)
    store.path("default").write_text("{")
    assert auth("logout").code == 0
    assert not store.accounts()


@pytest.mark.parametrize(
    ("account", "type_", "message"),
    [
        ("default", "google_library", "Signed in; the next sync goes on."),
        ("second", "google_library", "Google said no."),
        ("default", "google_picker", "Google said no."),
    ],
)
def test_a_new_sign_in_ends_what_was_said_about_the_old_one(
    config_file: Path, config: Config, account: str, type_: str, message: str
) -> None:
    catalog = Catalog.open(config.storage.data_dir)
    with catalog.transaction() as tx:
        row = sources.ensure(tx, "photos", type_, account)
        sources.set_state(tx, row.id, "needs-sign-in", "Google said no.")
    assert sign_in(config_file).code == 0
    with catalog.reading() as tx:
        assert sources.by_id(tx, row.id).message == message
    catalog.close()
