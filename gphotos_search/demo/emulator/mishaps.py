"""The answers that a fault puts in the place of the true one."""

from __future__ import annotations

from dataclasses import replace

from gphotos_search.demo.emulator.drive_answers import legacy
from gphotos_search.demo.emulator.faults import PER_MINUTE, Fault
from gphotos_search.demo.emulator.spoiled import NOT_A_PICTURE, bomb, error_picture
from gphotos_search.demo.emulator.wire import (
    HTML_TYPE,
    Kind,
    Reply,
    Request,
    json_reply,
    page_reply,
    status_reply,
)

OAUTH_ERRORS = {400: "invalid_grant", 401: "invalid_client", 403: "access_denied"}


def instead(fault: Fault, kind: Kind, request: Request, foreign_url: str) -> Reply | None:
    """The answer that replaces the true one; None for a fault that leaves it."""
    effect = fault.effect
    if effect == "html":
        return page_reply(200, "Sign in", "Please sign in to this network to continue.")
    if effect == "wrong_type":
        return Reply(200, NOT_A_PICTURE, "image/jpeg")
    if effect == "bomb":
        return Reply(200, bomb(), "image/png")
    if effect == "redirect":
        return Reply(302, b"", HTML_TYPE, (("Location", foreign_url + request.path),))
    return _error(fault, kind) if effect == "status" else None


def _error(fault: Fault, kind: Kind) -> Reply:
    message = fault.message or (PER_MINUTE if fault.status == 429 else "")
    retry = (("Retry-After", fault.retry_after),) if fault.retry_after else ()
    if fault.body == "image":
        return Reply(fault.status, error_picture(), "image/png", retry)
    if kind.startswith("drive.") and fault.body != "html":
        return legacy(fault.status, fault.reason, fault.message, retry_after=fault.retry_after)
    if fault.body == "html" or kind in ("media", "auth"):
        page = page_reply(fault.status, f"Error {fault.status}", message or "That is an error.")
        return replace(page, headers=retry)
    if kind in ("token", "revoke", "tokeninfo"):
        error = message or OAUTH_ERRORS.get(fault.status, "internal_failure")
        body = {"error": error, "error_description": "Backend Error"}
        return replace(json_reply(body, fault.status), headers=retry)
    return status_reply(fault.status, message, reason=fault.reason, retry_after=fault.retry_after)
