"""What Google's refusals mean. Pure: a status, headers and a body in, an error of ours out.

The bodies are google.rpc.Status as JSON, in older services with an `errors` list. Sources:
https://developers.google.com/photos/overview/api-limits-quotas and public bug reports.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from gphotos_search.errors import (
    CursorRejected,
    GphotosError,
    ScopeMissing,
    SignInNeeded,
    TryLater,
)
from gphotos_search.google.patience import Fault
from gphotos_search.google.quota import next_reset
from gphotos_search.google.scopes import THE_WAY_TO_EVERYTHING, WHAT_THE_LIBRARY_API_REACHES

DAY_S = 86_400.0  # no quota lasts longer: a Retry-After beyond it is a mistake of the server
_SECRETIVE = re.compile(r"https?://\S+|[A-Za-z0-9_./+-]{40,}=*")
_PER_DAY = re.compile(r"per\s?day", re.IGNORECASE)
_DISABLED = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
_SCOPE = frozenset({"ACCESS_TOKEN_SCOPE_INSUFFICIENT", "insufficientPermissions"})
_BUSY = frozenset({"rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An answer that is not a success, read as far as it can be."""

    status: int
    message: str = ""  # Google's, without anything that could be a secret
    code: str = ""  # the canonical name, such as PERMISSION_DENIED
    reasons: frozenset[str] = frozenset()
    per_day: bool = False
    retry_after_s: float = 0.0

    @classmethod
    def read(cls, status: int, headers: Mapping[str, str], content: bytes) -> Refusal:
        error = _error_of(content)
        message = error.get("message")
        message = message if isinstance(message, str) else ""
        code = error.get("status")
        return cls(
            status=status,
            message=_SECRETIVE.sub("…", message)[:300],
            code=code if isinstance(code, str) else "",
            reasons=frozenset(_reasons(error)),
            per_day=bool(_PER_DAY.search(message or content[:4000].decode("utf-8", "replace"))),
            retry_after_s=retry_after_s(headers, datetime.now(UTC)),
        )

    @property
    def busy(self) -> bool:
        """Google asks for fewer requests."""
        return (
            self.status == 429 or bool(self.reasons & _BUSY) or "tokens for quota" in self.message
        )

    @property
    def disabled(self) -> bool:
        """The API is not enabled in the project of the OAuth client."""
        return bool(self.reasons & _DISABLED) or "has not been used in project" in self.message

    @property
    def lacks_scope(self) -> bool:
        """The grant does not cover the method."""
        return bool(self.reasons & _SCOPE) or "scope" in self.message


def judge(refusal: Refusal, account: str, *, page_token: bool = False) -> GphotosError | Fault:
    """The error to raise for a refused API call; a Fault where waiting may help."""
    status = refusal.status
    if (passing := passing_or_signed_out(refusal, account)) is not None:
        return passing
    if status == 403:
        return _forbidden(refusal, account)
    if status == 400 and page_token:
        return CursorRejected("Google no longer accepts the place where the listing stopped.")
    return GphotosError(f"Google refused the request (HTTP {status}): {refusal.message or '-'}")


def passing_or_signed_out(refusal: Refusal, account: str) -> GphotosError | Fault | None:
    """What is the same for every API of Google: quotas, outages, a sign-in that is over."""
    status = refusal.status
    if refusal.busy:
        return too_many(refusal)
    if status >= 500 or status < 400 or status == 408:
        return Fault(
            f"Google answered with an error (HTTP {status}).",
            retry_after_s=refusal.retry_after_s,
            status=status,
        )
    if status == 401:
        return SignInNeeded(
            f'Google does not accept the sign-in of the account "{account}".', account=account
        )
    return None


def not_enabled(api: str, account: str) -> SignInNeeded:
    """`api` as Google's console lists it, without "API"."""
    return SignInNeeded(
        f"The {api} API is not enabled in the Google Cloud project of the OAuth client.",
        account=account,
        advice="Enable it at https://console.cloud.google.com/apis/library"
        " (docs/how-to/google-client.md), wait some minutes, and run the command again.",
    )


def too_many(refusal: Refusal) -> GphotosError | Fault:
    """A quota of the day ends the run until its reset; any other 429 is waited out."""
    if refusal.per_day:
        until = next_reset(datetime.now(UTC))
        return TryLater(
            f"Google's quota for today is used up; it is renewed at {until:%Y-%m-%d %H:%M} UTC.",
            until=until,
        )
    return Fault(
        "Google asks for fewer requests (HTTP 429).",
        busy=True,
        retry_after_s=refusal.retry_after_s,
        status=refusal.status,
    )


def _forbidden(refusal: Refusal, account: str) -> GphotosError:
    if refusal.disabled:
        return not_enabled("Photos Library", account)
    if refusal.lacks_scope or not refusal.reasons:
        return scope_missing(account)
    return SignInNeeded(f"Google does not allow this: {refusal.message}", account=account)


def scope_missing(account: str, *, unticked: bool = False) -> ScopeMissing:
    """The sentence of a grant that does not reach: what Google removed, and the way out."""
    login = f"gphotos-search auth login --account {account}"
    if unticked:
        return ScopeMissing(
            f'The sign-in of "{account}" does not include the permission to list photos.',
            account=account,
            advice=f"Run: {login}\nand leave the box on Google's page ticked.",
        )
    return ScopeMissing(
        f'The sign-in of "{account}" may not list photos. {WHAT_THE_LIBRARY_API_REACHES}',
        account=account,
        advice=f"{THE_WAY_TO_EVERYTHING}\nFor what the app itself uploaded, run: {login}",
    )


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds of a Retry-After header in either of its two forms, at most those of a day.

    0.0 without a usable one.
    """
    value = headers.get("retry-after") or headers.get("Retry-After") or ""
    if value.strip().isdecimal():
        return min(float(value), DAY_S)
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0.0, (when - now).total_seconds()), DAY_S)


def _error_of(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _reasons(error: dict[str, Any]) -> list[str]:
    entries = [*_listed(error.get("details")), *_listed(error.get("errors"))]
    return [entry["reason"] for entry in entries if isinstance(entry.get("reason"), str)]


def _listed(value: object) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
