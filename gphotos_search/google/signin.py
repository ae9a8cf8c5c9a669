"""Signing in: a person's consent in a browser becomes a token file.

Source of the rules: https://developers.google.com/identity/protocols/oauth2/native-app
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2 import OAuth2Error

from gphotos_search.config import Config, loopback
from gphotos_search.errors import ConfigError, GphotosError, SignInNeeded, TryLater
from gphotos_search.google.clientfile import ADVICE, Client, load_client
from gphotos_search.google.receiver import Answer, Receiver
from gphotos_search.google.tokens import Token, TokenStore

CONSENT_TIMEOUT_S = 600.0
EXCHANGE_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What came of a sign-in; Google may grant less than was asked, or more."""

    account: str
    granted: tuple[str, ...]
    missing: tuple[str, ...]


def sign_in(
    config: Config,
    account: str,
    scopes: Sequence[str],
    *,
    open_browser: Callable[[str], object] | None,
    port: int = 0,
    say: Callable[[str], object],
    timeout_s: float = CONSENT_TIMEOUT_S,
) -> SignedIn:
    """Ask for consent, exchange the code, write tokens/<account>.json.

    `say` gets one line at a time, the consent URL alone on one; `open_browser`, if any, gets the
    URL. Raises ConfigError (client file), UsageError (account name, port), SignInNeeded (refused,
    foreign or no answer) and TryLater (network). A sign-in that fails leaves the old one as it is.
    """
    store = TokenStore(config.storage.tokens)
    store.path(account)
    client = load_client(config.google.client_secret)
    flow = InstalledAppFlow.from_client_config(client.for_flow(), list(scopes))
    with Receiver(port) as receiver:
        flow.redirect_uri = receiver.url
        with _oauthlib_settings(client.auth_uri):
            url, state = flow.authorization_url(prompt="consent", include_granted_scopes="true")
        _announce(say, url, receiver.port)
        if open_browser is not None:
            open_browser(url)
        answer = receiver.wait(timeout_s)
    code = _code_of(answer, state, account)
    _exchange(flow, client, code, account, config.google.client_secret)
    token = _token(flow, client, account)
    with store.lock(account):
        store.save(token)
    missing = tuple(scope for scope in scopes if scope not in token.scopes)
    return SignedIn(account=account, granted=token.scopes, missing=missing)


def _announce(say: Callable[[str], object], url: str, port: int) -> None:
    say("Open this link in a browser, choose the account and allow access:")
    say(url)
    say("If the browser is on another machine, first run there:")
    say(f"ssh -L {port}:localhost:{port} {socket.gethostname()}")


def _code_of(answer: Answer | None, state: str, account: str) -> str:
    if answer is None:
        raise SignInNeeded("Nobody answered the consent page in time.", account=account)
    if not answer.belongs_to(state):
        raise SignInNeeded(
            "An answer arrived that does not belong to this sign-in; it was not used.",
            account=account,
        )
    if answer.error == "access_denied":
        raise SignInNeeded("Access was not allowed on Google's consent page.", account=account)
    if answer.error or not answer.code:
        known = answer.error if answer.error.replace("_", "").isalnum() else "no code"
        raise SignInNeeded(f"Google ended the sign-in: {known}.", account=account)
    return answer.code


def _exchange(flow: Any, client: Client, code: str, account: str, file: Path) -> None:
    session: requests.Session = flow.oauth2session
    session.max_redirects = 0  # the client's secret goes to token_uri and nowhere else
    session.trust_env = not loopback(urlsplit(client.token_uri).hostname or "")
    try:
        with session, _oauthlib_settings(client.token_uri):
            flow.fetch_token(code=code, timeout=EXCHANGE_TIMEOUT_S)
    except requests.RequestException:
        raise TryLater("Google's sign-in server cannot be reached.") from None
    except OAuth2Error as error:
        raise _exchange_refused(error, account, file) from None
    except ValueError:
        raise TryLater("Google's sign-in server gave an answer that makes no sense.") from None


def _exchange_refused(error: Any, account: str, file: Path) -> GphotosError:
    if error.error in ("invalid_client", "deleted_client", "unauthorized_client"):
        problem = f"Google does not accept this client ({error.error})"
        return ConfigError(str(file), [problem], advice=ADVICE)
    if error.error == "invalid_grant":
        return SignInNeeded("The consent was too old or already used.", account=account)
    return TryLater("Google's sign-in server did not give a token.")


@contextmanager
def _oauthlib_settings(uri: str) -> Iterator[None]:
    """oauthlib takes these two from the environment only; both end with the step at `uri`.

    More or fewer permissions than asked are an answer, not an error. Plain http is for a server
    on this machine.
    """
    values = {"OAUTHLIB_RELAX_TOKEN_SCOPE": "1"}
    if urlsplit(uri).scheme == "http":  # the client file allows it for loopback only
        values["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _token(flow: Any, client: Client, account: str) -> Token:
    credentials = flow.credentials
    if not credentials.refresh_token:
        raise SignInNeeded(
            "Google gave no lasting permission (no refresh token).",
            account=account,
            advice="Remove the app at https://myaccount.google.com/permissions, then run:"
            f" gphotos-search auth login --account {account}",
        )
    now = datetime.now(UTC)
    lasts_s = flow.oauth2session.token.get("refresh_token_expires_in")
    granted = credentials.granted_scopes
    if isinstance(granted, str):
        granted = granted.split()
    return Token(
        account=account,
        access_token=credentials.token,
        refresh_token=credentials.refresh_token,
        token_uri=client.token_uri,
        client_id=client.client_id,
        client_secret=client.client_secret,
        scopes=tuple(granted or credentials.scopes or ()),
        expiry=credentials.expiry.replace(tzinfo=UTC) if credentials.expiry else None,
        signed_in_at=now,
        grant_ends_at=now + timedelta(seconds=lasts_s) if _is_length(lasts_s) else None,
    )


def _is_length(seconds: object) -> bool:
    """Google names one only for a grant that ends by itself, as those of clients in "Testing"."""
    return isinstance(seconds, int) and 0 < seconds < 10 * 365 * 86_400
