"""Decisions of a sync, pure: data and a clock in, data out. run.py does what they say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gphotos_search.catalog.items import StoredRow
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.media import Cursor, MediaId, MediaItem

ListingKind = Literal["full", "head"]

# A page is one request of the daily 10,000. Up to this many pages a full listing is so cheap that
# every run does one; above it, one a day, and the runs in between read only the newest pages.
SMALL_LISTING_PAGES = 20
FULL_LISTING_EVERY = timedelta(days=1)
# Four runs a day must not drift past the day by the minutes that a listing takes.
FULL_LISTING_SLACK = timedelta(hours=1)

MIN_REMOVALS = 5  # so small a number of removals is never held back


@dataclass(frozen=True, slots=True)
class ListingPlan:
    """How this run lists a source: from the start, or on from a stored cursor."""

    kind: ListingKind
    cursor: Cursor | None = None  # not None: continue the listing that was interrupted

    @property
    def resumes(self) -> bool:
        return self.cursor is not None


@dataclass(frozen=True, slots=True)
class PagePlan:
    """What one page changes in the catalogue."""

    add: tuple[MediaItem, ...] = ()
    update: tuple[tuple[MediaId, MediaItem], ...] = ()
    seen: tuple[MediaId, ...] = ()  # every known item of the page, changed or not

    @property
    def all_known(self) -> bool:
        """A page that holds items and nothing new: the head of the library has been read."""
        return bool(self.seen) and not self.add


def plan_listing(
    row: SourceRow, now: datetime, *, newest_first: bool = True, ask_all: bool = False
) -> ListingPlan:
    """Resume what was interrupted; else everything if that is due or cheap; else the head.

    A source that is not `newest_first` has no head to read. `ask_all` is a person who wants the
    whole truth now (--allow-removals).
    """
    if row.listing_open and row.cursor is not None:
        kind: ListingKind = "head" if row.listing_kind == "head" and not ask_all else "full"
        if kind == row.listing_kind:
            return ListingPlan(kind, row.cursor)
    if ask_all or not newest_first or row.last_full_at is None:
        return ListingPlan("full")
    if row.last_full_pages <= SMALL_LISTING_PAGES:
        return ListingPlan("full")
    age = now - row.last_full_at
    # A listing from the future was made by a clock that was wrong then, or is now.
    fresh = timedelta() <= age < FULL_LISTING_EVERY - FULL_LISTING_SLACK
    return ListingPlan("head" if fresh else "full")


def plan_page(items: Iterable[MediaItem], known: Mapping[str, StoredRow]) -> PagePlan:
    """Sort a page into new, changed and merely seen; an item named twice counts once."""
    add: dict[str, MediaItem] = {}
    update: dict[MediaId, MediaItem] = {}
    seen: dict[MediaId, None] = {}
    for item in items:
        row = known.get(item.source_id)
        if row is None:
            add[item.source_id] = item
            continue
        seen[row.media_id] = None
        if row.item != item:
            update[row.media_id] = item
    return PagePlan(tuple(add.values()), tuple(update.items()), tuple(seen))


def removals_allowed(absent: int, total: int, share: float) -> bool:
    """Whether a listing may remove `absent` of `total` items without being told to.

    More than `share` of the source is more likely a wrong account, a half-answered listing or an
    unmounted disk than a person who tidied up.
    """
    return absent <= max(MIN_REMOVALS, int(share * total))


def chunks(ids: Sequence[MediaId], size: int) -> Iterable[Sequence[MediaId]]:
    """Consecutive slices of at most `size`."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
