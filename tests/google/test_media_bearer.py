"""Pictures that open only with the account's token, and who gets to see the token."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import PICK_SCOPE, Emulator, Fault
from gphotos_search.errors import ItemFailed, LinkExpired, SignInNeeded
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.hosts import Hosts
from gphotos_search.google.media import Downloads
from gphotos_search.google.patience import Patience
from gphotos_search.google.quota import Budget
from tests.signed_in import LONG_AGO, store_sign_in


@pytest.fixture
def downloads(
    google: Emulator, config: Config, catalog: Catalog, patience: Patience
) -> Iterator[Downloads]:
    store = store_sign_in(google, config, PICK_SCOPE)
    budget = Budget(catalog, "media", 1000, block=10)
    credentials = AccountCredentials(store, "default")
    made = Downloads(Hosts.of(config.google), budget, patience, credentials=credentials)
    yield made
    made.close()
    budget.close()


@pytest.fixture
def url(google: Emulator) -> str:
    return f"{google._links.make(google.library.ids[0], picked=True)}=w64-h64"


def test_the_token_comes_with_every_picture(
    google: Emulator, downloads: Downloads, url: str
) -> None:
    assert downloads.fetch(url)
    assert [visit.bearer for visit in google.log.of("media")] == [True]


def test_without_a_token_it_does_not_open(
    google: Emulator, config: Config, catalog: Catalog, patience: Patience, url: str
) -> None:
    budget = Budget(catalog, "media", 1000, block=10)
    plain = Downloads(Hosts.of(config.google), budget, patience)
    with pytest.raises(LinkExpired, match="403"):
        plain.fetch(url)
    plain.close()
    budget.close()


def test_a_dead_token_is_renewed_once(google: Emulator, downloads: Downloads, url: str) -> None:
    downloads.fetch(url)
    google.expire_access_tokens()
    assert downloads.fetch(url)
    assert google.log.count("token") == 1
    assert [visit.status for visit in google.log.of("media")] == [200, 401, 200]


def test_one_known_to_be_old_is_not_even_sent(
    google: Emulator, config: Config, downloads: Downloads, url: str
) -> None:
    store_sign_in(google, config, PICK_SCOPE, expiry=LONG_AGO)
    assert downloads.fetch(url)
    assert google.log.count("token") == 1
    assert [visit.status for visit in google.log.of("media")] == [200]


def test_a_withdrawn_consent_needs_a_sign_in(
    google: Emulator, downloads: Downloads, url: str
) -> None:
    downloads.fetch(url)
    google.revoke_grant()
    with pytest.raises(SignInNeeded):
        downloads.fetch(url)


def test_a_link_that_stays_refused_has_expired(
    google: Emulator, downloads: Downloads, url: str
) -> None:
    google.faults.add(Fault(kind="media", status=401, times=None))
    with pytest.raises(LinkExpired):
        downloads.fetch(url)
    assert google.log.count("media") == 2


def test_a_redirect_elsewhere_gets_neither_a_visit_nor_the_token(
    google: Emulator, downloads: Downloads, url: str
) -> None:
    google.faults.add(Fault(kind="media", effect="redirect"))
    with pytest.raises(ItemFailed, match="leads to"):
        downloads.fetch(url)
    assert len(google.foreign_log) == 0


def test_a_link_to_a_stranger_gets_neither(google: Emulator, downloads: Downloads) -> None:
    with pytest.raises(ItemFailed, match="leads to"):
        downloads.fetch(f"{google.foreign_url}/media/x=w64-h64")
    assert len(google.foreign_log) == 0


def test_a_redirect_within_the_hosts_is_followed_with_the_token(
    google: Emulator, downloads: Downloads, url: str
) -> None:
    google.faults.add(Fault(kind="media", effect="redirect", url=google.url))
    assert downloads.fetch(url)
    assert [visit.bearer for visit in google.log.of("media")] == [True, True]
