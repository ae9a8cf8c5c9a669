"""Walk a source's listing into the catalogue, one committed page at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from gphotos_search.catalog import items, sources
from gphotos_search.catalog.sources import SourceRow
from gphotos_search.catalog.store import Catalog
from gphotos_search.errors import CursorRejected, TooManyRemovals
from gphotos_search.media import MediaId, Page, StoredItem
from gphotos_search.sources.base import Source
from gphotos_search.sync.plan import (
    ListingPlan,
    PagePlan,
    chunks,
    plan_listing,
    plan_page,
    removals_allowed,
)

REMOVE_AT_ONCE = 500  # rows a transaction, so that nobody waits long for the writer


@dataclass(slots=True)
class ListingReport:
    """What listing one source changed."""

    pages: int = 0
    listed: int = 0
    added: int = 0
    updated: int = 0
    removed: int = 0

    def count(self, listed: int, plan: PagePlan) -> None:
        self.pages += 1
        self.listed += listed
        self.added += len(plan.add)
        self.updated += len(plan.update)


@dataclass(frozen=True, slots=True)
class CommittedPage:
    """The items of a page that is safe in the catalogue, with links that live for minutes."""

    items: tuple[StoredItem, ...]
    links: Mapping[str, str]
    removed: tuple[MediaId, ...] = ()  # the source withdrew them


@dataclass(slots=True)
class Listing:
    """One run over one source. `ended_full` is the full listing that it brought to its end."""

    catalog: Catalog
    source: Source
    row: SourceRow
    stop: threading.Event
    ask_all: bool = False
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    report: ListingReport = field(default_factory=ListingReport)
    ended_full: int | None = None

    def pages(self) -> Iterator[CommittedPage]:
        """Commit page after page with the cursor behind it, and hand each on.

        Raises what the source raises (SignInNeeded, ScopeMissing, TryLater); what was committed
        stays, and the next run continues there.
        """
        newest_first = self.source.newest_first
        plan = plan_listing(self.row, self.now(), newest_first=newest_first, ask_all=self.ask_all)
        try:
            yield from self._walk(plan)
            if plan.resumes and not self.stop.is_set():
                # What came since the interruption stands before the place it went on from; in a
                # source without an order it may stand anywhere.
                yield from self._walk(ListingPlan("head" if newest_first else "full"))
        except CursorRejected:
            # What lies behind a lost cursor was never seen, also in a listing of the head only.
            self.report.pages = self.report.listed = 0
            yield from self._walk(ListingPlan("full"))

    def _begin(self, plan: ListingPlan) -> None:
        with self.catalog.transaction() as tx:
            self.row = sources.begin_listing(tx, self.row.id, plan.kind, self.now())

    def _walk(self, plan: ListingPlan) -> Iterator[CommittedPage]:
        if not plan.resumes:
            self._begin(plan)
        for page in self.source.pages(plan.cursor):
            committed, all_known = self._commit(page)
            yield committed
            if page.next is None or (plan.kind == "head" and all_known):
                with self.catalog.transaction() as tx:
                    sources.end_listing(tx, self.row.id, self.now(), page.fingerprint)
                if plan.kind == "full":
                    self.ended_full = self.row.listing
                return
            if self.stop.is_set():
                return

    def _commit(self, page: Page) -> tuple[CommittedPage, bool]:
        """Rows and the cursor after them, in one transaction."""
        with self.catalog.transaction() as tx:
            known = items.known(tx, self.row.id, [item.source_id for item in page.items])
            plan = plan_page(page.items, known)
            added = items.apply(
                tx,
                self.row.id,
                add=plan.add,
                update=plan.update,
                seen=plan.seen,
                listing=self.row.listing,
                now=self.now(),
            )
            withdrawn = items.known(tx, self.row.id, page.withdrawn)
            removed = tuple(row.media_id for row in withdrawn.values())
            items.remove(tx, removed)
            if page.unchanged and self.row.last_full is not None:
                items.seen_again(tx, self.row.id, self.row.last_full, self.row.listing)
            sources.save_page(tx, self.row.id, page.next, page.complete)
        self.report.count(len(page.items), plan)
        self.report.removed += len(removed)
        ids = added | {source_id: row.media_id for source_id, row in known.items()}
        stored = {
            item.source_id: StoredItem(
                media_id=ids[item.source_id], source=self.source.name, item=item
            )
            for item in page.items
        }
        return CommittedPage(tuple(stored.values()), page.links, removed), plan.all_known


def remove_absent(listing: Listing, *, max_share: float, allow: bool) -> Sequence[MediaId]:
    """Remove what two complete listings lacked; the ids that went.

    Raises TooManyRemovals, with nothing removed, beyond `max_share` unless `allow`.
    """
    source = listing.source
    if not source.lists_everything or listing.ended_full is None:
        return ()
    with listing.catalog.reading() as tx:
        gone = items.absent(tx, listing.row.id, listing.ended_full)
        total = items.counts_by_source(tx)[source.name]
    if not allow and not removals_allowed(len(gone), total, max_share):
        raise TooManyRemovals(
            f'"{source.name}" no longer lists {len(gone)} of its {total} photos, more than '
            f"sync.max_removed allows. Nothing was removed; they stay searchable."
        )
    for some in chunks(gone, REMOVE_AT_ONCE):
        with listing.catalog.transaction() as tx:
            items.remove(tx, some)
    listing.report.removed += len(gone)
    return gone


def preview_listing(
    catalog: Catalog, source: Source, report: ListingReport, stop: threading.Event
) -> None:
    """Count into `report` what a sync would add and update, from the same listing."""
    with catalog.reading() as tx:
        row = sources.get(tx, source.name)
    for page in source.pages(None):
        with catalog.reading() as tx:
            ids = [item.source_id for item in page.items]
            known = {} if row is None else items.known(tx, row.id, ids)
        report.count(len(page.items), plan_page(page.items, known))
        if stop.is_set():
            break
