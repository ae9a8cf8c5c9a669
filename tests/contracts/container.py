"""What every container must do. Inherit, and supply a `make` fixture: files in, a container out."""

from __future__ import annotations

import hashlib
import random
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from gphotos_search.errors import ItemFailed
from gphotos_search.files.base import Container, Member
from gphotos_search.files.content import IN_MEMORY, read

Make = Callable[[dict[str, bytes]], Container]  # the same files twice: opened again

ALBUM = "Takeout/Google Photos/Café 😀"
FILES = {
    "Takeout/archive_browser.html": b"<html>",
    f"{ALBUM}/IMG_0001.HEIC": random.Random(1).randbytes(300_000),
    f"{ALBUM}/IMG_0001.HEIC.supplemental-metadata.json": b"{}" * 400,
    f"{ALBUM}/empty.jpg": b"",
    f"{ALBUM}/no ending": b"\0" * 70_000,
}
CLUTTER = {"__MACOSX/._a.jpg": b"x", "Takeout/.DS_Store": b"x", "Takeout/Thumbs.db": b"x"}


def members(container: Container) -> dict[str, Member]:
    found = list(container.listing())
    assert all(isinstance(one, Member) for one in found), found
    by_path = {one.path: one for one in found if isinstance(one, Member)}
    assert len(by_path) == len(found)
    return by_path


class ContainerContract:
    def test_lists_every_file_once(self, make: Make) -> None:
        container = make(FILES)
        found = members(container)
        assert {path: one.size for path, one in found.items()} == {
            path: len(content) for path, content in FILES.items()
        }
        assert found[f"{ALBUM}/empty.jpg"].directory == ALBUM
        assert container.complete
        container.close()

    def test_gives_the_content_during_the_listing_and_after(self, make: Make) -> None:
        container = make(FILES)
        found = [one for one in container.listing() if isinstance(one, Member)]
        for one in container.listing():
            assert isinstance(one, Member)
            assert read(container, one, 1 << 20) == FILES[one.path]
            with container.open(one) as content:
                assert content.read(5) == FILES[one.path][:5]
        for one in reversed(found):
            assert read(container, one, 1 << 20) == FILES[one.path]
        container.close()

    def test_a_member_of_an_earlier_opening_is_still_good(self, make: Make) -> None:
        first = make(FILES)
        found = members(first)
        first.close()
        again = make(FILES)
        for path in sorted(found, reverse=True):
            assert read(again, found[path], 1 << 20) == FILES[path]
        again.close()

    def test_names_come_in_nfc(self, make: Make) -> None:
        name = unicodedata.normalize("NFD", "Été/Å.jpg")
        container = make({name: b"summer"})
        (one,) = members(container).values()
        assert one.path == unicodedata.normalize("NFC", name)
        assert one.name_there == name
        assert read(container, one, 100) == b"summer"
        container.close()

    def test_clutter_is_not_mentioned(self, make: Make) -> None:
        container = make(CLUTTER | {"a.jpg": b"a"})
        assert list(members(container)) == ["a.jpg"]
        container.close()

    @pytest.mark.parametrize("size", [200_000, IN_MEMORY + 300_000])
    def test_content_can_be_read_anywhere(self, make: Make, size: int) -> None:
        draw = random.Random(size)
        expected = draw.randbytes(size // 2) + bytes(size - size // 2)
        container = make({"a.bin": b"before", "clip.mp4": expected, "z.bin": b"after"})
        with container.open(members(container)["clip.mp4"]) as content:
            assert content.seekable()
            assert content.seek(0, 2) == size
            assert content.read() == b""
            for _ in range(40):
                place, count = draw.randrange(size), draw.randrange(1, 70_000)
                content.seek(place)
                assert content.read(count) == expected[place : place + count]
            content.seek(-10, 2)
            assert content.read() == expected[-10:]
            assert content.seek(size + 5) == size + 5
            assert content.read(3) == b""
        container.close()

    def test_threads_read_at_once(self, make: Make) -> None:
        files = {f"{number}.jpg": random.Random(number).randbytes(400_000) for number in range(12)}
        container = make(files)
        found = members(container)

        def hashed(path: str) -> str:
            digest = hashlib.sha256()
            with container.open(found[path]) as content:
                while part := content.read(50_000):
                    digest.update(part)
            return digest.hexdigest()

        with ThreadPoolExecutor(4) as threads:
            digests = dict(zip(files, threads.map(hashed, files), strict=True))
        assert digests == {
            path: hashlib.sha256(content).hexdigest() for path, content in files.items()
        }
        container.close()

    def test_reading_whole_has_a_limit(self, make: Make) -> None:
        container = make({"a.jpg": bytes(1001)})
        (one,) = members(container).values()
        with pytest.raises(ItemFailed, match="1001 bytes") as failure:
            read(container, one, 1000)
        assert failure.value.permanent
        container.close()

    def test_the_listing_can_be_left_and_begun_again(self, make: Make) -> None:
        container = make(FILES)
        listing = container.listing()
        next(listing)
        listing.close()  # type: ignore[attr-defined]
        assert set(members(container)) == set(FILES)
        container.close()

    def test_an_empty_one_is_empty(self, make: Make) -> None:
        container = make({})
        assert list(container.listing()) == []
        container.close()
