"""The Photos Library API, through Google's client and a discovery document of our own."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import httplib2
from google_auth_httplib2 import AuthorizedHttp
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from gphotos_search.config import loopback
from gphotos_search.google.answers import Refusal, judge, scope_missing
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.patience import Fault, Patience
from gphotos_search.google.quota import Budget
from gphotos_search.google.scopes import worth_trying

TIMEOUT_S = 60.0
PAGE_SIZE = 100  # the largest that mediaItems.list takes
BATCH_SIZE = 50  # the most ids that mediaItems.batchGet takes

# What can go wrong below an answer: no connection, a broken one, a body cut short.
_BROKEN = (httplib2.HttpLib2Error, http.client.HTTPException, OSError)


class LibraryApi:
    """Safe to use from several threads: each has an HTTP connection of its own.

    Raises SignInNeeded, ScopeMissing, CursorRejected, TryLater, and GphotosError for a request
    that Google calls wrong.
    """

    def __init__(
        self, url: str, credentials: AccountCredentials, budget: Budget, patience: Patience
    ) -> None:
        self._url = url
        self._credentials = credentials
        self._budget = budget
        self._patience = patience
        self._own = threading.local()
        self._opened: list[AuthorizedHttp] = []
        self._items = _service(url).mediaItems()

    def check(self) -> None:
        """Raises SignInNeeded or ScopeMissing where the stored sign-in tells that much."""
        if not worth_trying(self._credentials.granted(), "google_library"):
            raise scope_missing(self._credentials.account, unticked=True)

    def list_page(self, page_token: str | None) -> dict[str, Any]:
        """One page of mediaItems.list; may hold few items, none, or only a token."""
        request = self._items.list(pageSize=PAGE_SIZE, pageToken=page_token)
        try:
            return self._execute(request, page_token=page_token is not None)
        except Fault as fault:
            raise fault.give_up() from None

    def batch_get(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """One result for each of at most 50 different ids, in their order.

        Raises also Fault, for a 5xx after the second try already: one bad id makes a whole batch
        fail, and the caller can divide it.
        """
        answer = self._execute(self._items.batchGet(mediaItemIds=list(ids)), errors=2)
        results = answer.get("mediaItemResults", [])
        if not isinstance(results, list) or not all(isinstance(one, dict) for one in results):
            raise Fault("Google's answer makes no sense.")
        return results

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def _execute(
        self, request: Any, *, page_token: bool = False, errors: int | None = None
    ) -> dict[str, Any]:
        account = self._credentials.account
        self.check()

        def attempt() -> dict[str, Any]:
            self._budget.take()
            try:
                answer = request.execute(http=self._http(), num_retries=0)
            except HttpError as error:
                refusal = Refusal.read(error.status_code, error.resp, error.content)
                raise judge(refusal, account, page_token=page_token) from None
            except _BROKEN as error:
                host = urlsplit(self._url).netloc
                raise Fault(f"{host} cannot be reached ({type(error).__name__}).") from None
            except ValueError:  # no JSON, such as the login page of a network
                answer = None
            if not isinstance(answer, dict):
                raise Fault("Google's answer makes no sense.")
            return answer

        return self._patience.run(attempt, errors=errors)

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


def _service(url: str) -> Any:
    name = "discovery/photoslibrary.v1.json"
    document = json.loads(files("gphotos_search.google").joinpath(name).read_text("utf-8"))
    options = {"api_endpoint": url}
    return build_from_document(document, http=_plain_http(url), client_options=options)
