"""The Photos Library API as a source: what the app may list, page by page, newest first.

Paging quirks and links as Google documents and users report them:
https://developers.google.com/photos/library/guides/access-media-items
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import CursorRejected, GphotosError, ItemFailed, LinkExpired, TryLater
from gphotos_search.google.api import BATCH_SIZE, PAGE_SIZE, LibraryApi
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.hosts import Hosts
from gphotos_search.google.items import base_url, media_item
from gphotos_search.google.media import Downloads
from gphotos_search.google.patience import Fault, Patience, RetryPolicy
from gphotos_search.google.quota import Budget
from gphotos_search.google.tokens import TokenStore
from gphotos_search.media import Cursor, MediaItem, Page, VideoStatus
from gphotos_search.progress import Progress

LARGEST_SIDE = 2048
USUAL_RATIO = 4 / 3
# A batch that fails as a whole is divided. With nothing but failures after this many calls it is
# Google that has trouble, not some item.
OUTAGE_AFTER = 7
NOT_READY: Mapping[VideoStatus, str] = {
    "PROCESSING": "The video is still being processed by Google.",
    "FAILED": "Google could not process this video.",
}


class GoogleLibrary:
    """See `Source` and `RenewsLinks` for the promises."""

    lists_everything = True
    may_keep_bytes = False
    newest_first = True
    local = False

    def __init__(self, name: str, api: LibraryApi, downloads: Downloads, *budgets: Budget) -> None:
        self.name = name
        self._api = api
        self._downloads = downloads
        self._budgets = budgets
        self._refusals: dict[str, str] = {}  # why an item got no link
        self._video_status: dict[str, VideoStatus] = {}  # newer than what the catalogue knows

    def check(self) -> None:
        self._api.check()

    def pages(self, start: Cursor | None) -> Iterator[Page]:
        token, last = _place(start)
        seen = {token}
        while True:
            answer = self._api.list_page(token)
            token = _next_token(answer)
            if token in seen and token is not None:
                raise TryLater("Google's listing leads back to where it was; it was stopped.")
            page, last = _page(answer, token, last)
            yield page
            if token is None:
                return
            seen.add(token)

    def renew(self, items: Sequence[MediaItem]) -> Mapping[str, str]:
        """Fresh links; an item without one is remembered with Google's reason."""
        ids = list(dict.fromkeys(item.source_id for item in items))
        links: dict[str, str] = {}
        for at in range(0, len(ids), BATCH_SIZE):
            links |= self._renew_batch(ids[at : at + BATCH_SIZE])
        return links

    def picture(self, item: MediaItem, link: str | None, *, size: int) -> bytes:
        if link is None:
            why = self._refusals.get(item.source_id, "The item has no link now.")
            raise LinkExpired(why)
        status = self._video_status.get(item.source_id, item.video_status)
        if status in NOT_READY:
            raise ItemFailed(NOT_READY[status])
        side = box(item.width, item.height, size)
        poster = "-no" if item.kind == "video" else ""  # without the play button over it
        return self._downloads.fetch(f"{link}=w{side}-h{side}{poster}")

    def close(self) -> None:
        self._api.close()
        self._downloads.close()
        for budget in self._budgets:
            budget.close()

    def _renew_batch(self, ids: list[str]) -> dict[str, str]:
        """Breadth first: a single bad id is found in at most two calls for each halving."""
        links: dict[str, str] = {}
        waiting, failures, answered = [ids], 0, False
        while waiting:
            some = waiting.pop(0)
            try:
                results = self._api.batch_get(some)
            except (Fault, GphotosError) as error:
                if not _is_about_items(error):
                    raise error.give_up() if isinstance(error, Fault) else error from None
                failures += 1
                if failures >= OUTAGE_AFTER and not answered:
                    raise TryLater(str(error)) from None
                middle = len(some) // 2
                if middle:
                    waiting += [some[:middle], some[middle:]]
                else:
                    self._refusals[some[0]] = str(error)
            else:
                answered = True
                links |= self._read_batch(some, results)
        return links

    def _read_batch(self, ids: list[str], results: list[dict[str, Any]]) -> dict[str, str]:
        links = {}
        for asked, result in zip(ids, results, strict=False):
            raw = result.get("mediaItem")
            item = media_item(raw)
            if isinstance(raw, dict) and item is not None and (fresh := base_url(raw)):
                links[item.source_id] = fresh
                self._refusals.pop(item.source_id, None)
                if item.video_status:
                    self._video_status[item.source_id] = item.video_status
            else:
                status = result.get("status")
                message = status.get("message") if isinstance(status, dict) else None
                self._refusals[asked] = f"Google gave no link: {message or 'no reason given'}"
        return links


