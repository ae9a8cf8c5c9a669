"""Bytes of photos from Google's media host, trusted only after every check.

A baseUrl is a secret and never appears in a message, a log or a chained exception.
Source of the rules: https://developers.google.com/photos/library/guides/access-media-items#base-urls
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from urllib.parse import urljoin

import requests
import requests.auth
from urllib3.exceptions import NewConnectionError

from gphotos_search.errors import GphotosError, ItemFailed, LinkExpired
from gphotos_search.google.answers import Refusal, retry_after_s, too_many
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.hosts import Hosts, host_of, new_session
from gphotos_search.google.patience import Fault, Patience
from gphotos_search.google.quota import Budget

TIMEOUT_S = (10.0, 30.0)  # to connect, and between two packets
WHOLE_S = 120.0  # for one picture, so that a trickle does not hold a thread for ever
MAX_BYTES = 32 * 1024 * 1024  # a 2048 x 2048 picture without any compression is 16 MiB
MAX_REDIRECTS = 3
CHUNK = 64 * 1024
GIVE_UP_AFTER = 16  # pictures in a row: then it is the host, not the picture

_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


class Downloads:
    """Safe to use from several threads: each has a session of its own."""

    def __init__(
        self,
        hosts: Hosts,
        budget: Budget,
        patience: Patience,
        *,
        credentials: AccountCredentials | None = None,
    ) -> None:
        """With `credentials` every picture is asked for with the account's token, which goes to
        the allowed hosts only; Picker links need it, Library links open without."""
        self._hosts = hosts
        self._credentials = credentials
        self._budget = budget
        self._patience = patience
        self._own = threading.local()
        self._opened: list[requests.Session] = []
        self._lock = threading.Lock()
        self._failed_in_a_row = 0

    def fetch(self, url: str) -> bytes:
        """A whole picture.

        Raises LinkExpired, ItemFailed for this picture, TryLater when the host has trouble,
        SignInNeeded where a token is needed and cannot be had.
        """
        try:
            content = self._patience.run(lambda: self._attempt(url))
        except Fault as fault:
            raise self._gave_up(fault) from None
        self._count(failed=False)
        return content

    def close(self) -> None:
        for session in self._opened:
            session.close()

    def _attempt(self, url: str) -> bytes:
        try:
            for _ in range(MAX_REDIRECTS + 1):
                self._check_host(url)  # each step of a redirect too: a token would go with it
                with self._answer(url) as answer:
                    if not answer.is_redirect:
                        return _content(answer)
                    url = urljoin(url, answer.headers["Location"])
        except requests.RequestException as error:
            raise _broken(error) from None
        raise ItemFailed("The media host redirects without end.")

    def _check_host(self, url: str) -> None:
        if not self._hosts.allow(url):
            host = host_of(url) or "an address that is not https"
            raise ItemFailed(f"The link leads to {host}, not to a host of Google; not opened.")

    def _answer(self, url: str) -> requests.Response:
        """One answer, asked for a second time where the token was too old."""
        bearer = None if self._credentials is None else _Bearer(self._credentials)
        answer = self._get(url, bearer)
        if bearer is not None and answer.status_code == 401:
            answer.close()
            bearer.renew()
            answer = self._get(url, bearer)
        return answer

    def _get(self, url: str, bearer: _Bearer | None) -> requests.Response:
        self._budget.take()
        return self._session(url).get(
            url,
            stream=True,
            allow_redirects=False,
            timeout=TIMEOUT_S,
            headers={"Accept-Encoding": "identity"},  # so that Content-Length counts what we read
            auth=bearer,
        )

    def _session(self, url: str) -> requests.Session:
        if not hasattr(self._own, "session"):
            self._own.session = new_session(url)
            self._opened.append(self._own.session)
        session: requests.Session = self._own.session
        return session

    def _gave_up(self, fault: Fault) -> GphotosError:
        if fault.busy or fault.unreachable or self._count(failed=True) >= GIVE_UP_AFTER:
            return fault.give_up()
        return ItemFailed(str(fault))

    def _count(self, *, failed: bool) -> int:
        with self._lock:
            self._failed_in_a_row = self._failed_in_a_row + 1 if failed else 0
            return self._failed_in_a_row


class _Bearer(requests.auth.AuthBase):
    """The token of the moment for one request: not a session's header, which others would get."""

    def __init__(self, credentials: AccountCredentials) -> None:
        self._credentials = credentials
        self._used: str | None = None

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if not self._credentials.valid:
            self._credentials.refresh(None)
        self._used = self._credentials.token
        request.headers["Authorization"] = f"Bearer {self._used}"
        return request

    def renew(self) -> None:
        """The token was refused; unless another thread has a newer one already."""
        if self._credentials.token == self._used:
            self._credentials.refresh(None)


def _content(answer: requests.Response) -> bytes:
    """The status first: error bodies can be pictures too."""
    if answer.status_code != 200:
        raise _refused(answer)
    declared = answer.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > MAX_BYTES:
        raise ItemFailed("The picture is too large to be fetched.", permanent=True)
    body = _read(answer)
    counted = declared.isdecimal() and "Content-Encoding" not in answer.headers
    if counted and len(body) != int(declared):
        raise Fault(f"Only {len(body):,} of {int(declared):,} bytes of the picture arrived.")
    if not is_picture(body):
        kind = answer.headers.get("Content-Type", "").split(";")[0][:40] or "unknown"
        raise ItemFailed(f"The media host sent something that is no picture ({kind}).")
    return body


def _read(answer: requests.Response) -> bytes:
    deadline = time.monotonic() + WHOLE_S
    body = bytearray()
    for chunk in answer.iter_content(CHUNK):
        body += chunk
        if len(body) > MAX_BYTES:
            raise ItemFailed("The picture is too large to be fetched.", permanent=True)
        if time.monotonic() > deadline:
            raise Fault("The picture arrived too slowly.")
    return bytes(body)


def _refused(answer: requests.Response) -> GphotosError | Fault:
    status = answer.status_code
    if status in (401, 403, 404):
        return LinkExpired(f"The link to the picture has expired (HTTP {status}).")
    if status == 429:
        start = next(answer.iter_content(CHUNK), b"")
        return too_many(Refusal.read(status, answer.headers, start))
    if status >= 500 or status == 408:
        return Fault(
            f"The media host answered with an error (HTTP {status}).",
            retry_after_s=retry_after_s(answer.headers, datetime.now(UTC)),
            status=status,
        )
    return ItemFailed(f"The media host refused the picture (HTTP {status}).")


def _broken(error: requests.RequestException) -> Fault | ItemFailed:
    if isinstance(error, requests.ConnectTimeout) or _no_connection(error):
        return Fault("The media host cannot be reached.", unreachable=True)
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return Fault("Only a part of the picture arrived.")
    if isinstance(error, (requests.ConnectionError, requests.Timeout)):
        return Fault("The connection to the media host broke off.")
    return ItemFailed("The link to the picture cannot be used.")


def _no_connection(error: requests.RequestException) -> bool:
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def is_picture(body: bytes) -> bool:
    """Whether the first bytes are those of a picture format, whatever the server calls it."""
    return (
        body.startswith(_MAGIC)
        or (body[:4] == b"RIFF" and body[8:12] == b"WEBP")
        or body[4:8] == b"ftyp"  # HEIC, AVIF
    )
