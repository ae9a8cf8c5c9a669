"""The Google Photos Picker API: sessions in which a person picks, and what they picked.

Source of the rules: https://developers.google.com/photos/picker/guides/sessions and
https://developers.google.com/photos/picker/reference/rest
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from gphotos_search.errors import GphotosError, ScopeMissing, SignInNeeded, TryLater
from gphotos_search.google.answers import Refusal, judge, not_enabled
from gphotos_search.google.calls import Calls, service
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.items import instant
from gphotos_search.google.patience import Fault, Patience
from gphotos_search.google.quota import Budget
from gphotos_search.google.scopes import covers

PAGE_SIZE = 100  # the largest that mediaItems.list takes
MOST_ITEMS = 2000  # that one session takes
POLL_S, SHORTEST_POLL_S, LONGEST_POLL_S = 5.0, 1.0, 60.0  # Google's usual interval; our bounds
_DURATION = re.compile(r"\d{1,9}(?:\.\d{1,9})?s")
_RATE = re.compile(r"quota metric|per (?:minute|day|second|user)|tokens for quota", re.IGNORECASE)


class SessionGone(GphotosError):
    """The session expired or was deleted; what was not fetched from it has to be picked again."""

    exit_code = 4
    advice = "Pick again with: gphotos-search pick"


class NotPickedYet(GphotosError):
    """The person has not pressed Done: there is nothing to list."""

    exit_code = 4


class TooManySessions(TryLater):
    """Google lets an account have so many live sessions; the number is not published."""

    advice = "Finish the picking that is open, or wait until it has expired."


class NoPhotosAccount(SignInNeeded):
    """The account has no Google Photos to pick from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A picking session as Google describes it at one moment."""

    id: str
    uri: str  # where the person picks; a secret of sorts: dead once they have pressed Done
    done: bool  # the person pressed Done: what they picked can be listed
    poll_every_s: float  # how often to ask
    timeout_s: float  # stop asking after so long from now; 0: now
    expires_at: datetime | None  # aware, UTC; the picks are unreachable afterwards


class PickerApi:
    """Safe to use from several threads.

    Every method raises SignInNeeded, ScopeMissing, TryLater, and GphotosError for a request that
    Google calls wrong.
    """

    def __init__(
        self, url: str, credentials: AccountCredentials, budget: Budget, patience: Patience
    ) -> None:
        self._credentials = credentials
        self._budget = budget
        self._calls = Calls(url, credentials, patience)
        methods = service("photospicker.v1.json", url)
        self._sessions, self._items = methods.sessions(), methods.mediaItems()

    @property
    def account(self) -> str:
        return self._credentials.account

    def check(self) -> None:
        """Raises SignInNeeded or ScopeMissing where the stored sign-in tells that much."""
        try:
            granted = self._credentials.granted()
        except SignInNeeded as error:
            raise SignInNeeded(
                str(error), account=self.account, advice=f"Run: {_login(self.account)}"
            ) from None
        if not covers(granted, "google_picker"):
            raise scope_missing(self.account)

    def create(self, max_items: int = 0) -> Session:
        """A new session for at most `max_items` picks (0: Google's 2,000).

        Raises also TooManySessions, NoPhotosAccount. An answer that got lost on the way leaves a
        session behind of which nobody knows the address; it expires by itself.
        """
        body = {"pickingConfig": {"maxItemCount": str(max_items)}} if max_items else {}
        return _session(self._run(self._sessions.create(body=body), self._creating))

    def get(self, session_id: str) -> Session:
        """Raises also SessionGone."""
        return _session(self._run(self._sessions.get(sessionId=session_id), self._judged))

    def delete(self, session_id: str) -> None:
        """The session is over; deleting one that is gone already is no error."""
        try:
            self._run(self._sessions.delete(sessionId=session_id), self._judged)
        except SessionGone:
            return

    def list_page(self, session_id: str, page_token: str | None) -> dict[str, Any]:
        """One page of what was picked; may hold few items, none, or only a token.

        Raises also NotPickedYet, SessionGone, and CursorRejected for a token no longer good.
        """
        request = self._items.list(
            sessionId=session_id, pageSize=PAGE_SIZE, pageToken=page_token or None
        )
        return self._run(request, partial(self._judged, page_token=page_token is not None))

    def close(self) -> None:
        self._calls.close()

    def _run(
        self, request: Any, means: Callable[[Refusal], GphotosError | Fault]
    ) -> dict[str, Any]:
        self.check()
        try:
            return self._calls.run(request, means, count=self._budget.take)
        except Fault as fault:
            raise fault.give_up() from None

    def _judged(self, refusal: Refusal, *, page_token: bool = False) -> GphotosError | Fault:
        """The Picker's own refusals; all others mean what they mean everywhere."""
        if refusal.status == 404:
            return SessionGone("The picking session has expired or was ended.")
        if refusal.status == 400 and refusal.code == "FAILED_PRECONDITION":
            return NotPickedYet("Nobody has pressed Done in the picker yet.")
        return self._plain(refusal, page_token=page_token)

    def _creating(self, refusal: Refusal) -> GphotosError | Fault:
        if refusal.code == "FAILED_PRECONDITION":
            return NoPhotosAccount(
                f'The Google account signed in as "{self.account}" has no Google Photos.',
                account=self.account,
            )
        # Both are RESOURCE_EXHAUSTED; only a rate names its quota, and only a rate is waited out.
        if refusal.status == 429 and not refusal.reasons and not _RATE.search(refusal.message):
            return TooManySessions("Google allows no further picking session for this account now.")
        return self._plain(refusal)

    def _plain(self, refusal: Refusal, *, page_token: bool = False) -> GphotosError | Fault:
        if refusal.status == 403 and refusal.disabled:
            return not_enabled("Google Photos Picker", self.account)
        error = judge(refusal, self.account, page_token=page_token)
        if isinstance(error, ScopeMissing):  # its sentence speaks of the Library API
            return scope_missing(self.account)
        return error


def scope_missing(account: str) -> ScopeMissing:
    """The sentence of a sign-in that does not cover picking."""
    return ScopeMissing(
        f'The sign-in of "{account}" does not include the permission to pick photos.',
        account=account,
        advice=f"Run: {_login(account)}\nand leave the box on Google's page ticked.",
    )


def _login(account: str) -> str:
    """No source of the config may need the permission yet, so the command asks for it by name."""
    return f"gphotos-search auth login --account {account} --for google_picker"


def _session(raw: dict[str, Any]) -> Session:
    """Raises TryLater for an answer that is no session."""
    session_id = raw.get("id")
    if not isinstance(session_id, str) or not session_id:
        raise TryLater("Google's answer makes no sense.")
    uri, done = raw.get("pickerUri"), raw.get("mediaItemsSet") is True
    polling = raw.get("pollingConfig")
    polling = polling if isinstance(polling, dict) else {}
    every = seconds(polling.get("pollInterval"), POLL_S)
    return Session(
        id=session_id,
        uri=uri if isinstance(uri, str) else "",
        done=done,
        poll_every_s=min(max(every, SHORTEST_POLL_S), LONGEST_POLL_S),
        timeout_s=0.0 if done else seconds(polling.get("timeoutIn"), 0.0),
        expires_at=instant(raw.get("expireTime")),
    )


def seconds(value: object, default: float) -> float:
    """A protobuf Duration such as "3.5s"; `default` for anything else."""
    if isinstance(value, str) and _DURATION.fullmatch(value):
        return float(value[:-1])
    return default
