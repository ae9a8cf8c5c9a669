"""Access tokens that stay fresh, however many threads and processes share an account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import google.auth.credentials
import google.oauth2.credentials
import requests
from google.auth.exceptions import RefreshError, TransportError
from google.auth.transport.requests import Request

from gphotos_search.errors import SignInNeeded, TryLater
from gphotos_search.google.hosts import new_session
from gphotos_search.google.tokens import Token, TokenStore

TIMEOUT_S = 30.0
FRESH = timedelta(minutes=4)  # google-auth calls a token stale 3 min 45 s before its end

# The answers after which asking again cannot help (RFC 6749 section 5.2 and Google's own).
FINAL = {
    "invalid_grant": "Google no longer accepts the sign-in of {account}: it was revoked, has"
    " expired, or was not used for six months.",
    "invalid_client": "Google does not know the OAuth client that {account} signed in with.",
    "deleted_client": "The OAuth client that {account} signed in with was deleted.",
    "unauthorized_client": "The OAuth client of {account} may not be used this way.",
    "invalid_scope": "Google no longer grants what {account} was signed in for.",
    "admin_policy_enforced": "An administrator does not allow this app for {account}.",
}


class AccountCredentials(google.auth.credentials.Credentials):  # type: ignore[no-untyped-call,misc,unused-ignore]
    """google-auth credentials of one account, kept in its token file.

    Refreshing happens under the account's lock with the file read first, so that a refresh by
    another thread or process is taken over instead of repeated. Raises our errors: SignInNeeded
    (recorded in the file, so that nothing asks Google again), TryLater.
    """

    def __init__(self, store: TokenStore, account: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.token: str | None = None
        self.expiry: datetime | None = None  # naive UTC, as google-auth has it
        self._store = store
        self.account = account

    def refresh(self, request: object) -> None:  # noqa: ARG002 - we bring our own transport
        known = self.token
        with self._store.lock(self.account):
            stored = self._store.load(self.account)
            if stored.refused:
                raise SignInNeeded(stored.refused, account=self.account)
            if stored.access_token == known or not _fresh(stored):
                stored = self._renew(stored)
        self.token = stored.access_token
        self.expiry = stored.expiry.astimezone(UTC).replace(tzinfo=None) if stored.expiry else None

    def granted(self) -> tuple[str, ...]:
        """What the account may do now. Raises SignInNeeded when it is not signed in."""
        return self._store.load(self.account).scopes

    def _renew(self, stored: Token) -> Token:
        try:
            renewed = ask_google(stored)
        except SignInNeeded as error:
            self._store.save(replace(stored, refused=str(error)))
            raise
        self._store.save(renewed)
        return renewed


def _fresh(token: Token) -> bool:
    return token.expiry is not None and token.expiry - datetime.now(UTC) > FRESH


def ask_google(token: Token) -> Token:
    """A token with a new access token. Raises SignInNeeded when the grant is over, TryLater.

    The credentials are built by hand: google-auth's from_authorized_user_* would send every
    refresh to Google's own endpoint, whatever the client file says. No scope is sent, which
    stands for everything that was granted (RFC 6749 section 6).
    """
    credentials = google.oauth2.credentials.Credentials(  # type: ignore[no-untyped-call]
        None,
        refresh_token=token.refresh_token,
        token_uri=token.token_uri,
        client_id=token.client_id,
        client_secret=token.client_secret,
    )
    try:
        with new_session(token.token_uri) as session:
            transport = Request(session=session)
            credentials.refresh(partial(transport, timeout=TIMEOUT_S))  # type: ignore[no-untyped-call]
    except TransportError:
        raise TryLater("Google's sign-in server cannot be reached.") from None
    except RefreshError as error:
        raise _refused(token.account, error) from None
    except (TypeError, ValueError, OverflowError):
        # What google-auth makes of a 200 that holds no token, such as a hotel's login page.
        raise TryLater("Google's sign-in server gave an answer that makes no sense.") from None
    expiry = credentials.expiry
    return replace(
        token,
        access_token=str(credentials.token),
        refresh_token=str(credentials.refresh_token),
        expiry=expiry.replace(tzinfo=UTC) if expiry else None,
    )


def _refused(account: str, error: RefreshError) -> SignInNeeded | TryLater:
    body = error.args[1] if len(error.args) > 1 else None
    code = str(body.get("error")) if isinstance(body, Mapping) else ""
    if "eauthentication is needed" in str(error):  # invalid_rapt, which google-auth rewords
        code = "invalid_grant"
    sentence = FINAL.get(code)
    if sentence is None:
        return TryLater("Google's sign-in server has a problem; the sign-in itself is kept.")
    return SignInNeeded(sentence.format(account=f'the account "{account}"'), account=account)


def revoke(token: Token) -> bool:
    """End the grant at Google. True when it is over, False when Google could not be asked."""
    url = token.token_uri.rsplit("/", 1)[0] + "/revoke"
    try:
        with new_session(url) as session:
            answer = session.post(url, data={"token": token.refresh_token}, timeout=TIMEOUT_S)
    except requests.RequestException:
        return False
    return answer.status_code in (200, 400)  # 400: it was already dead
