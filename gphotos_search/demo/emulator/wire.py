"""What travels: a request as the services see it, an answer as the server sends it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qs

Kind = Literal[
    "auth", "token", "revoke", "tokeninfo", "list", "get", "batchGet", "search",
    "albums", "album", "media", "drive.list", "drive.get", "drive.media", "drive.about",
    "pickerCreate", "pickerGet", "pickerDelete", "pickerList", "pickerPage", "other",
]  # fmt: skip
JSON_TYPE = "application/json; charset=UTF-8"
HTML_TYPE = "text/html; charset=UTF-8"
STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
MESSAGES = {
    400: "Request contains an invalid argument.",
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
    "cookie or other valid authentication credential. See "
    "https://developers.google.com/identity/sign-in/web/devconsole-project.",
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
}


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; `path` is percent-decoded, header names are lower case."""

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def first(self, name: str) -> str:
        """The first value of a query parameter, "" when absent."""
        return self.query.get(name, [""])[0]

    def form(self) -> dict[str, str]:
        """The fields of a form body; a repeated field keeps its first value."""
        fields = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in fields.items()}

    @property
    def bearer(self) -> str:
        """The bearer token of the Authorization header, "" when there is none."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def basic(self) -> tuple[str, str]:
        """User and password of HTTP Basic, empty when there are none."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password


@dataclass(frozen=True, slots=True)
class Reply:
    """One HTTP answer, and how it misbehaves on the wire."""

    status: int = 200
    body: bytes = b""
    type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()  # the items inside, for the log
    sent: int | None = None  # bytes of the body that leave; Content-Length still names them all
    reset: bool = False  # end with a TCP reset instead of a close
    delay_s: float = 0.0  # silence before the first byte
    pace: float = 0.0  # bytes of the body a second; 0: as fast as it goes


class Refusal(Exception):
    """A request that Google answers with a google.rpc.Status."""

    def __init__(self, code: int, message: str = "", **details: str) -> None:
        super().__init__(message)
        self.code, self.message, self.details = code, message, details

    def reply(self) -> Reply:
        return status_reply(self.code, self.message, **self.details)


def json_reply(value: Any, status: int = 200, ids: tuple[str, ...] = ()) -> Reply:
    body = json.dumps(value, ensure_ascii=False, indent=2).encode()
    return Reply(status, body + b"\n", ids=ids)


def status_reply(
    code: int, message: str = "", *, status: str = "", reason: str = "", retry_after: str = ""
) -> Reply:
    """google.rpc.Status as JSON (the shape of every error of the JSON APIs).

    `status` names another code than the usual one; `reason` adds an ErrorInfo, as newer front
    ends do.
    """
    error: dict[str, Any] = {"code": code, "message": message or MESSAGES.get(code, "Error")}
    error["status"] = status or STATUS_NAMES.get(code, "UNKNOWN")
    if reason:
        kind = "type.googleapis.com/google.rpc.ErrorInfo"
        error["details"] = [{"@type": kind, "reason": reason, "domain": "googleapis.com"}]
    headers: tuple[tuple[str, str], ...] = ()
    if code == 401:
        headers = (("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/"'),)
    if retry_after:
        headers += (("Retry-After", retry_after),)
    reply = json_reply({"error": error}, code)
    return Reply(code, reply.body, headers=headers)


def page_reply(status: int, title: str, text: str) -> Reply:
    """An HTML page as a person or a front end's error would show it."""
    html = f"<!DOCTYPE html><html><title>{title}</title><p>{text}</p></html>\n"
    return Reply(status, html.encode(), HTML_TYPE)
