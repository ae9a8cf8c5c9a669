"""What every source promises; each one's tests inherit this and give a `source` fixture."""

from __future__ import annotations

import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from PIL import Image

from gphotos_search.errors import CursorRejected
from gphotos_search.media import MediaItem, Page
from gphotos_search.sources.base import RenewsLinks, Source


def ids(pages: Iterable[Page]) -> list[str]:
    return [item.source_id for page in pages for item in page.items]


def size_of(content: bytes) -> tuple[int, int]:
    """Raises what Pillow raises for bytes that do not decode."""
    with Image.open(io.BytesIO(content)) as image:
        image.load()
        return image.size


class SourceContract:
    """The fixture's source holds at least two pages, and only items that have a picture."""

    def test_ids_are_stable_and_unique(self, source: Source) -> None:
        first = ids(source.pages(None))
        assert first
        assert len(set(first)) == len(first)
        assert ids(source.pages(None)) == first

    def test_resumes_after_any_page(self, source: Source) -> None:
        pages = list(source.pages(None))
        assert len(pages) > 1
        assert pages[-1].next is None
        for number, page in enumerate(pages[:-1], 1):
            assert isinstance(page.next, str)
            assert ids(source.pages(page.next)) == ids(pages[number:])  # links may differ

    def test_a_cursor_of_another_making_is_rejected(self, source: Source) -> None:
        with pytest.raises(CursorRejected):
            list(source.pages("no cursor of ours"))

    def test_newest_first_in_aware_utc(self, source: Source) -> None:
        taken = [i.taken_at for page in source.pages(None) for i in page.items if i.taken_at]
        assert all(moment.utcoffset() == timedelta(0) for moment in taken)
        if source.newest_first:
            assert taken == sorted(taken, reverse=True)

    def test_every_picture_decodes(self, source: Source) -> None:
        for page in source.pages(None):
            for item in page.items:
                link = page.links.get(item.source_id)
                size_of(source.picture(item, link, size=512))

    def test_pictures_come_to_several_threads_at_once(self, source: Source) -> None:
        wanted: list[tuple[MediaItem, str | None]] = [
            (item, page.links.get(item.source_id))
            for page in source.pages(None)
            for item in page.items
        ] * 4
        one_by_one = [size_of(source.picture(i, link, size=256)) for i, link in wanted]
        with ThreadPoolExecutor(8) as threads:
            at_once = threads.map(lambda each: source.picture(each[0], each[1], size=256), wanted)
            assert [size_of(content) for content in at_once] == one_by_one

    def test_renewed_links_work_and_strangers_are_left_out(self, source: Source) -> None:
        if not isinstance(source, RenewsLinks):
            return
        items = [item for page in source.pages(None) for item in page.items]
        links = source.renew([*items, MediaItem(source_id="AH0myStranger")])
        assert set(links) == {item.source_id for item in items}
        for item in items:
            size_of(source.picture(item, links[item.source_id], size=256))