def open_source(
    source: SourceConfig,
    config: Config,
    catalog: Catalog,
    *,
    stop: threading.Event | None = None,
    progress: Progress | None = None,  # noqa: ARG001  (nothing here takes long)
    patience: Patience | None = None,
) -> GoogleLibrary:
    """No request is made before the source is used. `patience` is for tests in a hurry."""
    google = config.google
    waits = patience or Patience(RetryPolicy(), stop=stop)
    requests = Budget(catalog, "requests", google.daily_requests, block=5)
    media = Budget(catalog, "media", google.daily_media, block=50)
    credentials = AccountCredentials(TokenStore(config.storage.tokens), source.account)
    api = LibraryApi(google.library_url, credentials, requests, waits)
    downloads = Downloads(Hosts.of(google), media, waits)
    return GoogleLibrary(source.name, api, downloads, requests, media)


def box(width: int, height: int, size: int) -> int:
    """The side of the square that the server fits a picture into.

    A photo of the usual shape gets `size`, so its short side has three quarters of that; a
    panorama gets as much more as its short side needs for the same, up to LARGEST_SIDE.
    """
    ratio = max(width, height) / min(width, height) if width > 0 and height > 0 else USUAL_RATIO
    return min(LARGEST_SIDE, max(size, round(size * ratio / USUAL_RATIO)))


def _is_about_items(error: Fault | GphotosError) -> bool:
    """Whether a smaller batch may fare better: an answered 5xx, or a request called wrong."""
    if isinstance(error, Fault):
        return error.status >= 500
    return type(error) is GphotosError


def _place(cursor: Cursor | None) -> tuple[str | None, str]:
    """Page token and the id before it. Raises CursorRejected for a cursor not made by us."""
    if cursor is None:
        return None, ""
    try:
        body = json.loads(cursor)
        token, size, last = body["token"], body["size"], body["last"]
    except (ValueError, TypeError, KeyError):
        token = size = last = None
    # Google takes a token only together with the parameters it was made for.
    if size != PAGE_SIZE or not isinstance(token, str) or not isinstance(last, str):
        raise CursorRejected("The stored place in the listing was made by another release.")
    return token, last


def _next_token(answer: dict[str, Any]) -> str | None:
    token = answer.get("nextPageToken")
    return token if isinstance(token, str) and token else None


def _page(answer: dict[str, Any], token: str | None, last: str) -> tuple[Page, str]:
    """The page, and the id of the last item seen, which Google may repeat on the next page."""
    raws = answer.get("mediaItems", [])
    raws = raws if isinstance(raws, list) else []
    items: dict[str, MediaItem] = {}
    links: dict[str, str] = {}
    complete = True
    for raw in raws:
        item = media_item(raw)
        if item is None:
            complete = False
        elif item.source_id != last:
            items.setdefault(item.source_id, item)
            if fresh := base_url(raw):
                links[item.source_id] = fresh
    last = next(reversed(items), last)
    following = None
    if token is not None:
        following = json.dumps({"token": token, "size": PAGE_SIZE, "last": last})
    page = Page(items=tuple(items.values()), links=links, next=following, complete=complete)
    return page, last
