"""Whose sign-in it is, how long it lasts, and links that open as that person."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gphotos_search.config import Config
from gphotos_search.demo.browser import approve
from gphotos_search.demo.emulator import READ_SCOPE, Emulator, Fault, Library
from gphotos_search.errors import SignInNeeded
from gphotos_search.google.accounts import address, email_of, ended_as_testing, learn_email
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.scopes import DRIVE, LIBRARY, PICKER
from gphotos_search.google.signin import sign_in
from gphotos_search.google.tokens import Token, TokenStore
from tests.conftest import build_config
from tests.signed_in import store_sign_in

LINK = "https://photos.google.com/photo/AF1Qip"
PERSON = "a.person+photos@gmail.com"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "email", "expected"),
    [
        (LINK, PERSON, f"{LINK}?authuser=a.person%2Bphotos%40gmail.com"),
        (f"{LINK}?x=1#top", PERSON, f"{LINK}?x=1&authuser=a.person%2Bphotos%40gmail.com#top"),
        (f"{LINK}?authuser=2", PERSON, f"{LINK}?authuser=2"),
        (LINK, "", LINK),
        ("https://example.org/photo", PERSON, "https://example.org/photo"),
        ("http://photos.google.com/x", PERSON, "http://photos.google.com/x"),
        (
            "https://photos.google.com@evil.example/",
            PERSON,
            "https://photos.google.com@evil.example/",
        ),
        ("", PERSON, ""),
    ],
)
def test_addresses(url: str, email: str, expected: str) -> None:
    assert address(url, email) == expected


def test_the_address_is_learnt_with_the_permission_for_drive(
    google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config, DRIVE)
    assert learn_email(config, "default") == google.drive.email
    assert email_of(store, "default") == google.drive.email


def test_without_it_nothing_is_asked_and_the_name_may_tell(
    google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config, LIBRARY, PICKER, account=PERSON)
    assert learn_email(config, PERSON) == ""
    assert google.log.count("drive.about") == 0
    assert email_of(store, PERSON) == PERSON
    assert email_of(store, "default") == ""
    assert email_of(store, "someone@gmail.com") == "someone@gmail.com"


def test_a_drive_that_does_not_answer_fails_no_sign_in(google: Emulator, config: Config) -> None:
    store_sign_in(google, config, DRIVE)
    google.faults.add(Fault(kind="drive.about", status=404, times=None))
    assert learn_email(config, "default") == ""


def test_permissions_are_asked_one_after_the_other(google: Emulator, config: Config) -> None:
    sign_in(config, "default", [READ_SCOPE], open_browser=approve, say=lambda _line: None)
    done = sign_in(config, "default", [DRIVE], open_browser=approve, say=lambda _line: None)
    assert set(done.granted) == {READ_SCOPE, DRIVE}
    google.oauth.person.unticks = frozenset({PICKER})
    done = sign_in(config, "default", [PICKER, DRIVE], open_browser=approve, say=lambda _line: None)
    assert done.missing == (PICKER,)
    assert DRIVE in done.granted


def test_a_grant_of_testing_says_when_it_ends(google: Emulator, config: Config) -> None:
    google.grants.testing = True
    sign_in(config, "default", [DRIVE], open_browser=approve, say=lambda _line: None)
    token = TokenStore(config.storage.tokens).load("default")
    assert token.grant_ends_at is not None
    assert token.signed_in_at is not None
    left = token.grant_ends_at - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left < timedelta(days=7)


def test_the_end_of_a_grant_of_testing_is_told_as_such(tmp_path: Path) -> None:
    ahead = [0.0]
    with Emulator(Library.of([]), clock=lambda: time.time() + ahead[0]) as google:
        config = build_config(google, tmp_path)
        google.grants.testing = True
        sign_in(config, "default", [DRIVE], open_browser=approve, say=lambda _line: None)
        store = TokenStore(config.storage.tokens)
        ahead[0] = 8 * 86_400
        stored = store.load("default")
        assert stored.signed_in_at is not None
        long_ago = stored.signed_in_at - timedelta(days=8)
        store.save(replace(stored, signed_in_at=long_ago, expiry=long_ago))
        with pytest.raises(SignInNeeded, match="no longer accepts"):
            AccountCredentials(store, "default").refresh(None)
        assert ended_as_testing(store.load("default"))


def test_a_grant_in_production_has_no_end(google: Emulator, config: Config) -> None:
    sign_in(config, "default", [DRIVE], open_browser=approve, say=lambda _line: None)
    assert TokenStore(config.storage.tokens).load("default").grant_ends_at is None


@pytest.mark.parametrize(
    ("signed_in_days", "last_good_days", "expected"),
    [(8, 2, True), (30, 24, True), (3, 1, False), (30, 1, False)],
)
def test_an_end_after_seven_days(
    signed_in_days: float, last_good_days: float, expected: bool
) -> None:
    token = Token(
        account="default",
        access_token="",
        refresh_token="r",
        token_uri="https://oauth2.googleapis.com/token",
        client_id="c",
        client_secret="s",
        scopes=(DRIVE,),
        signed_in_at=NOW - timedelta(days=signed_in_days),
        expiry=NOW - timedelta(days=last_good_days) + timedelta(hours=1),
    )
    assert ended_as_testing(token, NOW) is expected
    assert not ended_as_testing(replace(token, signed_in_at=None), NOW)
