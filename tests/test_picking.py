"""Sessions from the first moment to the last, whatever interrupts them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from gphotos_search import picking
from gphotos_search.catalog import sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.demo.emulator import PICK_SCOPE, Emulator, Fault
from gphotos_search.google.patience import Patience, RetryPolicy
from gphotos_search.google.picker import SessionGone
from gphotos_search.picking import Picking, source_for
from gphotos_search.remembered import all_sources, known_as
from gphotos_search.sources import google_picker
from tests.catalog.filled import fresh
from tests.picks import SOURCE, Telling, fetch, ready, sessions
from tests.signed_in import store_sign_in


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same retries, with waits of milliseconds."""
    quick = partial(RetryPolicy, fault_s=0.001, busy_s=0.002)
    monkeypatch.setattr(google_picker, "RetryPolicy", quick)
    monkeypatch.setattr(picking, "RetryPolicy", quick)
    monkeypatch.setattr(google_picker, "VIDEO_POLL_S", 0.001)
    monkeypatch.setattr(google_picker, "VIDEO_PATIENCE_S", 0.02)


@pytest.fixture
def config(google: Emulator, tmp_path: Path) -> Config:
    return ready(google, tmp_path)


@pytest.fixture
def catalog(config: Config) -> Iterator[Catalog]:
    with closing(fresh(config.storage.data_dir)) as opened:
        yield opened


@pytest.fixture
def one(config: Config, catalog: Catalog) -> Iterator[Picking]:
    with Picking.opened(config, catalog, SOURCE, patience=Patience(sleep=lambda _: None)) as made:
        yield made


def test_a_session_is_recorded_before_anybody_picks(
    google: Emulator, catalog: Catalog, one: Picking
) -> None:
    session = one.begin()
    assert [row.session_id for row in sessions(catalog)] == [session.id] == google.picker.live
    assert sessions(catalog)[0].state == "waiting"


def test_waiting_asks_as_google_says_and_no_longer(
    google: Emulator, catalog: Catalog, one: Picking
) -> None:
    google.picker.poll_interval_s, google.picker.timeout_s = 3.5, 30
    session, naps = one.begin(), []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            google.picker.pick(session.id, google.library.ids[:1])

    assert one.wait(session, sleep=sleep)
    assert naps == [3.5, 3.5, 3.5]
    assert sessions(catalog)[0].state == "picked"


def test_nobody_picks_in_time(google: Emulator, catalog: Catalog, one: Picking) -> None:
    google.picker.timeout_s = 0.2
    assert not one.wait(one.begin())
    said: list[str] = []
    assert one.left(said.append) is None
    assert "Nobody pressed Done" in said[0]
    assert not google.picker.live
    assert not sessions(catalog)


def test_a_countdown_that_never_shrinks_is_not_waited_for_for_ever(one: Picking) -> None:
    clock = count(0, 3600)
    assert not one.wait(one.begin(), sleep=lambda _: None, clock=lambda: float(next(clock)))


def test_a_session_that_expires_while_we_wait_is_forgotten(
    google: Emulator, catalog: Catalog, one: Picking
) -> None:
    session = one.begin()
    with pytest.raises(SessionGone):
        one.wait(session, sleep=lambda _: google.picker.expire(session.id))
    assert sessions(catalog) == []


def test_the_next_run_goes_on_with_what_is_open_and_prefers_what_is_done(
    google: Emulator, one: Picking
) -> None:
    first, second = one.begin(), one.begin()
    left = one.left()
    assert left is not None
    assert (left.id, left.done, left.uri) == (second.id, False, second.uri)
    google.picker.pick(first.id, google.library.ids[:1])
    left = one.left()
    assert left is not None
    assert (left.id, left.done) == (first.id, True)


