from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.errors import (
    CursorRejected,
    GphotosError,
    ScopeMissing,
    SignInNeeded,
    TryLater,
)
from gphotos_search.google.answers import Refusal, judge, retry_after_s
from gphotos_search.google.patience import Fault

PER_DAY = (
    "Quota exceeded for quota metric 'All requests' and limit 'All requests per day' of service"
    " 'photoslibrary.googleapis.com' for consumer 'project_number:1'."
)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def body(code: int, message: str = "", status: str = "", reason: str = "") -> bytes:
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if reason:
        error["details"] = [{"@type": "…ErrorInfo", "reason": reason}]
    return json.dumps({"error": error}).encode()


def judged(status: int, content: bytes = b"", *, page_token: bool = False) -> Exception:
    return judge(Refusal.read(status, {}, content), "default", page_token=page_token)


@pytest.mark.parametrize(
    "message", [PER_DAY, "limit 'ApiCallsPerProjectPerDay' of service", "Write requests PER DAY"]
)
def test_a_daily_quota_says_until_when(message: str) -> None:
    error = judged(429, body(429, message, "RESOURCE_EXHAUSTED"))
    assert isinstance(error, TryLater)
    assert error.until is not None
    assert timedelta(0) < error.until - datetime.now(UTC) <= timedelta(hours=25)


@pytest.mark.parametrize(
    "status, content",
    [
        (429, body(429, "limit 'Write requests per minute per user'")),
        (429, b"<html>"),
        (403, body(403, "Rate Limit Exceeded", reason="userRateLimitExceeded")),
        (400, body(400, "Insufficient tokens for quota")),
    ],
)
def test_other_quotas_are_waited_out(status: int, content: bytes) -> None:
    error = judged(status, content)
    assert isinstance(error, Fault)
    assert error.busy


@pytest.mark.parametrize("status", [500, 502, 503, 504, 302, 408])
def test_trouble_of_the_server_is_waited_out(status: int) -> None:
    error = judged(status, b"\x89PNG")
    assert isinstance(error, Fault)
    assert not error.busy


@pytest.mark.parametrize(
    "content",
    [
        body(403, "Request had insufficient authentication scopes.", "PERMISSION_DENIED"),
        body(403, "Denied", "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
    ],
)
def test_missing_scopes_tell_what_google_removed(content: bytes) -> None:
    error = judged(403, content)
    assert isinstance(error, ScopeMissing)
    assert error.exit_code == 3
    assert "31 March 2025" in str(error)
    assert "Takeout" in error.advice
    assert "gphotos-search auth login" in error.advice


@pytest.mark.parametrize(
    "content",
    [
        body(403, "Denied", "PERMISSION_DENIED", "SERVICE_DISABLED"),
        body(403, "Photos Library API has not been used in project 12 before or it is disabled."),
    ],
)
def test_a_disabled_api_tells_where_to_enable_it(content: bytes) -> None:
    error = judged(403, content)
    assert isinstance(error, SignInNeeded)
    assert not isinstance(error, ScopeMissing)
    assert "console.cloud.google.com" in error.advice


def test_401_needs_a_sign_in() -> None:
    assert isinstance(judged(401, body(401)), SignInNeeded)


def test_400_means_the_cursor_only_where_there_was_one() -> None:
    content = body(400, "When using a page token, you must use the same parameters …")
    assert isinstance(judged(400, content, page_token=True), CursorRejected)
    error = judged(400, content)
    assert type(error) is GphotosError


def test_no_secret_of_an_answer_is_repeated() -> None:
    secret = "ya29.a0" + "Ab-_" * 30
    link = "https://lh3.googleusercontent.com/lr/AbC"
    error = judged(400, body(400, f"Bad value {secret} for {link} in field"))
    assert str(error).endswith("Bad value … for … in field")


@given(st.integers(300, 599), st.binary(max_size=200), st.booleans())
def test_any_answer_becomes_one_of_our_errors(status: int, content: bytes, token: bool) -> None:
    assert isinstance(judged(status, content, page_token=token), (GphotosError, Fault))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["error", "message", "status", "details", "errors", "reason"]),
                inner,
            )
        ),
    )
)
def test_nor_does_odd_json_raise(value: Any) -> None:
    assert isinstance(judged(403, json.dumps(value).encode()), (GphotosError, Fault))


@pytest.mark.parametrize(
    "value, seconds",
    [("120", 120), (" 7 ", 7), ("", 0), ("soon", 0), ("-5", 0),
     ("Sat, 21 Nov 2026 12:01:00 GMT", 60), ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
     ("9" * 400, 86_400), ("Sat, 21 Nov 2099 12:00:00 GMT", 86_400)],
)  # fmt: skip
def test_retry_after_has_two_forms(value: str, seconds: float) -> None:
    assert retry_after_s({"retry-after": value}, NOW) == seconds
