"""Whole exports, with everything odd about them, become exactly the items they hold."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gphotos_search.media import MediaItem
from tests.exports import Export, Library, Photo, lay_out, write_tgzs, write_tree, write_zips
from tests.exports.strategies import libraries
from tests.local import Library as Local

Write = Callable[[Export, Path], object]


def zips(export: Export, folder: Path) -> None:
    write_zips(export, folder, parts=3)
    settle(folder)


def tgzs(export: Export, folder: Path) -> None:
    write_tgzs(export, folder, parts=2)
    settle(folder)


def tree(export: Export, folder: Path) -> None:
    write_tree(export, folder)


def settle(folder: Path) -> None:
    """Archives that nobody writes any more."""
    for path in folder.iterdir():
        os.utime(path, (1_750_000_000, 1_750_000_000))


def moving(path: str | None) -> bool:
    return path is not None and path.upper().endswith((".MOV", ".MP4", ".MP", "_232926"))


def hidden(paths: set[str]) -> bool:
    """Nobody sees them in a folder, so they are left out; in an archive they are taken."""
    return all("/." in path for path in paths)


def assert_true(export: Export, found: dict[str, MediaItem], *, plain: bool = True) -> None:
    """The items are those of the export, and say what is true of them.

    Where names are drawn (`plain` False) a video may be taken for a still's clip, or a clip be left
    alone, because names allow both.
    """
    missing = {
        sha: item.paths
        for sha, item in export.items.items()
        if sha not in found and not hidden(item.paths)
    }
    readable = {sha: paths for sha, paths in missing.items() if export.items[sha].readable}
    assert not readable or (not plain and all(map(moving, set[str]().union(*readable.values()))))
    strangers = {sha: export.never.get(sha) for sha in found if sha not in export.items}
    assert not strangers or (not plain and all(map(moving, strangers.values())))
    for sha, item in found.items():
        if sha in strangers:
            continue
        expected = export.items[sha]
        if expected.sure:
            if item.taken_from == "sidecar":
                assert item.taken_at in expected.taken
            else:
                assert not expected.taken, expected.paths
            assert set(item.albums) >= expected.albums, expected.paths
            if len(expected.numbers) == 1:  # equal bytes of two items may say two things
                assert {item.description} - {""} == expected.descriptions
                assert set(item.people) == expected.people
                assert item.favorite == expected.favorite
                assert item.trashed == expected.trashed
                assert item.archived == expected.archived
            if expected.places:
                assert (item.latitude, item.longitude) in expected.places
            assert item.edited_of in (expected.edited_of, "")


@pytest.mark.parametrize("write", [zips, tgzs, tree])
@pytest.mark.parametrize("layout", ["full", "json albums", "albums only"])
def test_a_typical_export(tmp_path: Path, write: Write, layout: str) -> None:
    export = lay_out(Library.typical(48, layout=layout))
    write(export, tmp_path / "in")
    library = Local(tmp_path / "data", tmp_path / "in")

    library.sync()

    assert_true(export, {sha: each.item for sha, each in library.items().items()})
    edited = {sha for sha, item in export.items.items() if item.edited_of and item.sure}
    assert edited or layout == "albums only"  # where those photos are in no album
    for sha in edited:
        assert library.items()[sha].item.edited_of == export.items[sha].edited_of


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt", "nl", "ru", "ja", "ko"])
def test_every_language(tmp_path: Path, language: str) -> None:
    export = lay_out(Library.typical(24, language=language, layout="json albums"))
    zips(export, tmp_path / "in")
    library = Local(tmp_path / "data", tmp_path / "in")

    library.sync()

    assert_true(export, {sha: each.item for sha, each in library.items().items()})


@settings(
    max_examples=8,
    derandomize=True,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # each example writes archives: shrinking takes hours
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(library=libraries(), write=st.sampled_from([zips, tgzs, tree]))
def test_whatever_is_drawn(
    tmp_path_factory: pytest.TempPathFactory, library: Library, write: Write
) -> None:
    folder = tmp_path_factory.mktemp("drawn")
    export = lay_out(library)
    (folder / "in").mkdir()
    write(export, folder / "in")
    local = Local(folder / "data", folder / "in")

    if export.items:
        local.sync()
        found = {sha: each.item for sha, each in local.items().items()}
        assert_true(export, found, plain=False)


def test_nothing_new_costs_a_look(tmp_path: Path) -> None:
    zips(lay_out(Library.typical(24)), tmp_path / "in")
    library = Local(tmp_path / "data", tmp_path / "in")
    library.sync()

    again = library.sync()

    assert (again.report.pages, again.report.listed) == (1, 0)


def test_parts_that_come_one_by_one(tmp_path: Path) -> None:
    """A third of the sidecars lie in another part: they bind late, and the items stay the same."""
    export = lay_out(Library.typical(48, layout="json albums"))
    write_zips(export, tmp_path / "all", parts=4)
    library = Local(tmp_path / "data", tmp_path / "in")
    (tmp_path / "in").mkdir()
    first: dict[str, int] = {}

    for part in sorted((tmp_path / "all").iterdir()):
        part.rename(tmp_path / "in" / part.name)
        settle(tmp_path / "in")
        library.sync()
        held = {sha: each.media_id for sha, each in library.items().items()}
        first = held | first
        kept = {sha: number for sha, number in held.items() if first[sha] == number}
        assert kept == held

    assert_true(export, {sha: each.item for sha, each in library.items().items()})


def test_an_incremental_export_updates_and_removes_nothing(tmp_path: Path) -> None:
    before = Library.typical(24)
    zips(lay_out(before), tmp_path / "in")
    library = Local(tmp_path / "data", tmp_path / "in")
    library.sync()
    held = library.items()

    later = lay_out(before.follow_up(changed=[4, 7], new=[Photo(number=900)], says="now Lyon"))
    write_zips(later, tmp_path / "in", stamp="20260801T120000Z")
    settle(tmp_path / "in")
    report = library.sync().report

    found = library.items()
    assert report.added == 1
    assert {sha: each.media_id for sha, each in found.items() if sha in held} == {
        sha: each.media_id for sha, each in held.items()
    }
    said = {sha for sha, each in found.items() if each.item.description == "now Lyon"}
    assert said >= {sha for sha, item in later.items.items() if item.numbers & {4, 7}}


def test_deleted_archives_leave_their_items(tmp_path: Path) -> None:
    zips(lay_out(Library.typical(24)), tmp_path / "in")
    library = Local(tmp_path / "data", tmp_path / "in")
    library.sync()
    held = library.items()

    for part in (tmp_path / "in").iterdir():
        part.unlink()
    library.sync()

    assert set(library.items()) == set(held)
    assert {each.item.original for each in library.items().values()} == {"gone"}


def test_moved_archives_are_not_read_again(tmp_path: Path) -> None:
    zips(lay_out(Library.typical(24)), tmp_path / "in")
    library = Local(tmp_path / "data", tmp_path / "in")
    library.sync()
    held = library.items()

    (tmp_path / "in" / "done").mkdir()
    for part in (tmp_path / "in").glob("*.zip"):
        part.rename(tmp_path / "in" / "done" / part.name)
    library.sync()

    assert library.items() == held


def test_locked_later_leaves_the_catalogue(tmp_path: Path) -> None:
    before = Library(photos=(Photo(number=1), Photo(number=2)))
    zips(lay_out(before), tmp_path / "in")
    library = Local(tmp_path / "data", tmp_path / "in")
    library.sync()
    assert len(library.items()) == 2

    locked = lay_out(Library(photos=(Photo(number=2, locked=True),)))
    write_zips(locked, tmp_path / "in", stamp="20260801T120000Z")
    settle(tmp_path / "in")
    library.sync()

    assert set(library.items()) == set(lay_out(Library(photos=(Photo(number=1),))).items)
