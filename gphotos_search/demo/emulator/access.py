"""Whether a request may see anything: what every JSON API of Google answers first."""

from __future__ import annotations

from gphotos_search.demo.emulator.grants import Grants
from gphotos_search.demo.emulator.wire import Refusal, Request

NO_CREDENTIAL = (
    "Request is missing required authentication credential. Expected OAuth 2 access token, login "
    "cookie or other valid authentication credential. See "
    "https://developers.google.com/identity/sign-in/web/devconsole-project."
)
NO_SCOPE = "Request had insufficient authentication scopes."


def authorize(grants: Grants, request: Request, scope: str) -> None:
    """Raises Refusal: 401 without a live token, 403 for one that lacks the scope."""
    if not request.bearer:
        raise Refusal(401, NO_CREDENTIAL, reason="CREDENTIALS_MISSING")
    access = grants.access(request.bearer)
    if access is None:
        raise Refusal(401)
    if scope not in access.scopes:
        raise Refusal(403, NO_SCOPE)
