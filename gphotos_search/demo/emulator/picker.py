"""The Picker API, v1, under /picker, and the web page where a person picks.

A session is polled until the person has pressed Done, listed, and deleted. What Google does not
document is marked as unconfirmed.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gphotos_search.demo.emulator.access import authorize
from gphotos_search.demo.emulator.faults import Faults
from gphotos_search.demo.emulator.grants import PICK_SCOPE, Grants
from gphotos_search.demo.emulator.library import known, listed_page, page_size
from gphotos_search.demo.emulator.media import Links
from gphotos_search.demo.emulator.paging import Pager, Quirks
from gphotos_search.demo.emulator.resources import filled, picked_item, timestamp
from gphotos_search.demo.emulator.store import Library, Photo
from gphotos_search.demo.emulator.wire import (
    Kind,
    Refusal,
    Reply,
    Request,
    json_reply,
    page_reply,
)

ROOT = "/picker"
SESSIONS, ITEMS, PAGE = f"{ROOT}/v1/sessions", f"{ROOT}/v1/mediaItems", f"{ROOT}/ui/"
MOST_ITEMS = 2000
PENDING = "The user has not finished picking media items."  # the Picker's own text: unconfirmed
TOO_MANY = "Too many active sessions."  # unconfirmed
FORM = (
    "Pick the newest <form method=post><input name=newest value=10 size=4> photos "
    "<button>Done</button></form>"
)


@dataclass(slots=True)
class Picking:
    """One session as the server holds it; times are seconds since 1970."""

    id: str
    secret: str
    most: int
    created_at: float
    expires_at: float
    picked: tuple[str, ...] | None = None  # None until the person presses Done


class Picker:
    """The sessions of one account. Every attribute may be changed while it serves."""

    def __init__(
        self, library: Library, *, grants: Grants, links: Links, faults: Faults,
        clock: Callable[[], float], seed: int, quirks: Quirks, page_size_max: int,
        status_of: Callable[[Photo], str],
    ) -> None:  # fmt: skip
        self.poll_interval_s = 5.0
        self.timeout_s = 1800.0  # the countdown of timeoutIn; real lengths vary
        self.ttl_s = 7 * 86_400.0  # until a session expires; about a week is reported
        self.most_sessions = 25  # live at once; Google's number is not published
        self.has_photos = True  # False: the account never used Google Photos
        self.url = ""  # set once the port is known
        self._library, self._grants, self._links, self._faults = library, grants, links, faults
        self._clock, self._page_size_max, self._status_of = clock, page_size_max, status_of
        self._pager: Pager[Photo] = Pager(seed=seed, quirks=quirks, key=lambda photo: photo.key)
        self._lock = threading.RLock()
        self._sessions: dict[str, Picking] = {}

    @property
    def live(self) -> list[str]:
        """Ids of the sessions that are neither deleted nor expired, oldest first."""
        with self._lock:
            now = self._clock()
            return [one.id for one in self._sessions.values() if one.expires_at > now]

    def pick(self, session_id: str, photo_ids: Iterable[str]) -> None:
        """The person chooses and presses Done; from then on the page is dead."""
        with self._lock:
            session, chosen = self._sessions[session_id], tuple(dict.fromkeys(photo_ids))
            if session.picked is not None or len(chosen) > session.most:
                raise ValueError("the session is over, or so many cannot be picked in it")
            session.picked = chosen

    def expire(self, session_id: str) -> None:
        """404 from now on, as after expireTime."""
        with self._lock:
            self._sessions[session_id].expires_at = self._clock()

    def expire_page_tokens(self) -> None:
        self._pager.expire_tokens()

    def answer(self, request: Request, kind: Kind) -> Reply:
        """One request to the API or to the page. Raises Refusal."""
        if kind == "pickerPage":
            return self._page(request)
        authorize(self._grants, request, PICK_SCOPE)
        with self._lock:
            if kind == "pickerCreate":
                return self._create(request)
            if kind == "pickerList":
                return self._list(request)
            session = self._session(request.path.removeprefix(f"{SESSIONS}/"))
            if kind == "pickerGet":
                return json_reply(self._described(session))
            del self._sessions[session.id]
            return json_reply({})  # seen at the Ambient API; unconfirmed for the Picker

    def _create(self, request: Request) -> Reply:
        known(request, {"requestId"})
        if not self.has_photos:
            raise Refusal(400, "The user has no Google Photos.", status="FAILED_PRECONDITION")
        most = _most_items(request.body)
        if len(self.live) >= self.most_sessions:
            raise Refusal(429, TOO_MANY)
        now = self._clock()
        session = Picking(
            secrets.token_hex(16), secrets.token_urlsafe(24), most, now, now + self.ttl_s
        )
        self._sessions[session.id] = session
        return json_reply(self._described(session))

    def _session(self, session_id: str) -> Picking:
        session = self._sessions.get(session_id)
        if session is None or session.expires_at <= self._clock():
            raise Refusal(404)
        return session

    def _described(self, session: Picking) -> dict[str, Any]:
        """`pollingConfig` is there only until the person is done; then no URI works either."""
        left = max(0.0, session.created_at + self.timeout_s - self._clock())
        polling = {"pollInterval": _duration(self.poll_interval_s), "timeoutIn": _duration(left)}
        done = session.picked is not None
        return filled(
            {
                "id": session.id,
                "pickerUri": f"{self.url}{PAGE}{session.secret}",
                **({} if done else {"pollingConfig": polling}),
                "expireTime": timestamp(datetime.fromtimestamp(session.expires_at, UTC)),
                "pickingConfig": {"maxItemCount": str(session.most)},
                "mediaItemsSet": done,
            }
        )

    def _list(self, request: Request) -> Reply:
        known(request, {"sessionId", "pageSize", "pageToken"})
        if not request.first("sessionId"):
            raise Refusal(400)
        size = page_size(request.first("pageSize"), 50, min(100, self._page_size_max))
        session = self._session(request.first("sessionId"))
        if session.picked is None:
            raise Refusal(400, PENDING, status="FAILED_PRECONDITION", reason="PENDING_USER_ACTION")
        found = (self._library.get(photo_id) for photo_id in session.picked)
        photos = sorted((photo for photo in found if photo), key=lambda photo: photo.key)
        question = {"method": "picker", "session": session.id, "pageSize": size}
        place = self._pager.place(request.first("pageToken"), question, lambda: 0)
        rest = (photo for photo in photos if place.after is None or photo.key > place.after)
        last = self._library.get(place.after[1]) if place.after else None
        some, token = self._pager.page(place, size, rest, last)
        items = [self._item(photo) for photo in some]
        return json_reply(
            listed_page("mediaItems", items, token), ids=tuple(photo.id for photo in some)
        )

    def _item(self, photo: Photo) -> dict[str, Any]:
        fault = self._faults.take_inside("pickerList", photo.id)
        lured = fault is not None and fault.effect == "foreign_link"
        host = (fault.url or self._links.foreign_url) if fault and lured else ""
        link = self._links.make(photo.id, host=host, picked=True)
        return picked_item(photo, link, self._status_of(photo))

    def _page(self, request: Request) -> Reply:
        """Where the person picks; 404 once they have pressed Done or the session is over."""
        secret, now = request.path.removeprefix(PAGE), self._clock()
        with self._lock:
            for session in self._sessions.values():
                alive = session.picked is None and session.expires_at > now
                if session.secret == secret and alive:
                    return self._shown(session, request)
        return page_reply(404, "Error 404", "This link no longer works.")

    def _shown(self, session: Picking, request: Request) -> Reply:
        if request.method != "POST":
            return page_reply(200, "Google Photos picker (emulated)", FORM)
        newest = request.form().get("newest", "")
        count = int(newest) if newest.isdecimal() else 0
        self.pick(session.id, self._library.ids[: min(count, session.most)])
        return page_reply(200, "Done", "You can close this page.")


def picker_kind(method: str, path: str) -> Kind | None:
    """Which method of the Picker a request is for; None for none."""
    if path.startswith(PAGE):
        return "pickerPage"
    if path == SESSIONS and method == "POST":
        return "pickerCreate"
    if path == ITEMS and method == "GET":
        return "pickerList"
    if path.startswith(f"{SESSIONS}/") and "/" not in path.removeprefix(f"{SESSIONS}/"):
        kinds: dict[str, Kind] = {"GET": "pickerGet", "DELETE": "pickerDelete"}
        return kinds.get(method)
    return None


def _most_items(body: bytes) -> int:
    """maxItemCount: int64 as a string or a number; 0 or nothing is 2000, more is cut to it."""
    try:
        config = json.loads(body or b"{}").get("pickingConfig", {})
        most = int(config.get("maxItemCount", 0))
    except (ValueError, AttributeError, TypeError):
        raise Refusal(400, "Invalid JSON payload received.") from None
    if most < 0:
        raise Refusal(400)
    return min(most or MOST_ITEMS, MOST_ITEMS)


def _duration(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"
