"""The Picker's API over real HTTP: sessions, lists, and what each refusal becomes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import (
    PICK_SCOPE,
    READ_SCOPE,
    Emulator,
    Fault,
    per_day,
    per_minute,
)
from gphotos_search.errors import (
    CursorRejected,
    GphotosError,
    ScopeMissing,
    SignInNeeded,
    TryLater,
)
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.patience import Patience
from gphotos_search.google.picker import (
    NoPhotosAccount,
    NotPickedYet,
    PickerApi,
    SessionGone,
    TooManySessions,
    seconds,
)
from gphotos_search.google.quota import Budget
from tests.signed_in import store_sign_in


@pytest.fixture
def api(
    google: Emulator, config: Config, catalog: Catalog, patience: Patience
) -> Iterator[PickerApi]:
    store = store_sign_in(google, config, PICK_SCOPE)
    budget = Budget(catalog, "requests", 1000, block=5)
    made = PickerApi(
        config.google.picker_url, AccountCredentials(store, "default"), budget, patience
    )
    yield made
    made.close()
    budget.close()


def test_a_session_counts_down_until_somebody_is_done(google: Emulator, api: PickerApi) -> None:
    google.picker.poll_interval_s = 3.5
    session = api.create()
    assert not session.done
    assert session.uri.startswith(google.url)
    assert session.poll_every_s == 3.5
    assert 1700 < session.timeout_s <= 1800
    assert session.expires_at is not None
    assert timedelta(days=6) < session.expires_at - datetime.now(UTC) < timedelta(days=8)
    google.picker.pick(session.id, google.library.ids[:2])
    now = api.get(session.id)
    assert (now.done, now.timeout_s) == (True, 0.0)


def test_a_picked_page_holds_what_was_picked(google: Emulator, api: PickerApi) -> None:
    session = api.create()
    google.picker.pick(session.id, google.library.ids[:3])
    answer = api.list_page(session.id, None)
    assert [raw["id"] for raw in answer["mediaItems"]] == google.library.ids[:3]
    assert "nextPageToken" not in answer


def test_listing_before_the_person_is_done(google: Emulator, api: PickerApi) -> None:
    with pytest.raises(NotPickedYet):
        api.list_page(api.create().id, None)


def test_an_account_without_google_photos(google: Emulator, api: PickerApi) -> None:
    google.picker.has_photos = False
    with pytest.raises(NoPhotosAccount, match="no Google Photos") as caught:
        api.create()
    assert caught.value.exit_code == 3
    assert google.log.count("pickerCreate") == 1


def test_too_many_live_sessions_are_not_waited_for(
    google: Emulator, api: PickerApi, naps: list[float]
) -> None:
    google.picker.most_sessions = 1
    first = api.create()
    with pytest.raises(TooManySessions) as caught:
        api.create()
    assert isinstance(caught.value, TryLater)
    assert naps == []
    api.delete(first.id)
    assert api.create().id in google.picker.live


def test_too_many_requests_are(google: Emulator, api: PickerApi, naps: list[float]) -> None:
    google.faults.add(per_minute("pickerCreate"))
    api.create()
    assert [nap >= 30 for nap in naps] == [True]
    google.faults.add(per_day("pickerCreate"))
    with pytest.raises(TryLater, match="today") as caught:
        api.create()
    assert caught.value.until is not None


def test_a_negative_number_is_called_wrong_at_once(google: Emulator, api: PickerApi) -> None:
    with pytest.raises(GphotosError, match="HTTP 400"):
        api.create(-1)
    assert google.log.count("pickerCreate") == 1


@pytest.mark.parametrize("asked, given", [(0, 2000), (7, 7), (5000, 2000)])
def test_how_many_may_be_picked(asked: int, given: int, google: Emulator, api: PickerApi) -> None:
    session = api.create(asked)
    assert google.picker._sessions[session.id].most == given


def test_a_missing_scope_is_told_without_a_request(
    google: Emulator, config: Config, api: PickerApi
) -> None:
    store_sign_in(google, config, READ_SCOPE)
    with pytest.raises(ScopeMissing, match="pick photos") as caught:
        api.create()
    assert "auth login --account default" in caught.value.advice
    assert google.log.count("pickerCreate") == 0


def test_and_when_google_refuses_it(google: Emulator, api: PickerApi) -> None:
    google.oauth.grants.replace_scopes([READ_SCOPE])
    with pytest.raises(ScopeMissing, match="pick photos"):
        api.create()


def test_an_api_that_is_not_enabled(google: Emulator, api: PickerApi) -> None:
    google.faults.add(
        Fault(kind="pickerCreate", status=403, message="off", reason="SERVICE_DISABLED")
    )
    with pytest.raises(SignInNeeded, match="Picker API is not enabled") as caught:
        api.create()
    assert "console.cloud.google.com" in caught.value.advice


def test_a_session_that_is_over(google: Emulator, api: PickerApi) -> None:
    gone, over = api.create().id, api.create().id
    api.delete(gone)
    google.picker.expire(over)
    for session_id in (gone, over):
        with pytest.raises(SessionGone):
            api.get(session_id)
        with pytest.raises(SessionGone):
            api.list_page(session_id, None)
        api.delete(session_id)  # twice is no error


def test_an_expired_page_token_rejects_the_place(google: Emulator, api: PickerApi) -> None:
    session = api.create()
    google.picker.pick(session.id, google.library.ids)
    with pytest.raises(CursorRejected):
        api.list_page(session.id, "made up")


def test_a_revoked_grant_needs_a_sign_in(google: Emulator, api: PickerApi) -> None:
    google.revoke_grant()
    with pytest.raises(SignInNeeded):
        api.create()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="pickerGet", status=503, times=2),
        Fault(kind="pickerGet", effect="reset"),
        Fault(kind="pickerGet", effect="html"),
        Fault(kind="pickerGet", effect="expire_access_tokens"),
    ],
)
def test_passing_trouble_is_waited_out(fault: Fault, google: Emulator, api: PickerApi) -> None:
    session = api.create()
    google.faults.add(fault)
    assert api.get(session.id).id == session.id


@pytest.mark.parametrize(
    "value, read",
    [("5s", 5.0), ("3.5s", 3.5), ("0.123456789s", 0.123456789), ("0s", 0.0)]
    + [(bad, 9.0) for bad in ("", "5", "-5s", "5m", "1e9s", "nan", None, 5, "99999999999s")],
)
def test_durations(value: object, read: float) -> None:
    assert seconds(value, 9.0) == read
