"""The Photos Library API: its three methods that read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from gphotos_search.google.answers import judge, scope_missing
from gphotos_search.google.calls import Calls, service
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.patience import Fault, Patience
from gphotos_search.google.quota import Budget
from gphotos_search.google.scopes import worth_trying

PAGE_SIZE = 100  # the largest that mediaItems.list takes
BATCH_SIZE = 50  # the most ids that mediaItems.batchGet takes


class LibraryApi:
    """Safe to use from several threads.

    Raises SignInNeeded, ScopeMissing, CursorRejected, TryLater, and GphotosError for a request
    that Google calls wrong.
    """

    def __init__(
        self, url: str, credentials: AccountCredentials, budget: Budget, patience: Patience
    ) -> None:
        self._credentials = credentials
        self._budget = budget
        self._calls = Calls(url, credentials, patience)
        self._items = service("photoslibrary.v1.json", url).mediaItems()

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
        self._calls.close()

    def _execute(
        self, request: Any, *, page_token: bool = False, errors: int | None = None
    ) -> dict[str, Any]:
        self.check()
        means = partial(judge, account=self._credentials.account, page_token=page_token)
        return self._calls.run(request, means, count=self._budget.take, errors=errors)
