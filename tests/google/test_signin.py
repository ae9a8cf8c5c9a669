from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from gphotos_search.config import Config
from gphotos_search.demo.browser import approve
from gphotos_search.demo.emulator import READ_SCOPE, Emulator, Fault
from gphotos_search.errors import ConfigError, GphotosError, SignInNeeded, TryLater, UsageError
from gphotos_search.google.scopes import PICKER
from gphotos_search.google.signin import SignedIn, sign_in
from gphotos_search.google.tokens import TokenStore
from tests.signed_in import store_sign_in

Browser = Callable[[str], object]


def attempt(config: Config, browser: Browser | None = approve, **more: object) -> SignedIn:
    more = {"timeout_s": 20.0, "say": lambda line: None, **more}
    scopes = [READ_SCOPE]
    return sign_in(config, "default", scopes, open_browser=browser, **more)  # type: ignore[arg-type]


def back_at(url: str) -> str:
    return parse_qs(urlsplit(url).query)["redirect_uri"][0]


def test_consent_becomes_a_token_file(google: Emulator, config: Config) -> None:
    said: list[str] = []
    done = attempt(config, say=said.append)
    token = TokenStore(config.storage.tokens).load("default")
    assert done == SignedIn(account="default", granted=(READ_SCOPE,), missing=())
    assert token.token_uri == f"{google.url}/token"
    assert token.scopes == (READ_SCOPE,)
    assert token.refresh_token
    assert token.expiry is not None
    links = [line for line in said if line.startswith("http")]
    assert len(links) == 1
    query = {key: values[0] for key, values in parse_qs(urlsplit(links[0]).query).items()}
    assert query["access_type"] == "offline"
    assert query["prompt"] == "consent"
    assert query["code_challenge_method"] == "S256"
    port = urlsplit(query["redirect_uri"]).port
    assert any(line.startswith(f"ssh -L {port}:localhost:{port} ") for line in said)
    assert not any(token.refresh_token in line for line in said)


def test_nothing_of_it_stays_in_the_environment(google: Emulator, config: Config) -> None:
    attempt(config)
    assert not [name for name in os.environ if name.startswith("OAUTHLIB_")]


def test_fewer_permissions_than_asked_are_kept_and_named(google: Emulator, config: Config) -> None:
    google.oauth.person.unticks = frozenset({PICKER})
    done = sign_in(
        config, "default", [READ_SCOPE, PICKER], open_browser=approve, say=lambda line: None
    )
    assert done.granted == (READ_SCOPE,)
    assert done.missing == (PICKER,)
    assert TokenStore(config.storage.tokens).load("default").scopes == (READ_SCOPE,)


def test_more_permissions_than_asked_are_kept(google: Emulator, config: Config) -> None:
    google.sign_in([PICKER])  # an earlier consent, which this one widens
    done = attempt(config)
    assert set(done.granted) == {READ_SCOPE, PICKER}
    assert done.missing == ()


def test_a_refusal_leaves_the_old_sign_in(google: Emulator, config: Config) -> None:
    store = store_sign_in(google, config)
    before = store.load("default")
    google.oauth.person.denies = True
    with pytest.raises(SignInNeeded, match="not allowed") as caught:
        attempt(config)
    assert "auth login" in caught.value.advice
    assert store.load("default") == before


def test_an_answer_with_another_state_is_not_used(google: Emulator, config: Config) -> None:
    def forged(url: str) -> None:
        requests.get(back_at(url), params={"code": "4/stolen", "state": "other"}, timeout=10)

    with pytest.raises(SignInNeeded, match="does not belong"):
        attempt(config, forged)
    assert google.log.count("token") == 0


def test_stray_requests_do_not_end_the_wait(google: Emulator, config: Config) -> None:
    def nosy(url: str) -> None:
        target = urlsplit(back_at(url))
        spare = socket.create_connection((target.hostname or "", target.port or 0))
        assert requests.get(f"{back_at(url)}favicon.ico", timeout=10).status_code == 404
        assert requests.get(back_at(url), timeout=10).status_code == 404
        approve(url)
        spare.close()

    assert attempt(config, nosy).granted == (READ_SCOPE,)


def test_no_answer_in_time(google: Emulator, config: Config) -> None:
    with pytest.raises(SignInNeeded, match="in time"):
        attempt(config, None, timeout_s=0.1)


def test_an_odd_error_of_google_is_named(google: Emulator, config: Config) -> None:
    def fails(url: str) -> None:
        state = parse_qs(urlsplit(url).query)["state"][0]
        error = {"error": "org_internal", "state": state}
        requests.get(back_at(url), params=error, timeout=10)

    with pytest.raises(SignInNeeded, match="org_internal"):
        attempt(config, fails)


@pytest.mark.parametrize(
    "fault, kind",
    [
        (Fault(kind="token", status=401, message="invalid_client"), ConfigError),
        (Fault(kind="token", status=400, message="invalid_grant"), SignInNeeded),
        (Fault(kind="token", status=503), TryLater),
        (Fault(kind="token", effect="html"), TryLater),
        (Fault(kind="token", effect="reset"), TryLater),
        (Fault(kind="token", effect="redirect"), TryLater),
    ],
)
def test_a_failed_exchange_is_a_sentence(
    fault: Fault, kind: type[GphotosError], google: Emulator, config: Config
) -> None:
    google.faults.add(fault)
    with pytest.raises(kind):
        attempt(config)
    assert not TokenStore(config.storage.tokens).accounts()
    assert len(google.foreign_log) == 0


def test_no_network_is_no_lost_sign_in(google: Emulator, config: Config) -> None:
    def unplug(url: str) -> None:
        state = parse_qs(urlsplit(url).query)["state"][0]
        google.stop()
        requests.get(back_at(url), params={"code": "4/0A", "state": state}, timeout=10)

    with pytest.raises(TryLater, match="cannot be reached"):
        attempt(config, unplug)


def test_a_taken_port_is_said(google: Emulator, config: Config) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)):
            attempt(config, port=port)


def test_a_fixed_port_is_the_one_in_the_link(google: Emulator, config: Config) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    urls: list[str] = []

    def note(url: str) -> None:
        urls.append(url)
        approve(url)

    attempt(config, note, port=port)
    assert urlsplit(back_at(urls[0])).port == port


def test_a_client_file_that_leads_over_http_is_refused(config: Config, tmp_path: Path) -> None:
    path = config.google.client_secret
    body = json.loads(path.read_text())
    body["installed"]["token_uri"] = "http://oauth2.example/token"
    path.write_text(json.dumps(body))
    with pytest.raises(ConfigError, match="https"):
        attempt(config)


def test_a_name_cannot_lead_elsewhere(config: Config) -> None:
    with pytest.raises(UsageError):
        sign_in(config, "../x", [READ_SCOPE], open_browser=None, say=print)
