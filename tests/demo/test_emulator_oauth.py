"""Signing in against the emulator, the way desktop programs do."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.credentials import Credentials

from gphotos_search.demo.browser import follow
from gphotos_search.demo.emulator import READ_SCOPE, Emulator, Fault, Library
from gphotos_search.demo.emulator.oauth import CLIENT_ID, CLIENT_SECRET
from tests.conftest import credentials_for

APPEND_SCOPE = "https://www.googleapis.com/auth/photoslibrary.appendonly"
BACK = "http://127.0.0.1:9/"  # nobody listens there: the redirect is read, not followed


def using(credentials: Credentials) -> requests.Session:
    session: requests.Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    return session


def renew(credentials: Credentials) -> None:
    credentials.refresh(Request())  # type: ignore[no-untyped-call]


def ask(google: Emulator, **changes: str) -> requests.Response:
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": BACK,
        "scope": READ_SCOPE,
        "state": "the state",
        "access_type": "offline",
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        **changes,
    }
    return requests.get(f"{google.url}/auth", params=query, allow_redirects=False, timeout=5)


def redirected(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302
    return {name: v[0] for name, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(google: Emulator, code: str, **changes: str) -> requests.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "code_verifier": "v" * 43,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **changes,
    }
    return requests.post(f"{google.url}/token", data=form, timeout=5)


def refresh(google: Emulator, token: object, **changes: str) -> requests.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": str(token),
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        **changes,
    }
    return requests.post(f"{google.url}/token", data=form, timeout=5)


def test_the_redirect_carries_code_state_and_scope(google: Emulator) -> None:
    back = redirected(ask(google))
    assert back["state"] == "the state"
    assert back["scope"] == READ_SCOPE
    answer = exchange(google, back["code"]).json()
    assert answer["token_type"] == "Bearer"
    assert answer["expires_in"] == 3599
    assert answer["refresh_token"]


@pytest.mark.parametrize(
    "changes, status, word",
    [
        ({"client_id": "somebody else"}, 401, "invalid_client"),
        ({"redirect_uri": "http://evil.example/"}, 400, "redirect_uri_mismatch"),
        ({"redirect_uri": "urn:ietf:wg:oauth:2.0:oob"}, 400, "redirect_uri_mismatch"),
        ({"response_type": "token"}, 400, "invalid_request"),
        ({"scope": ""}, 400, "invalid_request"),
        ({"code_challenge": "short"}, 400, "invalid_request"),
    ],
)
def test_a_bad_consent_request_is_a_page_not_a_redirect(
    google: Emulator, changes: dict[str, str], status: int, word: str
) -> None:
    answer = ask(google, **changes)
    assert answer.status_code == status
    assert word in answer.text
    with pytest.raises(requests.HTTPError):
        follow(answer.url)


def test_a_code_works_once_and_only_for_its_verifier_and_address(google: Emulator) -> None:
    code = redirected(ask(google))["code"]
    assert exchange(google, code).status_code == 200
    assert exchange(google, code).json()["error"] == "invalid_grant"
    stolen = redirected(ask(google))["code"]
    assert exchange(google, stolen, code_verifier="w" * 43).json()["error"] == "invalid_grant"
    moved = exchange(google, redirected(ask(google))["code"], redirect_uri="http://localhost:1/")
    assert moved.json()["error"] == "redirect_uri_mismatch"


def test_the_client_may_sign_in_by_basic_or_by_form(google: Emulator) -> None:
    code = redirected(ask(google))["code"]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": BACK,
        "code_verifier": "v" * 43,
    }  # fmt: skip
    post = requests.post
    wrong = post(f"{google.url}/token", data=form, auth=(CLIENT_ID, "guess"), timeout=5)
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    right = post(f"{google.url}/token", data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=5)
    assert right.status_code == 200


def test_a_refresh_token_comes_at_the_first_consent_or_when_forced(google: Emulator) -> None:
    assert "refresh_token" in exchange(google, redirected(ask(google))["code"]).json()
    assert "refresh_token" not in exchange(google, redirected(ask(google))["code"]).json()
    forced = redirected(ask(google, prompt="consent"))["code"]
    assert "refresh_token" in exchange(google, forced).json()
    online = redirected(ask(google, prompt="consent", access_type="online"))["code"]
    assert "refresh_token" not in exchange(google, online).json()


def test_earlier_grants_are_included_on_request(google: Emulator) -> None:
    google.sign_in([APPEND_SCOPE])
    assert redirected(ask(google))["scope"] == READ_SCOPE
    both = redirected(ask(google, include_granted_scopes="true"))["scope"].split()
    assert set(both) == {READ_SCOPE, APPEND_SCOPE}


def test_refreshing_may_narrow_but_not_widen(google: Emulator) -> None:
    token = google.sign_in([READ_SCOPE, APPEND_SCOPE])["refresh_token"]
    answer = refresh(google, token, scope=READ_SCOPE).json()
    assert answer["scope"] == READ_SCOPE
    assert "refresh_token" not in answer
    wide = refresh(google, token, scope=f"{READ_SCOPE} https://www.googleapis.com/auth/drive")
    assert (wide.status_code, wide.json()["error"]) == (400, "invalid_scope")


def test_access_tokens_expire_by_the_clock_and_refresh() -> None:
    now = [1000.0]
    with Emulator(Library(), clock=lambda: now[0], access_token_ttl_s=60) as google:
        credentials = credentials_for(google)
        url = f"{google.url}/v1/mediaItems"
        header = {"Authorization": f"Bearer {credentials.token}"}
        assert requests.get(url, headers=header, timeout=5).json() == {}
        now[0] += 60
        late = requests.get(url, headers=header, timeout=5)
        assert (late.status_code, late.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
        renew(credentials)
        header = {"Authorization": f"Bearer {credentials.token}"}
        assert requests.get(url, headers=header, timeout=5).status_code == 200


def test_expiring_now_makes_the_client_refresh_by_itself(
    google: Emulator, credentials: Credentials
) -> None:
    google.expire_access_tokens()
    with using(credentials) as session:
        assert session.get(f"{google.url}/v1/mediaItems").status_code == 200
    assert google.log.count("token") == 1


def test_a_revoked_grant_is_final(google: Emulator, credentials: Credentials) -> None:
    google.revoke_grant()
    with pytest.raises(RefreshError, match="expired or revoked") as caught:
        renew(credentials)
    assert not caught.value.retryable
    assert caught.value.args[1]["error"] == "invalid_grant"


def test_revoking_either_token_ends_the_grant(google: Emulator) -> None:
    for kind in ("access_token", "refresh_token"):
        answer = google.sign_in()
        form = {"token": str(answer[kind])}
        assert requests.post(f"{google.url}/revoke", data=form, timeout=5).status_code == 200
        again = requests.post(f"{google.url}/revoke", data=form, timeout=5)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_token")
        assert refresh(google, answer["refresh_token"]).json()["error"] == "invalid_grant"


def test_only_a_hundred_refresh_tokens_live(google: Emulator) -> None:
    first, second, *_ = (google.sign_in()["refresh_token"] for _ in range(101))
    assert refresh(google, first).json()["error"] == "invalid_grant"
    assert refresh(google, second).status_code == 200


def test_removed_scopes_are_refused_with_googles_sentence(
    google: Emulator, credentials: Credentials
) -> None:
    google.oauth.only_removed_scopes()
    with using(credentials) as session:
        for attempt in range(2):
            answer = session.get(f"{google.url}/v1/mediaItems")
            assert answer.status_code == 403, attempt
            assert answer.json()["error"] == {
                "code": 403,
                "message": "Request had insufficient authentication scopes.",
                "status": "PERMISSION_DENIED",
            }
            renew(credentials)


def test_tokeninfo_tells_what_a_token_is_for(google: Emulator) -> None:
    token = str(google.sign_in()["access_token"])
    url = f"{google.url}/tokeninfo"
    known = requests.get(url, params={"access_token": token}, timeout=5).json()
    assert (known["scope"], known["aud"]) == (READ_SCOPE, CLIENT_ID)
    assert 3500 < int(known["expires_in"]) < 3600
    assert requests.get(url, params={"access_token": "x"}, timeout=5).status_code == 400


def test_an_outage_of_the_token_endpoint_costs_no_code(google: Emulator) -> None:
    google.faults.add(Fault(kind="token", status=503, times=1))
    code = redirected(ask(google))["code"]
    assert exchange(google, code).status_code == 503
    assert exchange(google, code).status_code == 200


def test_the_client_file_is_a_desktop_client(google: Emulator, client_file: Path) -> None:
    client = json.loads(client_file.read_text("utf-8"))["installed"]
    assert client["auth_uri"] == f"{google.url}/auth"
    assert client["token_uri"] == f"{google.url}/token"
