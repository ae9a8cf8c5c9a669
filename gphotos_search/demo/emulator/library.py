"""The Library API, v1: listing, search, batches, albums."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any

from gphotos_search.demo.emulator.access import authorize
from gphotos_search.demo.emulator.faults import Fault, Faults
from gphotos_search.demo.emulator.filters import oldest_first, photo_test
from gphotos_search.demo.emulator.grants import READ_SCOPE, Grants
from gphotos_search.demo.emulator.media import Links
from gphotos_search.demo.emulator.paging import Pager, Place, Quirks
from gphotos_search.demo.emulator.resources import album, album_id_of, media_item
from gphotos_search.demo.emulator.store import Key, Library, Photo
from gphotos_search.demo.emulator.wire import Kind, Refusal, Reply, Request, json_reply

STANDARD = {"alt", "prettyPrint", "key", "fields", "quotaUser", "access_token", "$.xgafv"}
MOST_IN_BATCH = 50
WELL_FORMED = re.compile(r"[A-Za-z0-9_-]+")


class LibraryApi:
    """Answers for one signed-in account. Raises Refusal for what Google answers with an error."""

    def __init__(
        self, library: Library, *, grants: Grants, links: Links, faults: Faults,
        clock: Callable[[], float], seed: int, quirks: Quirks, page_size_max: int,
    ) -> None:  # fmt: skip
        self.library, self._grants, self._links = library, grants, links
        self._faults, self._clock, self._page_size_max = faults, clock, page_size_max
        self.pager: Pager[Photo] = Pager(seed=seed, quirks=quirks, key=lambda photo: photo.key)
        self._album_pager: Pager[str] = Pager(seed=seed, quirks=quirks, key=lambda t: (0.0, t))
        self._listings = count(1)
        self._hidden: dict[int, frozenset[str]] = {}
        self._polls: dict[str, int] = {}

    def expire_page_tokens(self) -> None:
        self.pager.expire_tokens()
        self._album_pager.expire_tokens()

    def authorize(self, request: Request) -> None:
        """Raises Refusal: 401 without a live token, 403 for one that only held removed scopes."""
        authorize(self._grants, request, READ_SCOPE)

    def listing(self, request: Request) -> Reply:
        """GET /v1/mediaItems"""
        known(request, {"pageSize", "pageToken"})
        size = page_size(request.first("pageSize"), 25, self._page_size_max)
        question = {"method": "list", "pageSize": size}
        return self._photos("list", request.first("pageToken"), question, size)

    def search(self, request: Request) -> Reply:
        """POST /v1/mediaItems:search"""
        try:
            body = json.loads(request.body or b"{}")
        except ValueError:
            raise Refusal(400, "Invalid JSON payload received. Unexpected token.") from None
        if not isinstance(body, dict):
            raise Refusal(400)
        test = photo_test(body, self._clock())
        if "albumId" in body:
            title = self._album_title(body["albumId"])
            test = _in_album(title)
        size = page_size(body.get("pageSize", 0), 25, self._page_size_max)
        question = {name: value for name, value in body.items() if name != "pageToken"}
        token = body.get("pageToken", "")
        oldest = oldest_first(body)
        return self._photos("search", token, question, size, test=test, oldest=oldest)

    def get(self, request: Request, photo_id: str) -> Reply:
        """GET /v1/mediaItems/{id}: 404 for an unknown id and, unconfirmed, a malformed one."""
        known(request, set())
        photo = self.library.get(photo_id)
        if photo is None:
            raise Refusal(404)
        return json_reply(self._item("get", photo), ids=(photo_id,))

    def batch_get(self, request: Request) -> Reply:
        """GET /v1/mediaItems:batchGet: an entry per id, in order."""
        known(request, {"mediaItemIds"})
        ids = request.query.get("mediaItemIds", [])
        if not 0 < len(ids) <= MOST_IN_BATCH:
            raise Refusal(400, f"Between 1 and {MOST_IN_BATCH} media item ids are allowed.")
        if not all(ids) or len(set(ids)) < len(ids):
            raise Refusal(400, "Media item ids must not be empty or repeated.")
        results = [self._result(photo_id) for photo_id in ids]
        return json_reply({"mediaItemResults": results}, ids=tuple(ids))

    def albums(self, request: Request) -> Reply:
        """GET /v1/albums"""
        known(request, {"pageSize", "pageToken", "excludeNonAppCreatedData"})
        size = page_size(request.first("pageSize"), 20, 50)
        albums = self.library.albums()
        question = {"method": "albums", "pageSize": size}
        place = self._album_pager.place(request.first("pageToken"), question, lambda: 0)
        last = place.after[1] if place.after else None
        rest = (title for title in albums if last is None or title > last)
        titles, token = self._album_pager.page(place, size, rest, last)
        shown = [self._album(title, albums[title]) for title in titles if title in albums]
        return json_reply(listed_page("albums", shown, token))

    def album(self, request: Request, album_id: str) -> Reply:
        """GET /v1/albums/{id}"""
        known(request, set())
        title = self._album_title(album_id)
        return json_reply(self._album(title, self.library.albums()[title]))

    def _photos(
        self, kind: Kind, token: str, question: dict[str, Any], size: int,
        *, test: Callable[[Photo], bool] | None = None, oldest: bool = False,
    ) -> Reply:  # fmt: skip
        with self.library.lock:
            place = self.pager.place(token, question, self._begin)
            rest = self._rest(place, test, oldest)
            last = self.library.get(place.after[1]) if place.after else None
            photos, following = self.pager.page(place, size, rest, last)
        items = [self._item(kind, photo) for photo in photos]
        ids = tuple(photo.id for photo in photos)
        return json_reply(listed_page("mediaItems", items, following), ids=ids)

    def _begin(self) -> int:
        listing = next(self._listings)
        hidden = self.library.take_hidden()
        if hidden:
            self._hidden[listing] = hidden
        return listing

    def _rest(
        self, place: Place, test: Callable[[Photo], bool] | None, oldest: bool
    ) -> Iterator[Photo]:
        hidden = self._hidden.get(place.listing, frozenset())
        after: Key | None = place.after
        walk: Iterable[Photo] = self.library.walk(after, oldest_first=oldest)
        if hidden:
            walk = (photo for photo in walk if photo.id not in hidden)
        return iter(walk) if test is None else filter(test, walk)

    def _item(self, kind: Kind, photo: Photo) -> dict[str, Any]:
        return self._with_link(photo, self._faults.take_inside(kind, photo.id))

    def _with_link(self, photo: Photo, fault: Fault | None) -> dict[str, Any]:
        lured = fault is not None and fault.effect == "foreign_link"
        host = (fault.url or self._links.foreign_url) if fault and lured else ""
        link = self._links.make(photo.id, host=host)
        return media_item(photo, link, self.video_status(photo))

    def video_status(self, photo: Photo) -> str:
        """PROCESSING for the first `processing_polls` answers that hold the video."""
        if photo.video is None:
            return ""
        if photo.video.failed:
            return "FAILED"
        with self.library.lock:
            seen = self._polls.get(photo.id, 0)
            self._polls[photo.id] = seen + 1
        return "READY" if seen >= photo.video.processing_polls else "PROCESSING"

    def playable(self, photo: Photo) -> bool:
        """Whether some answer has called the video READY."""
        if photo.video is None:
            return True
        return (
            not photo.video.failed and self._polls.get(photo.id, 0) > photo.video.processing_polls
        )

    def _result(self, photo_id: str) -> dict[str, Any]:
        """code 3 was seen in a real answer; code 5 for an item that is gone is unconfirmed."""
        fault = self._faults.take_inside("batchGet", photo_id)
        if fault and fault.effect == "item_status":
            return {"status": {"code": fault.status, "message": fault.message or "Item failed."}}
        photo = self.library.get(photo_id)
        if photo is not None:
            return {"mediaItem": self._with_link(photo, fault)}
        if photo_id in self.library.removed and WELL_FORMED.fullmatch(photo_id):
            return {"status": {"code": 5, "message": "Requested entity was not found."}}
        return {"status": {"code": 3, "message": "Invalid media item ID."}}

    def _album(self, title: str, photos: list[Photo]) -> dict[str, Any]:
        return album(title, photos, self._links.make(photos[0].id))

    def _album_title(self, album_id: str) -> str:
        for title in self.library.albums():
            if album_id_of(title) == album_id:
                return title
        raise Refusal(404)


def _in_album(title: str) -> Callable[[Photo], bool]:
    return lambda photo: title in photo.albums


def known(request: Request, names: set[str]) -> None:
    for name in request.query.keys() - names - STANDARD:
        raise Refusal(
            400,
            f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
            f"Field '{name}' could not be found in request message.",
        )


def page_size(asked: object, default: int, most: int) -> int:
    """0 or nothing: the default. Above the maximum is cut to it (Google: unconfirmed)."""
    try:
        number = int(str(asked or 0))
    except ValueError:
        raise Refusal(400, f"Invalid value at 'page_size' (TYPE_INT32), \"{asked}\"") from None
    if number < 0:
        raise Refusal(400)
    return min(number or default, most)


def listed_page(name: str, entries: list[dict[str, Any]], token: str) -> dict[str, Any]:
    """`{}` for the empty end of a listing."""
    page: dict[str, Any] = {name: entries} if entries else {}
    return {**page, "nextPageToken": token} if token else page
