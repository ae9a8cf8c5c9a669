"""Page tokens bound to their question, and the odd pages that real accounts produce."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Generic, TypeVar

from gphotos_search.demo.emulator.store import Key
from gphotos_search.demo.emulator.wire import Refusal

OTHER_PARAMETERS = (
    "When using a page token, you must use the same parameters as the previous request."
)
MOST_EMPTY_PAGES = 80  # in a row; one account produced so many in a whole scan
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirks:
    """How often (0 to 1) a page is odd; each kind was seen in a real account."""

    short: float = 0.0  # fewer items than asked although more follow
    token_only: float = 0.0  # no items, only a nextPageToken
    trailing_empty: float = 0.0  # a token after the last item, and `{}` behind it
    repeated: float = 0.0  # begins with the last item of the page before


REGULAR = Quirks()
LIVELY = Quirks(short=0.2, token_only=0.15, trailing_empty=0.5, repeated=0.2)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing goes on."""

    question: str  # digest of every parameter except the token
    listing: int
    after: Key | None = None
    empties: int = 0


class Pager(Generic[T]):
    """Cuts an ordered walk into pages. The same token always gives the same oddities."""

    def __init__(self, *, seed: int, quirks: Quirks, key: Callable[[T], Key]) -> None:
        self.quirks = quirks
        self._seed = seed
        self._key = key
        self._secret = f"page tokens {seed}".encode()
        self._generation = 0

    def expire_tokens(self) -> None:
        """Tokens handed out so far are rejected from now on."""
        self._generation += 1

    def place(self, token: str, question: dict[str, Any], listing: Callable[[], int]) -> Place:
        """Where to go on. `listing` numbers a listing that begins.

        Raises Refusal (400) with Google's sentence for a token of another question; the sentence
        for one that expired is unconfirmed.
        """
        asked = hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:16]
        if not token:
            return Place(asked, listing())
        found = self._opened(token)
        if found.question != asked:
            raise Refusal(400, OTHER_PARAMETERS)
        return found

    def page(
        self, place: Place, size: int, rest: Iterator[T], last: T | None
    ) -> tuple[list[T], str]:
        """The items of this page and the next token, "" at the end.

        `rest` walks what lies behind the place; `last` is the item right before it, if there is.
        """
        luck = random.Random(f"{self._seed} {place.after} {place.empties}")
        quirks = self.quirks
        if place.empties < MOST_EMPTY_PAGES and luck.random() < quirks.token_only:
            return [], self._sealed(replace(place, empties=place.empties + 1))
        repeats = last is not None and size > 1 and luck.random() < quirks.repeated
        room = size - repeats
        if luck.random() < quirks.short:
            room = luck.randint(1, room)
        items = list(islice(rest, room))
        if not items:
            return [], ""
        more = next(rest, None) is not None
        there = replace(place, after=self._key(items[-1]), empties=0)
        ahead = more or luck.random() < quirks.trailing_empty
        first = [last] if repeats and last is not None else []
        return first + items, self._sealed(there) if ahead else ""

    def _sealed(self, place: Place) -> str:
        fields = [
            place.question, place.listing, place.after, place.empties, self._generation,
        ]  # fmt: skip
        payload = json.dumps(fields, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._mark(payload) + payload).decode().rstrip("=")

    def _opened(self, token: str) -> Place:
        try:
            raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        except (binascii.Error, ValueError):
            raise Refusal(400, "Invalid page token.") from None
        mark, payload = raw[:12], raw[12:]
        if not hmac.compare_digest(mark, self._mark(payload)):
            raise Refusal(400, "Invalid page token.")
        question, listing, after, empties, generation = json.loads(payload)
        if generation != self._generation:
            raise Refusal(400, "Invalid page token.")
        return Place(question, listing, (after[0], after[1]) if after else None, empties)

    def _mark(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, payload, "sha256")[:12]
