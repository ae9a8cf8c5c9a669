"""The media host: short-lived links (baseUrls) and the bytes behind them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from gphotos_search.demo.emulator import pictures
from gphotos_search.demo.emulator.grants import PICK_SCOPE, Grants
from gphotos_search.demo.emulator.spoiled import error_picture
from gphotos_search.demo.emulator.store import Library, Photo, read
from gphotos_search.demo.emulator.wire import Reply, page_reply

PATH = "/media/"
MOST_PIXELS = 16_383  # W and H: 1 to this
KEPT_PICTURES = 256


class Links:
    """Makes and reads baseUrls: signed, new at every call, dead `ttl_s` after they were made."""

    def __init__(self, clock: Callable[[], float], ttl_s: float, *, seed: int) -> None:
        self._clock, self._ttl_s = clock, ttl_s
        self._secret = f"links {seed}".encode()
        self._generation = 0
        self.url = ""  # set once the ports are known
        self.foreign_url = ""

    def expire(self) -> None:
        """Every link handed out so far is dead from now on."""
        self._generation += 1

    def make(self, photo_id: str, *, host: str = "", picked: bool = False) -> str:
        """`picked`: it opens only together with a token that may pick."""
        noise = secrets.token_hex(4)
        fields = [photo_id, self._clock(), self._generation, noise, picked]
        payload = json.dumps(fields, separators=(",", ":")).encode()
        token = base64.urlsafe_b64encode(self._mark(payload) + payload).decode().rstrip("=")
        return f"{host or self.url}{PATH}{token}"

    def photo_id(self, token: str) -> str:
        """The id a link was made for, "" if we never made it."""
        return self._opened(token)[0]

    def alive(self, token: str) -> bool:
        photo_id, made_at, generation, _ = self._opened(token)
        fresh = self._clock() < made_at + self._ttl_s
        return bool(photo_id) and fresh and generation == self._generation

    def picked(self, token: str) -> bool:
        return self._opened(token)[3]

    def _opened(self, token: str) -> tuple[str, float, int, bool]:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            return "", 0.0, 0, False
        if not hmac.compare_digest(raw[:12], self._mark(raw[12:])):
            return "", 0.0, 0, False
        photo_id, made_at, generation, _, picked = json.loads(raw[12:])
        return photo_id, made_at, generation, picked

    def _mark(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, hashlib.sha256)[:12]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a suffix asks for. No width and height: the default size."""

    width: int = 0
    height: int = 0
    crop: bool = False
    plain: bool = False  # -no: without the play button
    download: bool = False  # =d
    clip: bool = False  # =dv


def wish_of(suffix: str) -> Wish | None:
    """Reads `w512-h512-no`, `d`, `dv`; None where the host answers 400 (unconfirmed)."""
    found: dict[str, int | bool] = {}
    for part in suffix.split("-") if suffix else ():
        sized = re.fullmatch(r"([wh])(\d{1,5})", part)
        if sized and 1 <= int(sized[2]) <= MOST_PIXELS:
            found["width" if sized[1] == "w" else "height"] = int(sized[2])
        elif part in ("c", "no", "d", "dv"):
            found[{"c": "crop", "no": "plain", "d": "download", "dv": "clip"}[part]] = True
        else:
            return None
    width, height = int(found.get("width", 0)), int(found.get("height", 0))
    return Wish(
        width, height,
        crop=bool(found.get("crop")) and bool(width and height),
        plain=bool(found.get("plain")),
        download=bool(found.get("download")),
        clip=bool(found.get("clip")),
    )  # fmt: skip


class MediaHost:
    """GET /media/<token>=<suffix>.

    A Library link needs no sign-in and a bearer does it no harm; a Picker link opens only with one.
    """

    def __init__(
        self, library: Library, links: Links, playable: Callable[[Photo], bool], grants: Grants
    ) -> None:
        self.library, self._links, self._playable = library, links, playable
        self._grants = grants
        self._lock = threading.Lock()
        self._made: OrderedDict[tuple[int, Wish], tuple[Photo, bytes, str]] = OrderedDict()

    def photo_id(self, path: str) -> str:
        """Whom a path is about, "" for nobody."""
        return self._links.photo_id(_split(path)[0])

    def answer(self, path: str, bearer: str = "") -> Reply:
        """The picture; 403 with a picture as body once the link is dead, 404 for what is gone.

        403 also for a Picker link without a token that may pick, 401 where it is a dead one (both
        unconfirmed).
        """
        token, suffix = _split(path)
        photo = self.library.get(self._links.photo_id(token))
        if photo is not None and not self._links.alive(token):
            return refused(403)
        if self._links.picked(token) and (status := self._barred(bearer)):
            return refused(status)
        wish = wish_of(suffix)
        if photo is None or (wish and wish.clip and photo.video is None):
            return refused(404)
        if wish is None:
            return page_reply(400, "Error 400", "The server cannot process this request.")
        if not self._playable(photo):
            return refused(404)
        body, kind = self._bytes(photo, wish)
        headers = (
            ("Content-Disposition", f'inline;filename="{_ascii(photo.filename)}"'),
            ("Cache-Control", "private, max-age=86400, no-transform"),
        )
        return Reply(200, body, kind, headers, ids=(photo.id,))

    def _barred(self, bearer: str) -> int:
        access = self._grants.access(bearer)
        if bearer and access is None:
            return 401
        return 0 if access is not None and PICK_SCOPE in access.scopes else 403

    def _bytes(self, photo: Photo, wish: Wish) -> tuple[bytes, str]:
        if wish.clip:
            return read(photo.content), photo.mime_type
        if not self.library.scaling:
            return read(photo.content), photo.mime_type
        key = (id(photo), wish)  # the photo is kept beside it, so its address is not reused
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key][1:]
        body, kind = _render(photo, wish)
        with self._lock:
            self._made[key] = (photo, body, kind)
            while len(self._made) > KEPT_PICTURES:
                self._made.popitem(last=False)
        return body, kind


def refused(status: int) -> Reply:
    """An error of the media host: its body is a picture."""
    return Reply(status, error_picture(), "image/png")


def _render(photo: Photo, wish: Wish) -> tuple[bytes, str]:
    side = 0 if wish.width or wish.height else pictures.DEFAULT_SIDE
    width = wish.width or side or MOST_PIXELS
    height = wish.height or side or MOST_PIXELS
    if photo.video is not None:
        still = read(photo.video.poster) if photo.video.poster is not None else None
        return pictures.poster(still, width, height, crop=wish.crop, button=not wish.plain)
    original = read(photo.content)
    if wish.download:
        return pictures.without_location(original, photo.mime_type)
    return pictures.scaled(original, width, height, crop=wish.crop)


def _split(path: str) -> tuple[str, str]:
    token, _, suffix = path.removeprefix(PATH).partition("=")
    return token, suffix


def _ascii(name: str) -> str:
    return name.encode("ascii", "replace").decode().replace('"', "'")
