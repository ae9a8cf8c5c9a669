"""Drive's answers: the older shape of errors, field masks, and parts of a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from gphotos_search.demo.emulator.wire import JSON_TYPE, Reply

REASONS = {
    400: "badRequest",
    401: "authError",
    403: "userRateLimitExceeded",
    404: "notFound",
    429: "rateLimitExceeded",
    500: "internalError",
    503: "backendError",
}
MESSAGES = {
    "userRateLimitExceeded": "User Rate Limit Exceeded. Rate of requests for user exceed "
    "configured project quota, you may consider re-evaluating expected per-user traffic to the API "
    "and adjust project quota limits accordingly.",
    "rateLimitExceeded": "Rate Limit Exceeded",
    "downloadQuotaExceeded": "The download quota for this file has been exceeded.",
    "cannotDownloadAbusiveFile": "This file has been identified as malware or spam and cannot be "
    "downloaded.",
    "insufficientFilePermissions": "The user does not have sufficient permissions for this file.",
    "accessNotConfigured": "Google Drive API has not been used in project 123456789012 before or "
    "it is disabled.",
    "internalError": "Internal Error",
    "backendError": "Backend Error",
}
USAGE = ("LimitExceeded", "QuotaExceeded", "accessNotConfigured")


def legacy(
    code: int, reason: str = "", message: str = "", *, retry_after: str = "", **more: str
) -> Reply:
    """An error with a list of reasons and mostly without `status`."""
    reason = reason or REASONS.get(code, "unknown")
    message = message or MESSAGES.get(reason, "Error")
    domain = "usageLimits" if reason.endswith(USAGE) else "global"
    entry = {"message": message, "domain": domain, "reason": reason, **more}
    error = {"code": code, "message": message, "errors": [entry]}
    headers: tuple[tuple[str, str], ...] = ()
    if code == 401:
        headers = (("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/"'),)
    if retry_after:
        headers += (("Retry-After", retry_after),)
    return Reply(code, json.dumps({"error": error}).encode(), JSON_TYPE, headers)


def not_signed_in() -> Reply:
    where = {"locationType": "header", "location": "Authorization"}
    return legacy(401, "authError", "Invalid Credentials", **where)


def no_scope() -> Reply:
    message = "Request had insufficient authentication scopes."
    return legacy(403, "insufficientPermissions", message)


def file_not_found(file_id: str) -> Reply:
    where = {"locationType": "parameter", "location": "fileId"}
    return legacy(404, "notFound", f"File not found: {file_id}.", **where)


def bad_value(parameter: str, value: str) -> Reply:
    where = {"locationType": "parameter", "location": parameter}
    return legacy(400, "invalid", f"Invalid Value: {value[:50]}", **where)


def only(value: dict[str, Any], fields: str) -> dict[str, Any]:
    """What the mask names: `a,b(c,d),e/f`."""
    kept: dict[str, Any] = {}
    for name, inner in re.findall(r"(\w+)(?:\(((?:[^()]|\([^()]*\))*)\)|/(?=\w))?", _flat(fields)):
        if name in value:
            kept[name] = _inside(value[name], inner) if inner else value[name]
    return kept


def _flat(fields: str) -> str:
    """`e/f` is another way to write `e(f)`."""
    return re.sub(r"(\w+)/(\w+)", r"\1(\2)", fields)


def _inside(value: Any, fields: str) -> Any:
    if isinstance(value, list):
        return [only(one, fields) for one in value]
    return only(value, fields)


def data_reply(
    file_id: str,
    size: int,
    wished: str,
    read: Callable[[int, int], bytes],
    mime_type: str,
) -> Reply:
    """206 for a range, 200 for the whole, 416 for what lies behind the end."""
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", wished)
    if found is None:
        return Reply(200, read(0, size), mime_type, ids=(file_id,))
    start, end = int(found[1]), min(int(found[2] or size - 1), size - 1)
    if start > end:
        headers = (("Content-Range", f"bytes */{size}"),)
        text = "Request range not satisfiable"
        return Reply(
            416, legacy(416, "requestedRangeNotSatisfiable", text).body, JSON_TYPE, headers
        )
    headers = (("Content-Range", f"bytes {start}-{end}/{size}"),)
    return Reply(206, read(start, end + 1), mime_type, headers, ids=(file_id,))
