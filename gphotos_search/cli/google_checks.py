"""What `doctor` looks at on Google's side: each sign-in, each API, each permission, the quota."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from gphotos_search.cli.accounts import OUT_OF_TESTING
from gphotos_search.cli.checks import Finding, trouble
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError, ScopeMissing, SignInNeeded, TryLater
from gphotos_search.google import scopes
from gphotos_search.google.tokens import Token, TokenStore

if TYPE_CHECKING:
    from gphotos_search.app import App

ANSWER_S = 8.0  # all APIs are asked at once; who has not answered by then counts as offline
SOON = timedelta(days=3)
API = {
    "google_library": "Photos Library API",
    "google_picker": "Google Photos Picker API",
    "drive_takeout": "Google Drive API",
}


def accounts(config: Config, sources: Sequence[SourceConfig]) -> Iterator[Finding]:
    """Whether each account that a source uses is signed in, as far as this machine knows."""
    store = TokenStore(config.storage.tokens)
    for account in _used(sources):
        subject = f"account {account}"
        try:
            token = _good(store, account)
            path = store.path(account)
            if path.stat().st_mode & 0o077:
                told = f"{path} can be read by other users."
                yield Finding(subject, told, 2, f"Run: chmod 600 {path}")
                continue
        except GphotosError as error:
            yield trouble(subject, error)
        else:
            yield _signed_in(subject, token)


def apis(config: Config, app: App, sources: Sequence[SourceConfig]) -> Iterator[Finding]:
    """One small request to each API that a source needs and its sign-in covers."""
    store = TokenStore(config.storage.tokens)
    asked: list[_Asked] = []
    for account in _used(sources):
        try:
            token = _good(store, account)
        except GphotosError:
            continue  # told by `accounts`
        for type_ in sorted({one.type for one in sources if one.account == account}):
            if type_ in API and scopes.covers(token.scopes, type_):
                asked.append(_Asked(config, app, type_, account))
    deadline = time.monotonic() + ANSWER_S
    for one in asked:
        yield one.finding(deadline)


def permissions(config: Config, sources: Sequence[SourceConfig]) -> Iterator[Finding]:
    """Which sources their account's sign-in covers."""
    store = TokenStore(config.storage.tokens)
    for account in _used(sources):
        try:
            granted = _good(store, account).scopes
        except GphotosError:
            continue
        for source in sources:
            if source.account != account or source.type not in scopes.NEEDED:
                continue
            need, subject = scopes.short(scopes.NEEDED[source.type]), f"permission {source.name}"
            if scopes.covers(granted, source.type):
                yield Finding(subject, need)
            else:
                remedy = f"Run: gphotos-search auth login --account {account}"
                yield Finding(subject, f"not granted: {need}", 3, f"{remedy}; leave it ticked.")


def quota(config: Config, app: App, sources: Sequence[SourceConfig]) -> Iterator[Finding]:
    """What is left of our own daily ceilings; Drive is not counted."""
    if not any(one.type in ("google_library", "google_picker") for one in sources):
        return
    from gphotos_search.catalog.quota import used
    from gphotos_search.google.quota import next_reset, project_day

    now = datetime.now(UTC)
    with app.catalog.reading() as tx:
        spent = {each: used(tx, each, project_day(now)) for each in ("requests", "media")}
    ceilings = {"requests": config.google.daily_requests, "media": config.google.daily_media}
    left = {each: max(0, ceilings[each] - spent[each]) for each in ceilings}
    told = (
        f"{left['requests']:,} of {ceilings['requests']:,} requests and"
        f" {left['media']:,} of {ceilings['media']:,} pictures left today"
    )
    if all(left.values()):
        yield Finding("quota", told)
    else:
        until = f"It is renewed at {next_reset(now):%Y-%m-%d %H:%M} UTC."
        yield Finding("quota", told, 4, until)


class _Asked:
    """One API on its way to answering, in a thread of its own: a dead network must not hold us."""

    def __init__(self, config: Config, app: App, type_: str, account: str) -> None:
        self._subject = f"{API[type_]} ({account})"
        self._error: BaseException | None = None
        ask = partial(_ask, config, app, type_, account)
        self._thread = threading.Thread(target=self._run, args=(ask,), daemon=True)
        self._thread.start()

    def finding(self, deadline: float) -> Finding:
        self._thread.join(max(0.0, deadline - time.monotonic()))
        if self._thread.is_alive():
            return Finding(self._subject, f"no answer within {ANSWER_S:g} s; offline?")
        match self._error:
            case TryLater():
                return Finding(self._subject, f"could not be asked: {self._error}")
            case ScopeMissing() | SignInNeeded():
                return trouble(self._subject, self._error)
            case None | GphotosError():  # it knows no such session, but it answers
                return Finding(self._subject, "enabled, answers")
            case bug:
                raise bug

    def _run(self, ask: Callable[[], object]) -> None:
        try:
            ask()
        except BaseException as error:  # raised again by who waits
            self._error = error


def _ask(config: Config, app: App, type_: str, account: str) -> None:
    """The smallest request of an API; not tried twice."""
    from gphotos_search.google.api import LibraryApi
    from gphotos_search.google.credentials import AccountCredentials
    from gphotos_search.google.drive import DriveApi
    from gphotos_search.google.patience import Patience, RetryPolicy
    from gphotos_search.google.picker import PickerApi
    from gphotos_search.google.quota import Budget

    google, patience = config.google, Patience(RetryPolicy(attempts=1))
    credentials = AccountCredentials(TokenStore(config.storage.tokens), account)
    if type_ == "drive_takeout":
        with closing(DriveApi(google.drive_url, credentials, patience)) as drive:
            drive.email()
        return
    budget = Budget(app.catalog, "requests", google.daily_requests, block=1)
    if type_ == "google_library":
        with closing(LibraryApi(google.library_url, credentials, budget, patience)) as library:
            library.list_page(None)
    else:
        with closing(PickerApi(google.picker_url, credentials, budget, patience)) as picker:
            picker.get("none")


def _used(sources: Sequence[SourceConfig]) -> list[str]:
    return sorted({one.account for one in sources if one.type in scopes.NEEDED})


def _good(store: TokenStore, account: str) -> Token:
    token = store.load(account)
    if token.refused:
        raise SignInNeeded(token.refused, account=account)
    return token


def _signed_in(subject: str, token: Token) -> Finding:
    ends = token.grant_ends_at
    if ends is None:
        return Finding(subject, "signed in")
    told = f"signed in until {ends.astimezone():%Y-%m-%d %H:%M}"
    return Finding(subject, told, 0, OUT_OF_TESTING if ends - datetime.now(UTC) < SOON else "")