def test_what_is_picked_is_fetched_and_the_session_ended(
    google: Emulator, config: Config, catalog: Catalog, one: Picking
) -> None:
    session = one.begin()
    google.picker.pick(session.id, google.library.ids)
    assert one.wait(session)
    report = fetch(config, catalog)
    assert report.embedded == len(google.library) == report.sources[0].listing.added
    assert report.exit_code == 0
    assert not google.picker.live
    assert not sessions(catalog)


def test_picking_again_fetches_nothing_and_refreshes_the_rest(
    google: Emulator, config: Config, catalog: Catalog, one: Picking
) -> None:
    for name in ("first.jpg", "second.jpg"):
        google.library.change(google.library.ids[0], filename=name)
        google.picker.pick(one.begin().id, google.library.ids)
        report = fetch(config, catalog)
    assert (report.embedded, report.sources[0].listing.updated) == (0, 1)
    assert sorted(google.log.ids("media")) == sorted(google.library.ids)
    assert google.picker.live == []


def test_a_session_handed_to_the_service_is_asked_about(
    google: Emulator, config: Config, catalog: Catalog, one: Picking
) -> None:
    assert picking.look(config, catalog) == picking.News()
    session = one.begin()
    assert picking.look(config, catalog) == picking.News()  # somebody else waits for it
    assert google.log.count("pickerGet") == 0
    one.hand_over(session)
    assert picking.look(config, catalog) == picking.News(again_s=5.0)
    google.picker.pick(session.id, google.library.ids[:2])
    assert picking.look(config, catalog).ready
    assert picking.look(config, catalog) == picking.News()  # told once
    assert fetch(config, catalog, retry_all=False).embedded == 2
    assert google.picker.live == []


def test_the_service_stops_asking_when_google_says_so(
    google: Emulator, config: Config, catalog: Catalog, one: Picking
) -> None:
    google.picker.timeout_s = 0
    one.hand_over(one.begin())
    assert picking.look(config, catalog) == picking.News()
    assert sessions(catalog)[0].poll_every_s == 0
    progress = Telling()
    fetch(config, catalog, progress=progress)  # looks a last time
    assert not google.picker.live
    assert not sessions(catalog)
    assert "Nobody pressed Done" in progress.said[0]


def test_trouble_while_the_service_asks_is_met_again_later(
    google: Emulator, config: Config, catalog: Catalog, one: Picking
) -> None:
    session = one.begin()
    one.hand_over(session)
    google.faults.add(Fault(kind="pickerGet", status=503))
    assert picking.look(config, catalog) == picking.News()
    google.picker.expire(session.id)
    assert picking.look(config, catalog) == picking.News()
    assert sessions(catalog) == []


@pytest.mark.parametrize("account", [None, "default", "second"])
def test_without_a_source_in_the_config_one_is_remembered(
    account: str | None, google: Emulator, config: Config, catalog: Catalog
) -> None:
    bare = replace(config, sources=(SourceConfig(name="picker", type="google_library"),))
    chosen = source_for(bare, catalog, account)
    assert chosen.name != "picker"
    assert (chosen.type, chosen.account) == ("google_picker", account or "default")
    with catalog.reading() as tx:
        assert sources.remembered(tx) == []  # nobody has picked yet
    store_sign_in(google, config, PICK_SCOPE, account=chosen.account)
    with Picking.opened(bare, catalog, chosen) as one:
        one.begin()
    assert source_for(bare, catalog, account) == chosen
    assert all_sources(bare, catalog)[-1] == chosen
    assert source_for(config, catalog, None).name == SOURCE.name


def test_two_accounts_have_a_source_each(config: Config, catalog: Catalog) -> None:
    bare = replace(config, sources=())
    for account in ("default", "second", "third"):
        chosen = source_for(bare, catalog, account)
        with catalog.transaction() as tx:
            known_as(tx, chosen)
    names = [source.name for source in all_sources(bare, catalog)]
    assert names == ["picker", "picker-second", "picker-third"]
    assert source_for(bare, catalog, "second").name == "picker-second"
