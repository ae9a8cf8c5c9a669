from __future__ import annotations

from dataclasses import replace

import pytest

from gphotos_search.demo.emulator import (
    Emulator,
    Fault,
    Library,
    Photo,
    per_day,
    per_minute,
)
from gphotos_search.demo.emulator.wire import Kind, Request
from gphotos_search.errors import (
    ItemFailed,
    LinkExpired,
    TryLater,
)
from gphotos_search.sources.google_library import GoogleLibrary, box
from tests.contracts.source import size_of
from tests.sources.conftest import Opener, items_of


def test_fifty_ids_a_request_and_none_twice(opened: Opener) -> None:
    with Emulator(Library.synthetic(120)) as google:
        source = opened(google)
        items = items_of(source)
        links = source.renew([*items, *items[:30]])
        assert set(links) == set(google.library.ids)
        assert [len(visit.ids) for visit in google.log.of("batchGet")] == [50, 50, 20]


def test_one_bad_id_is_found_and_left_out(opened: Opener, naps: list[float]) -> None:
    with Emulator(Library.synthetic(50)) as google:
        source = opened(google)
        items = items_of(source)
        bad = items[37].source_id
        google.faults.add(Fault(kind="batchGet", item=bad, status=500, times=None))
        links = source.renew(items)
        assert set(links) == set(google.library.ids) - {bad}
        with pytest.raises(LinkExpired, match="500"):
            source.picture(items[37], None, size=512)
        assert google.log.count("batchGet") < 30


def test_so_is_one_that_makes_the_request_wrong(opened: Opener) -> None:
    with Emulator(Library.synthetic(20)) as google:
        source = opened(google)
        items = items_of(source)
        google.faults.add(Fault(kind="batchGet", item=items[0].source_id, status=400, times=None))
        assert set(source.renew(items)) == set(google.library.ids[1:])


def test_an_outage_is_not_blamed_on_the_items(opened: Opener) -> None:
    with Emulator(Library.synthetic(50)) as google:
        source = opened(google)
        items = items_of(source)
        google.faults.add(Fault(kind="batchGet", status=503, times=None))
        with pytest.raises(TryLater):
            source.renew(items)
        assert google.log.count("batchGet") < 20


def test_an_item_with_a_status_of_its_own_is_left_out(
    google: Emulator, library: GoogleLibrary
) -> None:
    items = items_of(library)
    first, second = items[0].source_id, items[1].source_id
    google.faults.add(Fault(kind="batchGet", effect="item_status", item=first, status=7))
    google.library.remove(second)
    links = library.renew(items)
    assert set(links) == {item.source_id for item in items[2:]}
    with pytest.raises(LinkExpired, match="not found"):
        library.picture(items[1], None, size=512)
    assert set(library.renew(items)) == {item.source_id for item in items} - {second}
    with pytest.raises(LinkExpired, match="no link"):
        library.picture(items[0], None, size=512)


def test_a_quota_during_renewal_is_waited_out(
    google: Emulator, library: GoogleLibrary, naps: list[float]
) -> None:
    items = items_of(library)
    google.faults.add(per_minute("batchGet", times=2), Fault(kind="batchGet", effect="reset"))
    assert len(library.renew(items)) == len(items)
    google.faults.add(per_day("batchGet"))
    with pytest.raises(TryLater):
        library.renew(items)


def test_an_expired_link_is_renewed(google: Emulator, library: GoogleLibrary) -> None:
    page = next(iter(library.pages(None)))
    item = page.items[0]
    google.expire_links()
    with pytest.raises(LinkExpired):
        library.picture(item, page.links[item.source_id], size=512)
    fresh = library.renew([item])[item.source_id]
    assert size_of(library.picture(item, fresh, size=512))


def test_a_video_gives_its_poster_without_the_play_button(
    google: Emulator, library: GoogleLibrary
) -> None:
    page = next(iter(library.pages(None)))
    clip = next(item for item in page.items if item.kind == "video")
    asked: list[str] = []
    google.before = lambda kind, request: asked.append(request.path)
    assert size_of(library.picture(clip, page.links[clip.source_id], size=512))
    assert asked[0].endswith("-no")
    photo = page.items[0]
    library.picture(photo, page.links[photo.source_id], size=512)
    assert not asked[1].endswith("-no")


def test_a_video_in_processing_waits_and_comes_later(photos: list[Photo], opened: Opener) -> None:
    clip = photos[-1]
    assert clip.video is not None
    clip = replace(clip, video=replace(clip.video, processing_polls=1))
    with Emulator(Library.of([clip])) as google:
        source = opened(google)
        page = next(iter(source.pages(None)))
        item = page.items[0]
        assert item.video_status == "PROCESSING"
        with pytest.raises(ItemFailed, match="still being processed"):
            source.picture(item, page.links[item.source_id], size=512)
        assert google.log.count("media") == 0
        fresh = source.renew([item])  # tells that it is ready, whatever the catalogue still says
        assert size_of(source.picture(item, fresh[item.source_id], size=512))


def test_a_link_to_a_foreign_host_is_refused(google: Emulator, library: GoogleLibrary) -> None:
    google.faults.add(Fault(kind="list", effect="foreign_link", times=None))
    page = next(iter(library.pages(None)))
    item = page.items[0]
    with pytest.raises(ItemFailed, match="leads to"):
        library.picture(item, page.links[item.source_id], size=512)
    assert len(google.foreign_log) == 0


def test_no_token_goes_to_the_media_host(google: Emulator, library: GoogleLibrary) -> None:
    page = next(iter(library.pages(None)))
    for item in page.items:
        library.picture(item, page.links[item.source_id], size=512)
    assert not any(visit.bearer for visit in google.log.of("media"))


@pytest.mark.parametrize(
    "width, height, side",
    [
        (4000, 3000, 512),
        (3000, 4000, 512),
        (3000, 3000, 512),
        (0, 0, 512),
        (4000, 0, 512),
        (1920, 1080, 683),
        (9000, 3000, 1152),
        (20000, 1000, 2048),
    ],
)
def test_the_short_side_stays_large_enough(width: int, height: int, side: int) -> None:
    assert box(width, height, 512) == side


def test_the_box_reaches_the_server(google: Emulator, library: GoogleLibrary) -> None:
    page = next(iter(library.pages(None)))
    paths: list[str] = []

    def note(kind: Kind, request: Request) -> None:
        paths.append(request.path)

    google.before = note
    for item in page.items:
        library.picture(item, page.links[item.source_id], size=512)
        side = box(item.width, item.height, 512)
        assert f"=w{side}-h{side}" in paths[-1]
