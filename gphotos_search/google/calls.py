"""One of Google's JSON APIs, through Google's client and a discovery document of our own."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import httplib2
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from gphotos_search.config import loopback
from gphotos_search.errors import GphotosError
from gphotos_search.google.answers import Refusal
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.patience import Fault, Patience

TIMEOUT_S = 60.0

Judge = Callable[[Refusal], GphotosError | Fault]

# What can go wrong below an answer: no connection, a broken one, a body cut short.
_BROKEN = (httplib2.HttpLib2Error, http.client.HTTPException, OSError)


class Calls:
    """Sends the requests of one API for one account, patiently.

    Safe to use from several threads: each has an HTTP connection of its own.
    """

    def __init__(self, url: str, credentials: AccountCredentials, patience: Patience) -> None:
        self._url = url
        self._credentials = credentials
        self._patience = patience
        self._own = threading.local()
        self._opened: list[AuthorizedHttp] = []

    def run(
        self,
        request: Any,
        judge: Judge,
        *,
        count: Callable[[], None] = lambda: None,
        errors: int | None = None,
    ) -> dict[str, Any]:
        """The answer, a JSON object.

        `judge` says what a refusal means: an error of ours is raised at once, a Fault tried again
        and in the end raised. `count` is called before each attempt and may raise. `errors`
        replaces the number of attempts where the answer was a 5xx.
        """

        def attempt() -> dict[str, Any]:
            count()
            try:
                answer = request.execute(http=self._http(), num_retries=0)
            except HttpError as error:
                raise judge(Refusal.read(error.status_code, error.resp, error.content)) from None
            except _BROKEN as error:
                host = urlsplit(self._url).netloc
                raise Fault(f"{host} cannot be reached ({type(error).__name__}).") from None
            except ValueError:  # no JSON, such as the login page of a network
                answer = None
            if not isinstance(answer, dict):
                raise Fault("Google's answer makes no sense.")
            return answer

        return self._patience.run(attempt, errors=errors)

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def _http(self) -> AuthorizedHttp:
        if not hasattr(self._own, "http"):
            self._own.http = _Connection(self._credentials, http=_plain_http(self._url))
            self._opened.append(self._own.http)
        return self._own.http


class _Connection(AuthorizedHttp):  # type: ignore[misc]
    """Sends a long GET as the GET that the method is documented as.

    Google's client turns an address beyond 2,048 characters, which 50 ids make, into a POST with
    a method override; whether the Photos API takes that is documented nowhere.
    """

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: str | None = None,
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> Any:
        headers = dict(headers or {})
        if headers.pop("x-http-method-override", "") == "GET":
            uri, method, body = f"{uri}?{body}", "GET", None
            headers = {k: v for k, v in headers.items() if not k.startswith("content-")}
        return super().request(uri, method, body=body, headers=headers, **rest)


def _plain_http(url: str) -> httplib2.Http:
    """No redirect is followed, for a token would go with it; proxies are not for this machine."""
    local = loopback(urlsplit(url).hostname or "")
    proxy = None if local else httplib2.proxy_info_from_environment
    plain = httplib2.Http(timeout=TIMEOUT_S, proxy_info=proxy)
    plain.follow_redirects = False
    return plain


def service(document: str, url: str) -> Any:
    """The methods that google/discovery/`document` describes, sent to `url`."""
    place = files("gphotos_search.google").joinpath(f"discovery/{document}")
    described = json.loads(place.read_text("utf-8"))
    options = {"api_endpoint": url}
    return build_from_document(described, http=_plain_http(url), client_options=options)
