"""Codes, access tokens and refresh tokens of the one emulated account."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

PREFIX = "https://www.googleapis.com/auth/"
READ_SCOPE = PREFIX + "photoslibrary.readonly.appcreateddata"
PICK_SCOPE = PREFIX + "photospicker.mediaitems.readonly"
REMOVED_SCOPES = tuple(
    PREFIX + name for name in ("photoslibrary", "photoslibrary.readonly", "photoslibrary.sharing")
)  # since 2025-03-31 a token that holds only these reads nothing
LIVE_REFRESH_TOKENS = 100  # an account and client may hold so many; the oldest dies silently
CODE_TTL_S = 600
TESTING_S = 7 * 86_400


class OAuthError(Exception):
    """An answer of the token endpoint that is not a token."""

    def __init__(self, status: int, error: str, description: str = "") -> None:
        super().__init__(error)
        self.status, self.error, self.description = status, error, description


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to, waiting to be exchanged."""

    scopes: frozenset[str]
    redirect_uri: str
    challenge: str
    method: str
    offline: bool
    expires_at: float


@dataclass(frozen=True, slots=True)
class Access:
    scopes: frozenset[str]
    expires_at: float
    offline: bool


class Grants:
    """Everything the authorization server remembers; times come from `clock`."""

    def __init__(self, clock: Callable[[], float], access_ttl_s: float) -> None:
        self._clock, self._ttl_s = clock, access_ttl_s
        self._lock = threading.RLock()
        self._codes: dict[str, Consent] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, frozenset[str]] = {}
        self._ends: dict[str, float] = {}  # refresh tokens that were issued in "Testing"
        self.testing = False  # the client's publishing status: grants end after seven days
        self.granted: frozenset[str] = frozenset()  # by all consents together
        self._withdrawn: frozenset[str] = frozenset()  # granted once, since taken away

    def agree(
        self, scopes: Iterable[str], *, redirect_uri: str, challenge: str, method: str,
        offline: bool, forced: bool, widen: bool,
    ) -> tuple[str, frozenset[str]]:  # fmt: skip
        """A code, and the scopes it stands for. `forced`: prompt=consent."""
        with self._lock:
            given = frozenset(scopes) | (self.granted if widen else frozenset())
            first = not self.granted
            self.granted |= given
            code = "4/0A" + secrets.token_urlsafe(40)
            self._codes[code] = Consent(
                given, redirect_uri, challenge, method, offline and (first or forced),
                self._clock() + CODE_TTL_S,
            )  # fmt: skip
            return code, given

    def exchange(self, code: str, *, redirect_uri: str, verifier: str) -> dict[str, object]:
        """A code works once, for its own redirect address and PKCE verifier."""
        with self._lock:
            consent = self._codes.pop(code, None)
        if consent is None or consent.expires_at <= self._clock():
            raise OAuthError(400, "invalid_grant", "Malformed auth code.")
        if redirect_uri != consent.redirect_uri:
            raise OAuthError(400, "redirect_uri_mismatch", "Bad Request")
        if consent.challenge and not _proves(verifier, consent.challenge, consent.method):
            missing = "Missing code verifier." if not verifier else "Invalid code verifier."
            raise OAuthError(400, "invalid_grant", missing)
        return self.issue(consent.scopes, offline=consent.offline)

    def issue(self, scopes: Iterable[str], *, offline: bool = True) -> dict[str, object]:
        """The token endpoint's answer for a fresh sign-in."""
        with self._lock:
            held = frozenset(scopes)
            self.granted |= held
            answer = self._access_answer(held, offline=offline)
            if offline:
                refresh = "1//0" + secrets.token_urlsafe(48)
                self._refresh[refresh] = held
                while len(self._refresh) > LIVE_REFRESH_TOKENS:
                    del self._refresh[next(iter(self._refresh))]
                answer["refresh_token"] = refresh
                if self.testing:
                    self._ends[refresh] = self._clock() + TESTING_S
                    answer["refresh_token_expires_in"] = TESTING_S - 1
            return answer

    def refresh(self, token: str, scope: str) -> dict[str, object]:
        """A new access token; `scope` may narrow it, never widen it."""
        with self._lock:
            held = self._refresh.get(token)
            if held is None or self._ends.get(token, self._clock() + 1) <= self._clock():
                message = "Token has been expired or revoked."
                raise OAuthError(400, "invalid_grant", message)
            asked = frozenset(scope.split()) or held
            if not asked - self._withdrawn <= held:
                raise OAuthError(400, "invalid_scope", "Some requested scopes were not granted.")
            return self._access_answer(asked & held or held, offline=True)

    def revoke(self, token: str) -> bool:
        """Either kind of token ends the whole grant; False for one that is already dead."""
        with self._lock:
            known = token in self._refresh or self.access(token) is not None
            if known:
                self.revoke_all()
            return known

    def revoke_all(self) -> None:
        """The person removes our access in their Google account."""
        with self._lock:
            self._codes.clear()
            self._access.clear()
            self._refresh.clear()
            self.granted = frozenset()

    def expire_access_tokens(self) -> None:
        with self._lock:
            self._access.clear()

    def replace_scopes(self, scopes: Iterable[str]) -> None:
        """Every live token, and what is refreshed from it, now holds exactly these scopes.

        A refresh that still names the scopes of before is answered with those that are left.
        """
        with self._lock:
            held = frozenset(scopes)
            self._withdrawn |= self.granted - held
            self.granted = held
            self._refresh = dict.fromkeys(self._refresh, held)
            self._access = {
                token: Access(held, access.expires_at, access.offline)
                for token, access in self._access.items()
            }

    def access(self, token: str) -> Access | None:
        """The scopes and end of an access token that is good now."""
        with self._lock:
            found = self._access.get(token)
            return found if found and found.expires_at > self._clock() else None

    def seconds_left(self, access: Access) -> int:
        return max(0, int(access.expires_at - self._clock()))

    def _access_answer(self, scopes: frozenset[str], *, offline: bool) -> dict[str, object]:
        token = "ya29.a0" + secrets.token_urlsafe(96)
        self._access[token] = Access(scopes, self._clock() + self._ttl_s, offline)
        return {
            "access_token": token,
            "expires_in": int(self._ttl_s),
            "scope": " ".join(sorted(scopes)),
            "token_type": "Bearer",
        }


def _proves(verifier: str, challenge: str, method: str) -> bool:
    if method == "plain":
        return secrets.compare_digest(verifier.encode(), challenge.encode())
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return secrets.compare_digest(made, challenge.encode())
