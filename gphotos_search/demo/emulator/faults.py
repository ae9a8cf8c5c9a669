"""Trouble on request: what goes wrong, where, how often. Deterministic for a seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from gphotos_search.demo.emulator.wire import Kind

Effect = Literal[
    "status",  # answer with `status` instead
    "reset",  # half of the answer, then a TCP reset
    "truncate",  # half of the body under the Content-Length of all of it, then a close
    "html",  # a web page with status 200
    "wrong_type",  # bytes of something else under image/jpeg
    "broken_picture",  # the first half of the picture, with a Content-Length that fits
    "bomb",  # a small PNG that claims 900 megapixels
    "slow",  # only `delay_s`
    "trickle",  # the body, some bytes a second (`pace`)
    "redirect",  # 302 to `url`, by default the emulator's foreign host
    "expire_page_tokens",  # these four happen just before the request is answered as usual
    "expire_access_tokens",
    "expire_links",
    "revoke_grant",
    "item_status",  # batchGet: `item` gets a status entry with code `status` (3, 5, 7 …)
    "foreign_link",  # the baseUrl of `item` is on `url`; `times` counts items
]
INSIDE: frozenset[Effect] = frozenset({"item_status", "foreign_link"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of trouble.

    `item` limits it to requests that name this id (media, get, batchGet); a poisonous id is
    `Fault(kind="batchGet", item=ID, status=500, times=None)`. `after` lets matching requests pass
    first. `times=None` never ends. `delay_s` goes with any effect.
    """

    kind: Kind | Literal["any"]
    effect: Effect = "status"
    status: int = 503
    message: str = ""  # "": Google's usual text for the status
    reason: str = ""  # ErrorInfo reason
    retry_after: str = ""  # seconds or an HTTP date
    body: Literal["", "image", "html"] = ""  # "image": the error's body is a picture
    url: str = ""
    item: str = ""
    times: int | None = 1
    after: int = 0
    probability: float = 1.0
    delay_s: float = 0.0
    pace: float = 64.0  # bytes a second of a "trickle"


def quota_text(limit: str, *, metric: str = "All requests") -> str:
    """Google's sentence for a 429 (seen literally for `All requests per day`)."""
    return (
        f"Quota exceeded for quota metric '{metric}' and limit '{limit}' of service "
        "'photoslibrary.googleapis.com' for consumer 'project_number:123456789012'."
    )


PER_MINUTE = quota_text("All requests per minute per user")
PER_DAY = quota_text("All requests per day")


def per_minute(kind: Kind, *, times: int | None = 1, retry_after: str = "") -> Fault:
    """A 429 that goes away by waiting."""
    return Fault(kind=kind, status=429, message=PER_MINUTE, times=times, retry_after=retry_after)


def per_day(kind: Kind, *, times: int | None = None, retry_after: str = "") -> Fault:
    """A 429 that lasts until the quota's day ends."""
    return Fault(kind=kind, status=429, message=PER_DAY, times=times, retry_after=retry_after)


@dataclass(slots=True)
class _Active:
    fault: Fault
    left: int | None
    wait: int = field(default=0)


class Faults:
    """The troubles that are still to come; the first that matches befalls a request."""

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self._lock = threading.Lock()
        self._random = random.Random(f"faults {seed}")
        self._active: list[_Active] = []
        self.add(*faults)

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._active += [_Active(fault, fault.times, fault.after) for fault in faults]

    def clear(self) -> None:
        with self._lock:
            self._active.clear()

    def pending(self) -> list[Fault]:
        """Faults that can still strike."""
        with self._lock:
            return [active.fault for active in self._active]

    def take(self, kind: Kind, ids: Iterable[str] = ()) -> Fault | None:
        """The fault that befalls this whole request, counted as used."""
        return self._take(kind, tuple(ids), inside=False)

    def take_inside(self, kind: Kind, item: str) -> Fault | None:
        """The fault of one item inside an answer."""
        return self._take(kind, (item,), inside=True) if self._active else None

    def _take(self, kind: Kind, ids: tuple[str, ...], *, inside: bool) -> Fault | None:
        with self._lock:
            for active in self._active:
                fault = active.fault
                meant = (fault.effect in INSIDE) is inside and _matches(fault, kind, ids)
                if meant and self._strikes(active):
                    return fault
        return None

    def _strikes(self, active: _Active) -> bool:
        if active.wait:
            active.wait -= 1
            return False
        if active.fault.probability < 1 and self._random.random() >= active.fault.probability:
            return False
        if active.left is not None:
            active.left -= 1
            if active.left <= 0:
                self._active.remove(active)
        return True


def _matches(fault: Fault, kind: Kind, ids: tuple[str, ...]) -> bool:
    return fault.kind in (kind, "any") and (not fault.item or fault.item in ids)
