"""Google's authorization server: consent, tokens, revocation, inspection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from gphotos_search.demo.emulator.grants import REMOVED_SCOPES, Grants, OAuthError
from gphotos_search.demo.emulator.wire import Reply, Request, json_reply, page_reply

CLIENT_ID = "123456789012-emulator.apps.googleusercontent.com"
CLIENT_SECRET = "GOCSPX-emulator-not-a-secret"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(slots=True)
class Person:
    """Who sits before the browser; change it to change what they do next."""

    denies: bool = False  # clicks Cancel: error=access_denied
    unticks: frozenset[str] = frozenset()  # scopes left out (the consent screen has ticks)


class OAuthServer:
    """Requests of one desktop client. `person` decides, `grants` remembers."""

    def __init__(self, grants: Grants) -> None:
        self.grants = grants
        self.person = Person()

    def client_file(self, url: str) -> dict[str, object]:
        """What Google offers for download as client_secret.json, pointing at the emulator."""
        return {
            "installed": {
                "client_id": CLIENT_ID,
                "project_id": "gphotos-search-emulator",
                "auth_uri": f"{url}/auth",
                "token_uri": f"{url}/token",
                "auth_provider_x509_cert_url": f"{url}/certs",
                "client_secret": CLIENT_SECRET,
                "redirect_uris": ["http://localhost"],
            }
        }

    def only_removed_scopes(self, scopes: Iterable[str] = REMOVED_SCOPES) -> None:
        """Every grant is one of before 2025-03-31: it holds only scopes that Google removed."""
        self.grants.replace_scopes(scopes)

    def consent(self, request: Request) -> Reply:
        """GET /auth: the person's decision as a redirect; a bad request as a page, as Google's."""
        problem = _consent_problem(request)
        if problem:
            status = 401 if problem == "invalid_client" else 400
            title = "Access blocked: authorization error"
            return page_reply(status, title, f"Error {status}: {problem}")
        state = request.first("state")
        scopes = frozenset(request.first("scope").split()) - self.person.unticks
        if self.person.denies or not scopes:
            return _redirect(request, {"error": "access_denied", "state": state})
        code, given = self.grants.agree(
            scopes,
            redirect_uri=request.first("redirect_uri"),
            challenge=request.first("code_challenge"),
            method=request.first("code_challenge_method") or "plain",
            offline=request.first("access_type") == "offline",
            forced="consent" in request.first("prompt").split(),
            widen=request.first("include_granted_scopes") == "true",
        )
        return _redirect(request, {"state": state, "code": code, "scope": " ".join(sorted(given))})

    def token(self, request: Request) -> Reply:
        """POST /token: a code or a refresh token for an access token."""
        form = request.form()
        try:
            _check_client(request, form)
            answer = self._grant(form)
        except OAuthError as error:
            return _error_reply(error)
        return _uncached(json_reply(answer))

    def _grant(self, form: dict[str, str]) -> dict[str, object]:
        kind = form.get("grant_type", "")
        if kind == "authorization_code":
            return self.grants.exchange(
                form.get("code", ""),
                redirect_uri=form.get("redirect_uri", ""),
                verifier=form.get("code_verifier", ""),
            )
        if kind == "refresh_token":
            return self.grants.refresh(form.get("refresh_token", ""), form.get("scope", ""))
        raise OAuthError(400, "unsupported_grant_type", f"Invalid grant_type: {kind}")

    def revoke(self, request: Request) -> Reply:
        """POST /revoke with `token` in the form or the query; the 400's body is unconfirmed."""
        token = request.form().get("token", "") or request.first("token")
        if self.grants.revoke(token):
            return json_reply({})
        return _error_reply(OAuthError(400, "invalid_token", "Token expired or revoked"))

    def tokeninfo(self, request: Request) -> Reply:
        """GET /tokeninfo?access_token=: scope, end and audience, numbers as strings."""
        access = self.grants.access(request.first("access_token"))
        if access is None:
            return _error_reply(OAuthError(400, "invalid_token", "Invalid Value"))
        return json_reply(
            {
                "azp": CLIENT_ID,
                "aud": CLIENT_ID,
                "scope": " ".join(sorted(access.scopes)),
                "exp": str(int(access.expires_at)),
                "expires_in": str(self.grants.seconds_left(access)),
                "access_type": "offline" if access.offline else "online",
            }
        )


def _consent_problem(request: Request) -> str:
    """Google's word for what is wrong with a consent request, "" when nothing is."""
    if request.first("client_id") != CLIENT_ID:
        return "invalid_client"
    target = urlsplit(request.first("redirect_uri"))
    if target.scheme != "http" or target.hostname not in LOOPBACK:
        return "redirect_uri_mismatch"
    if request.first("response_type") != "code" or not request.first("scope"):
        return "invalid_request"
    method = request.first("code_challenge_method")
    challenge = request.first("code_challenge")
    if method not in ("", "plain", "S256") or (challenge and not 43 <= len(challenge) <= 128):
        return "invalid_request"
    return ""


def _redirect(request: Request, answer: dict[str, str]) -> Reply:
    target = request.first("redirect_uri")
    query = urlencode({name: value for name, value in answer.items() if value})
    location = f"{target}{'&' if urlsplit(target).query else '?'}{query}"
    return Reply(302, b"", headers=(("Location", location),))


def _check_client(request: Request, form: dict[str, str]) -> None:
    user, password = request.basic()
    client = user or form.get("client_id", "")
    secret = password or form.get("client_secret", "")
    if client != CLIENT_ID:
        raise OAuthError(401, "invalid_client", "The OAuth client was not found.")
    if secret != CLIENT_SECRET:
        raise OAuthError(401, "invalid_client", "Unauthorized")


def _error_reply(error: OAuthError) -> Reply:
    body = {"error": error.error, "error_description": error.description}
    return _uncached(json_reply(body, error.status))


def _uncached(reply: Reply) -> Reply:
    headers = (("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate"),)
    return Reply(reply.status, reply.body, reply.type, headers)
