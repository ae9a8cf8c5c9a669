"""What a person picked in Google Photos, from the picking sessions that the catalogue records.

A session is listed page by page once the person has pressed Done, and ended at Google only when
every pick is fetched or given up: there is no way to ask for a picked item by its id later.
Source of the rules: https://developers.google.com/photos/picker/guides/media-items
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from gphotos_search.catalog import picker as recorded
from gphotos_search.catalog.picker import PickerSession
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import CursorRejected, GphotosError, ItemFailed, LinkExpired, TryLater
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.hosts import Hosts
from gphotos_search.google.media import Downloads
from gphotos_search.google.patience import Patience, RetryPolicy
from gphotos_search.google.picker import NotPickedYet, PickerApi, SessionGone
from gphotos_search.google.picks import PickPlace, picked_page
from gphotos_search.google.quota import Budget
from gphotos_search.google.tokens import TokenStore
from gphotos_search.media import Cursor, MediaItem, Page, VideoStatus
from gphotos_search.progress import Progress
from gphotos_search.sources.google_library import box

TRIES = 3  # a pick that failed so often in runs of their own is given up
FRESH_S = 20 * 60.0  # links live 60 minutes on paper and have died after 30
VIDEO_POLL_S = 10.0  # how often a run asks whether Google has processed a video
VIDEO_PATIENCE_S = 120.0  # how long it does so in all; later runs ask again
NOT_READY = "The video is still being processed by Google."
OVER = "The picking session is over; pick the item again with: gphotos-search pick"


class GooglePicker:
    """See `Source`, `RenewsLinks` and `Settles` for the promises. Listing writes nothing."""

    lists_everything = False
    may_keep_bytes = True
    newest_first = False
    local = False

    def __init__(
        self,
        name: str,
        catalog: Catalog,
        api: PickerApi,
        downloads: Downloads,
        *budgets: Budget,
        stop: threading.Event | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.api = name, api
        self._catalog, self._downloads, self._budgets = catalog, downloads, budgets
        self._stop, self._clock = stop or threading.Event(), clock
        self._walked: set[str] = set()  # sessions whose every page was handed on
        self._gone: set[str] = set()
        self._late: set[str] = set()  # nobody pressed Done, and Google says: ask no more
        self._links: dict[str, tuple[str, float]] = {}  # from listing again; used once
        self._absent: set[str] = set()  # in no live session
        self._video_status: dict[str, VideoStatus] = {}  # newer than what the catalogue knows
        self._video_patience_s = VIDEO_PATIENCE_S

    def check(self) -> None:
        self.api.check()

    def pages(self, start: Cursor | None) -> Iterator[Page]:
        """Every session whose picks wait to be listed, one after the other."""
        place = None if start is None else PickPlace.read(start)
        done = () if place is None else place.done
        self._walked.update(done)
        waiting = [one for one in self._sessions() if one.state != "listed"]
        queue = [one.session_id for one in waiting if one.session_id not in done]
        if place is not None:
            if place.session not in queue:
                raise CursorRejected("The picking session that was being listed is over.")
            queue.remove(place.session)
        ready = [one.session_id for one in waiting if one.session_id in queue and self._done(one)]
        places = [*([place] if place else []), *(PickPlace(session) for session in ready)]
        last_page = None
        for number, one in enumerate(places):
            following = places[number + 1].session if number + 1 < len(places) else None
            for last_page in self._to_the_end(replace(one, done=done), following):
                yield last_page
            done = (*done, one.session)
        if last_page is None or last_page.next is not None:
            yield Page()  # there was nothing to list, or what should have followed is over

    def renew(self, items: Sequence[MediaItem]) -> Mapping[str, str]:
        """Fresh links, from listing the live sessions again; waits a while for videos."""
        ids = {item.source_id for item in items} - self._absent
        old = self._clock() - FRESH_S
        if any(self._links.get(each, ("", old))[1] <= old for each in ids):
            self._list_again(ids)
        while self._unready(ids) and self._video_patience_s > 0 and not self._stop.is_set():
            self._video_patience_s -= VIDEO_POLL_S
            self._stop.wait(VIDEO_POLL_S)
            self._list_again(ids)
        return {each: self._links.pop(each)[0] for each in ids if each in self._links}

    def picture(self, item: MediaItem, link: str | None, *, size: int) -> bytes:
        if link is None:
            if item.source_id in self._absent:
                raise ItemFailed(OVER, permanent=True)
            raise LinkExpired("The item has no link now.")
        status = self._video_status.get(item.source_id, item.video_status)
        if status == "FAILED":
            raise ItemFailed("Google could not process this video.", permanent=True)
        if status not in ("", "READY"):
            raise ItemFailed(NOT_READY)
        side = box(item.width, item.height, size)
        poster = "-no" if item.kind == "video" else ""  # without the play button over it
        return self._downloads.fetch(f"{link}=w{side}-h{side}{poster}")

    def settle(self, encoder_id: str, say: Callable[[str], None]) -> None:
        """End what needs nothing more, at Google and here; forget what is over."""
        with self._catalog.reading() as tx:
            left = recorded.outstanding(tx, self.name, encoder_id, tries=TRIES)
        kept = 0
        for one in self._sessions():
            began = f"{one.created_at.astimezone():%Y-%m-%d %H:%M}"
            if one.session_id in self._gone:
                self._forget(one)
                say(f"The picking session of {began} has expired or was ended; it is forgotten.")
            elif one.session_id in self._late:
                if self._end(one, say):
                    say(f"Nobody pressed Done in the picking session of {began}; it was ended.")
            elif one.session_id in self._walked or one.state == "listed":
                self._set_listed(one)
                kept += bool(left)
                if not left:
                    self._end(one, say)
        if kept:
            say(f"{left:,} picks could not be fetched yet; the next sync tries them again.")

    def close(self) -> None:
        self.api.close()
        self._downloads.close()
        for budget in self._budgets:
            budget.close()

    def _sessions(self) -> list[PickerSession]:
        with self._catalog.reading() as tx:
            return recorded.of_source(tx, self.name)

    def _done(self, one: PickerSession) -> bool:
        """Whether its picks can be listed, asked where that is not known yet."""
        if one.state == "picked":
            return True
        try:
            now = self.api.get(one.session_id)
        except SessionGone:
            self._gone.add(one.session_id)
            return False
        if not now.done and now.timeout_s <= 0:
            self._late.add(one.session_id)
        return now.done

    def _to_the_end(self, place: PickPlace, following: str | None) -> Iterator[Page]:
        """The pages of one session; the last leads on to the session `following`."""
        for page in self._listed(place):
            if page.next is None:
                # Settled only when the run has come to its end, and so this page is safe.
                self._walked.add(place.session)
                if following is not None:
                    onward = PickPlace(following, done=(*place.done, place.session))
                    yield replace(page, next=onward.cursor())
                    return
            yield page

    def _listed(self, place: PickPlace) -> Iterator[Page]:
        """The pages of one session; they end early where it is gone or nobody pressed Done."""
        seen = {place.token}
        more = True
        while more:
            try:
                answer = self.api.list_page(place.session, place.token)
            except SessionGone:
                self._gone.add(place.session)
                return
            except NotPickedYet:
                return
            page, place = picked_page(answer, place)
            more = place.token is not None
            if more and place.token in seen:
                raise TryLater("Google's listing leads back to where it was; it was stopped.")
            seen.add(place.token)
            yield page

    def _list_again(self, ids: set[str]) -> None:
        """Fresh links of all that this source has listed; notes what is there no more.

        Not of a session that was finished a moment ago: its items are for the next run to list.
        """
        found: set[str] = set()
        for one in self._sessions():
            listed = one.session_id in self._walked or one.state == "listed"
            for page in self._listed(PickPlace(one.session_id)) if listed else ():
                made_at = self._clock()
                self._links |= {each: (link, made_at) for each, link in page.links.items()}
                self._video_status |= {
                    item.source_id: item.video_status for item in page.items if item.video_status
                }
                found.update(item.source_id for item in page.items)
        self._absent |= ids - found

    def _unready(self, ids: set[str]) -> bool:
        waits: tuple[VideoStatus, ...] = ("PROCESSING", "UNSPECIFIED")
        return any(self._video_status.get(each) in waits for each in ids)

    def _set_listed(self, one: PickerSession) -> None:
        if one.state != "listed":
            with self._catalog.transaction() as tx:
                recorded.set_state(tx, one.session_id, "listed")

    def _end(self, one: PickerSession, say: Callable[[str], None]) -> bool:
        """False where Google could not be asked; the next run does it then."""
        try:
            self.api.delete(one.session_id)
        except GphotosError as error:
            say(f"A picking session could not be ended; the next sync does it. {error}")
            return False
        self._forget(one)
        return True

    def _forget(self, one: PickerSession) -> None:
        with self._catalog.transaction() as tx:
            recorded.forget(tx, one.session_id)


def open_source(
    source: SourceConfig,
    config: Config,
    catalog: Catalog,
    *,
    stop: threading.Event | None = None,
    progress: Progress | None = None,  # noqa: ARG001  (nothing here takes long)
    patience: Patience | None = None,
) -> GooglePicker:
    """No request is made before the source is used. `patience` is for tests in a hurry."""
    google = config.google
    waits = patience or Patience(RetryPolicy(), stop=stop)
    requests = Budget(catalog, "requests", google.daily_requests, block=5)
    media = Budget(catalog, "media", google.daily_media, block=50)
    credentials = AccountCredentials(TokenStore(config.storage.tokens), source.account)
    api = PickerApi(google.picker_url, credentials, requests, waits)
    downloads = Downloads(Hosts.of(google), media, waits, credentials=credentials)
    return GooglePicker(source.name, catalog, api, downloads, requests, media, stop=stop)
