"""One emulated Google account on a loopback port: sign-in, the Library API, media bytes."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

from gphotos_search.demo.emulator import drive
from gphotos_search.demo.emulator.faults import Fault, Faults
from gphotos_search.demo.emulator.grants import READ_SCOPE, Grants
from gphotos_search.demo.emulator.library import LibraryApi
from gphotos_search.demo.emulator.media import PATH as MEDIA
from gphotos_search.demo.emulator.media import Links, MediaHost
from gphotos_search.demo.emulator.mishaps import instead
from gphotos_search.demo.emulator.oauth import OAuthServer
from gphotos_search.demo.emulator.paging import REGULAR, Quirks
from gphotos_search.demo.emulator.picker import Picker, picker_kind
from gphotos_search.demo.emulator.server import LoopbackServer
from gphotos_search.demo.emulator.spoiled import error_picture
from gphotos_search.demo.emulator.store import Library
from gphotos_search.demo.emulator.traffic import Traffic, Visit
from gphotos_search.demo.emulator.wire import Kind, Refusal, Reply, Request, page_reply

ITEMS, ALBUMS = "/v1/mediaItems", "/v1/albums"
FIXED: dict[tuple[str, str], Kind] = {
    ("GET", "/auth"): "auth",
    ("POST", "/token"): "token",
    ("POST", "/revoke"): "revoke",
    ("GET", "/tokeninfo"): "tokeninfo",
    ("GET", ITEMS): "list",
    ("GET", f"{ITEMS}:batchGet"): "batchGet",
    ("POST", f"{ITEMS}:search"): "search",
    ("GET", ALBUMS): "albums",
}


class Emulator:
    """Serves `library` from `__enter__` to `__exit__`; every switch works while it serves.

    `clock` gives seconds since 1970 and decides when tokens and links die. `quirks` makes pages
    odd, deterministically for `seed`. Only loopback addresses are listened on.
    """

    def __init__(
        self,
        library: Library,
        *,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        faults: Iterable[Fault] | None = None,
        quirks: Quirks = REGULAR,
        page_size_max: int = 100,
        base_url_ttl_s: float = 3600,
        access_token_ttl_s: float = 3599,
        port: int = 0,
    ) -> None:
        self.library = library
        self.log = Traffic()
        self.faults = Faults(faults or (), seed=seed)
        self.before: Callable[[Kind, Request], None] | None = None  # called ahead of each answer
        self.grants = Grants(clock, access_token_ttl_s)
        self.oauth = OAuthServer(self.grants)
        self._links = Links(clock, base_url_ttl_s, seed=seed)
        self._api = LibraryApi(
            library, grants=self.grants, links=self._links, faults=self.faults, clock=clock,
            seed=seed, quirks=quirks, page_size_max=page_size_max,
        )  # fmt: skip
        self.drive = drive.Drive(self.grants, clock)
        self.picker = Picker(
            library, grants=self.grants, links=self._links, faults=self.faults, clock=clock,
            seed=seed, quirks=quirks, page_size_max=page_size_max, status_of=self._api.video_status,
        )  # fmt: skip
        self._media = MediaHost(library, self._links, self._api.playable, self.grants)
        self._server = LoopbackServer("127.0.0.1", port, self.answer)
        self._foreign = _foreign_server(self._answer_foreign)
        self.foreign_log = Traffic()  # who was lured to the foreign host, and with what
        self._links.url = self.picker.url = self.url
        self._links.foreign_url = self.foreign_url

    @property
    def url(self) -> str:
        """http://127.0.0.1:PORT, without a slash at the end."""
        return self._server.url

    @property
    def media_host(self) -> str:
        """The host of every honest baseUrl, for google.media_hosts."""
        return "127.0.0.1"

    @property
    def foreign_url(self) -> str:
        """A second server on a host that nobody configured; it answers everything with 200."""
        return self._foreign.url if self._foreign else "http://evil.example"

    def __enter__(self) -> Self:
        for server in (self._server, self._foreign):
            if server:
                server.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        for server in (self._server, self._foreign):
            if server:
                server.stop()

    def write_client_file(self, path: Path) -> Path:
        """A client_secret.json of type "installed" that leads the sign-in here."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.oauth.client_file(self.url), indent=2) + "\n", "utf-8")
        return path

    def sign_in(self, scopes: Iterable[str] = (READ_SCOPE,)) -> dict[str, object]:
        """The token endpoint's answer as if a person had just agreed; without a browser."""
        return self.grants.issue(scopes)

    def link(self, photo_id: str) -> str:
        """A baseUrl as a listing would hand it out now."""
        return self._links.make(photo_id)

    def revoke_grant(self) -> None:
        """The person withdraws their consent: 401 from the API, invalid_grant at a refresh."""
        self.grants.revoke_all()

    def expire_access_tokens(self) -> None:
        """401 until the next refresh."""
        self.grants.expire_access_tokens()

    def expire_page_tokens(self) -> None:
        """400 for every page token handed out so far."""
        self._api.expire_page_tokens()
        self.picker.expire_page_tokens()

    def expire_links(self) -> None:
        """403 for every baseUrl handed out so far."""
        self._links.expire()

    def answer(self, request: Request) -> Reply:
        """One request, with what befalls it; called from the server's threads."""
        kind = kind_of(request)
        ids = self._named(kind, request)
        if self.before:
            self.before(kind, request)
        fault = self.faults.take(kind, ids)
        reply = self._befallen(fault, kind, request) if fault else self._routed(kind, request)
        size = 0 if request.method == "HEAD" else len(reply.body[: reply.sent])
        bearer, effect = bool(request.bearer), fault.effect if fault else ""
        items = reply.ids or ids
        visit = Visit(kind, request.method, request.path, items, reply.status, size, bearer, effect)
        self.log.add(visit)
        return reply

    def _named(self, kind: Kind, request: Request) -> tuple[str, ...]:
        if kind == "batchGet":
            return tuple(request.query.get("mediaItemIds", ()))
        if kind == "get":
            return (request.path.removeprefix(f"{ITEMS}/"),)
        found = drive.id_of(request.path)
        found = self._media.photo_id(request.path) if kind == "media" else found
        return (found,) if found else ()

    def _befallen(self, fault: Fault, kind: Kind, request: Request) -> Reply:
        switch = {
            "expire_page_tokens": self.expire_page_tokens,
            "expire_access_tokens": self.expire_access_tokens,
            "expire_links": self.expire_links,
            "revoke_grant": self.revoke_grant,
        }.get(fault.effect)
        if switch:
            switch()
        reply = instead(fault, kind, request, fault.url or self.foreign_url)
        if reply is None:
            reply = self._routed(kind, request)
            half = len(reply.body) // 2
            if fault.effect in ("reset", "truncate"):
                reply = replace(reply, sent=half, reset=fault.effect == "reset")
            elif fault.effect == "trickle":
                reply = replace(reply, pace=fault.pace)
            elif fault.effect == "broken_picture":
                reply = replace(reply, body=reply.body[:half])
        return replace(reply, delay_s=fault.delay_s)

    def _routed(self, kind: Kind, request: Request) -> Reply:
        try:
            return self._oauth_or_media(kind, request) or self._library(kind, request)
        except Refusal as refusal:
            return refusal.reply()

    def _oauth_or_media(self, kind: Kind, request: Request) -> Reply | None:
        if kind == "media":
            return self._media.answer(request.path, request.bearer)
        if kind.startswith("drive."):
            return self.drive.answer(request, kind)
        if kind.startswith("picker"):
            return self.picker.answer(request, kind)
        handlers = {
            "auth": self.oauth.consent,
            "token": self.oauth.token,
            "revoke": self.oauth.revoke,
            "tokeninfo": self.oauth.tokeninfo,
        }
        return handlers[kind](request) if kind in handlers else None

    def _library(self, kind: Kind, request: Request) -> Reply:
        if kind == "other":
            return page_reply(404, "Error 404 (Not Found)", "The requested URL was not found.")
        self._api.authorize(request)
        if kind == "get":
            return self._api.get(request, request.path.removeprefix(f"{ITEMS}/"))
        if kind == "album":
            return self._api.album(request, request.path.removeprefix(f"{ALBUMS}/"))
        handlers = {
            "list": self._api.listing,
            "batchGet": self._api.batch_get,
            "search": self._api.search,
            "albums": self._api.albums,
        }
        return handlers[kind](request)

    def _answer_foreign(self, request: Request) -> Reply:
        visit = Visit(
            "other", request.method, request.path, (), 200, 0, "authorization" in request.headers
        )
        self.foreign_log.add(visit)
        return Reply(200, error_picture(), "image/png")


def kind_of(request: Request) -> Kind:
    """Which service and method a request is for."""
    method = "GET" if request.method == "HEAD" else request.method
    path = request.path
    if picking := picker_kind(request.method, path):
        return picking
    if path.startswith(drive.PREFIX):
        return drive.kind_of(request)
    if method == "GET" and path.startswith(MEDIA):
        return "media"
    if method == "GET" and path.startswith(f"{ITEMS}/"):
        return "get"
    if method == "GET" and path.startswith(f"{ALBUMS}/"):
        return "album"
    return FIXED.get((method, path), "other")


def _foreign_server(answer: Callable[[Request], Reply]) -> LoopbackServer | None:
    """None where 127.0.0.2 is no address of this machine (macOS)."""
    with contextlib.suppress(OSError):
        return LoopbackServer("127.0.0.2", 0, answer)
    return None
