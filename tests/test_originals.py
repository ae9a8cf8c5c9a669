"""The original of an item as a file: found, or copied out of its archive."""

from __future__ import annotations

import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from gphotos_search import originals
from gphotos_search.errors import ItemFailed
from gphotos_search.media import MediaItem
from gphotos_search.originals import Originals, safe_name
from tests.conftest import picture
from tests.exports import Export, lay_out, write_tgzs, write_tree, write_zips
from tests.exports import Library as Drawn
from tests.local import Library


def indexed(tmp_path: Path, kind: str, number: int = 6) -> tuple[Library, Export]:
    export, folder = lay_out(Drawn.typical(number)), tmp_path / "export"
    if kind == "tree":
        write_tree(export, folder)
    else:
        (write_zips if kind == "zip" else write_tgzs)(export, folder)
    for path in folder.iterdir():
        os.utime(path, (1_750_000_000, 1_750_000_000))
    library = Library(tmp_path / "data", folder)
    library.sync()
    return library, export


def content_of(export: Export, sha256: str) -> bytes:
    paths = export.items[sha256].paths
    return next(entry.make() for entry in export.entries if entry.path in paths)


@pytest.mark.parametrize("kind", ["zip", "tgz", "tree"])
def test_every_original_comes_out_whole(tmp_path: Path, kind: str) -> None:
    library, export = indexed(tmp_path, kind)
    with Originals(library.config, library.catalog) as opened:
        for sha256, stored in library.items().items():
            path = opened.path_of(stored.item)
            assert path is not None
            assert path.read_bytes() == content_of(export, sha256)
            state = "file" if kind == "tree" else "archive"
            assert opened.whereabouts(stored.item).state == state
            if kind != "tree":
                assert path.is_relative_to(originals.folder_of(library.config))
                assert path.stat().st_mode & 0o077 == 0
            assert opened.path_of(stored.item) == path  # once is enough
    assert not list(originals.folder_of(library.config).rglob("*.part"))


def test_a_deleted_archive_is_told_by_its_name(tmp_path: Path) -> None:
    library, _ = indexed(tmp_path, "zip")
    (archive,) = library.path.iterdir()
    archive.unlink()
    item = next(iter(library.items().values())).item
    with Originals(library.config, library.catalog) as opened:
        assert opened.whereabouts(item).state == "gone"
        assert opened.whereabouts(item).path == str(archive)
        with pytest.raises(ItemFailed, match=f"archive gone: {archive.name}"):
            opened.path_of(item)


def test_an_archive_of_other_content_gives_nothing(tmp_path: Path) -> None:
    library, _ = indexed(tmp_path, "zip")
    (archive,) = library.path.iterdir()
    (other,) = write_zips(lay_out(Drawn.typical(3)), tmp_path / "other")
    other.replace(archive)
    with Originals(library.config, library.catalog) as opened:
        for sha256, stored in library.items().items():
            try:
                path = opened.path_of(stored.item)
            except ItemFailed:
                continue
            assert path is not None
            assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def test_old_copies_go_and_fresh_ones_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library, _ = indexed(tmp_path, "zip")
    first, second, third, *_ = (stored.item for stored in library.items().values())
    with Originals(library.config, library.catalog) as opened:
        old, kept = opened.path_of(first), opened.path_of(second)
    assert old is not None
    assert kept is not None
    long_ago = time.time() - originals.KEEP_S - 60
    os.utime(old, (long_ago, long_ago))
    with Originals(library.config, library.catalog) as opened:
        opened.path_of(third)
    assert (old.exists(), kept.exists()) == (False, True)

    monkeypatch.setattr(originals, "KEEP_BYTES", 1)
    with Originals(library.config, library.catalog) as opened:
        path = opened.path_of(first)
        assert path is not None
        assert not kept.exists()  # beyond the limit even young ones go
        with pytest.raises(ItemFailed, match="at once"):
            opened.path_of(second)
        assert path.exists()


def test_an_item_that_never_was_here(tmp_path: Path) -> None:
    library, _ = indexed(tmp_path, "zip", 1)
    with Originals(library.config, library.catalog) as opened:
        picked = MediaItem(source_id="AF1Q")
        assert opened.whereabouts(picked).state == ""
        assert opened.path_of(picked) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IMG_1.jpg", "IMG_1.jpg"),
        ("IMG_1.JPEG", "IMG_1.JPEG"),
        ("IMG_1.HEIC", "IMG_1.jpg"),
        ("1234567890", "1234567890.jpg"),
        ("Dr. Smith at home", "Dr. Smith at home.jpg"),
        ("../../etc/passwd.jpg", "_.._etc_passwd.jpg"),
        ("a\nb\x1b[2J.jpg", "a_b_[2J.jpg"),
        ("...", "original.jpg"),
        ("", "original.jpg"),
        ("é" * 300 + ".jpg", "é" * 100 + ".jpg"),
    ],
)
def test_names_are_safe_and_end_as_the_content_is(name: str, expected: str) -> None:
    content = io.BytesIO(picture("red", (8, 8)))
    assert safe_name(name, content) == expected
    assert content.tell() == 0
