"""One person picks once: a session is begun, recorded, waited for, and left to the sync to fetch.

Every session is in the catalogue from its first moment until it has ended, so a run that was
killed, stopped or told not to wait leaves nothing behind that a later one does not take up.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gphotos_search.catalog import picker as recorded
from gphotos_search.catalog import sources
from gphotos_search.catalog.picker import PickerSession
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError
from gphotos_search.google.patience import Patience, RetryPolicy
from gphotos_search.google.picker import Session, SessionGone
from gphotos_search.remembered import known_as
from gphotos_search.sources.google_picker import GooglePicker, open_source

TYPE = "google_picker"
REMEMBERED = "picker"  # the source of picks where the config names none
# Google's countdown may not shrink (unconfirmed), and then only this ends the asking.
LONGEST_WAIT = timedelta(hours=6)
LOOK_AGAIN_S = 30.0  # how soon the service notices a session that was handed to it

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class News:
    """What the service learns by asking: whether there are picks to fetch, when to ask again."""

    ready: bool = False
    again_s: float = LOOK_AGAIN_S


class Picking:
    """The sessions of one source. Raises SignInNeeded, ScopeMissing, TryLater as they come."""

    def __init__(self, catalog: Catalog, chosen: SourceConfig, source: GooglePicker) -> None:
        self._catalog, self._chosen, self._api = catalog, chosen, source.api

    @contextmanager
    @staticmethod
    def opened(
        config: Config,
        catalog: Catalog,
        chosen: SourceConfig,
        *,
        stop: threading.Event | None = None,
        patience: Patience | None = None,
    ) -> Iterator[Picking]:
        source = open_source(chosen, config, catalog, stop=stop, patience=patience)
        with closing(source):
            yield Picking(catalog, chosen, source)

    def left(self, say: Callable[[str], None] = log.info) -> Session | None:
        """What earlier runs left: a session that is done, else one that is still open, else None.

        Sessions that are over are forgotten, and those that Google no longer wants to be asked
        about ended; `say` hears of both.
        """
        open_: Session | None = None
        for one in self._recorded():
            now = self._looked(one, say) if one.state != "listed" else None
            if now is None:
                continue
            if now.done:
                return now
            if now.timeout_s <= 0:
                self._api.delete(one.session_id)
                self._forget(one.session_id)
                say(f"Nobody pressed Done in the picking session of {when(one)}; it was ended.")
            else:
                open_ = now
        return open_

    def begin(self, max_items: int = 0) -> Session:
        """A new session, recorded together with its source where that is new.

        Raises also TooManySessions, NoPhotosAccount.
        """
        session = self._api.create(max_items)
        with self._catalog.transaction() as tx:
            source = known_as(tx, self._chosen)
            recorded.record(tx, source.id, _row(session, source.name, datetime.now(UTC)))
        return session

    def wait(
        self,
        session: Session,
        *,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> bool:
        """Ask as Google says until the person is done; False when Google says: ask no more.

        Raises also SessionGone, and then the session is forgotten.
        """
        self._polled_every(session.id, 0)  # by us, not by the service
        started = clock()
        while not session.done:
            left_s = min(session.timeout_s, started + LONGEST_WAIT.total_seconds() - clock())
            if left_s <= 0:
                return False
            sleep(min(session.poll_every_s, left_s))
            try:
                session = self._api.get(session.id)
            except SessionGone:
                self._forget(session.id)
                raise
        with self._catalog.transaction() as tx:
            recorded.set_state(tx, session.id, "picked")
        return True

    def hand_over(self, session: Session) -> None:
        """The service asks from now on; where none runs, the next sync looks."""
        self._polled_every(session.id, max(1, round(session.poll_every_s)))

    def look(self) -> News:
        """Ask once about every session that was handed over."""
        news = News()
        for one in self._recorded():
            if one.state != "waiting" or not one.poll_every_s:
                continue
            now = self._looked(one, log.info)
            if now is None:
                continue
            if now.done:
                news = replace(news, ready=True)
            elif now.timeout_s <= 0 or datetime.now(UTC) - one.created_at > LONGEST_WAIT:
                self._polled_every(one.session_id, 0)  # the next sync looks a last time
            else:
                news = replace(news, again_s=min(news.again_s, now.poll_every_s))
        return news

    def _looked(self, one: PickerSession, say: Callable[[str], None]) -> Session | None:
        """The session as it is now; None, and forgotten, when it is over."""
        try:
            now = self._api.get(one.session_id)
        except SessionGone:
            self._forget(one.session_id)
            say(f"The picking session of {when(one)} has expired; it is forgotten.")
            return None
        if now.done and one.state == "waiting":
            with self._catalog.transaction() as tx:
                recorded.set_state(tx, one.session_id, "picked")
        return now

    def _recorded(self) -> list[PickerSession]:
        with self._catalog.reading() as tx:
            return recorded.of_source(tx, self._chosen.name)

    def _forget(self, session_id: str) -> None:
        with self._catalog.transaction() as tx:
            recorded.forget(tx, session_id)

    def _polled_every(self, session_id: str, every_s: int) -> None:
        with self._catalog.transaction() as tx:
            recorded.poll_every(tx, session_id, every_s)


def source_for(config: Config, catalog: Catalog, account: str | None) -> SourceConfig:
    """Where picks go: the config's first google_picker source (of that account), else one that
    the catalogue remembers without the config, from its first session on."""
    for source in config.sources:
        if source.type == TYPE and account in (None, source.account):
            return source
    account = account or "default"
    taken = {source.name for source in config.sources}
    with catalog.reading() as tx:
        for name in _names(account):
            row = sources.get(tx, name)
            ours = row is None or (row.type, row.account) == (TYPE, account)
            if ours and name not in taken:
                return SourceConfig(name=name, type=TYPE, account=account, remembered=True)
    raise AssertionError("there is always another name")


def look(config: Config, catalog: Catalog, *, stop: threading.Event | None = None) -> News:
    """Ask about every session that was handed to the service, once and without much patience.

    Cheap where there is none: one query. Trouble is logged, and asked again later.
    """
    with catalog.reading() as tx:
        waiting = {one.source for one in recorded.polled(tx)}
        rows = [row for name in sorted(waiting) if (row := sources.get(tx, name))]
    news = News()
    for row in rows:
        chosen = SourceConfig(name=row.name, type=TYPE, account=row.account)
        patience = Patience(RetryPolicy(attempts=1), stop=stop)
        try:
            with Picking.opened(config, catalog, chosen, patience=patience) as picking:
                told = picking.look()
        except GphotosError as error:
            log.warning("%s: %s", row.name, error)
        else:
            news = News(news.ready or told.ready, min(news.again_s, told.again_s))
    return news


def _names(account: str) -> Iterator[str]:
    yield REMEMBERED
    yield f"{REMEMBERED}-{account}"
    yield from (f"{REMEMBERED}-{account}-{number}" for number in itertools.count(2))


def when(session: PickerSession) -> str:
    """When it began, in the clock of this machine."""
    return f"{session.created_at.astimezone():%Y-%m-%d %H:%M}"


def _row(session: Session, source: str, now: datetime) -> PickerSession:
    return PickerSession(
        session_id=session.id,
        source=source,
        picker_uri=session.uri,
        state="waiting",
        poll_every_s=0,
        expires_at=session.expires_at,
        created_at=now,
    )
