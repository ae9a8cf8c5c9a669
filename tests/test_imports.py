"""What `import` makes of paths, before anything is written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from gphotos_search.catalog import places, sources
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig, StorageConfig
from gphotos_search.errors import UsageError
from gphotos_search.imports import plan, remember
from gphotos_search.remembered import all_sources
from tests.conftest import picture
from tests.exports import Library, lay_out, write_tree, write_zips


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(tmp_path / "data")
    yield opened
    opened.close()


def configured(tmp_path: Path, *named: SourceConfig) -> Config:
    return Config(storage=StorageConfig(data_dir=tmp_path / "data"), sources=named)


def pictures(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "a.jpg").write_bytes(picture("red"))
    return folder


def archive(folder: Path, stamp: str = "20260601T120000Z") -> Path:
    (path,) = write_zips(lay_out(Library.typical(4)), folder, stamp=stamp)
    return path


def test_each_path_goes_to_the_source_that_can_read_it(tmp_path: Path, catalog: Catalog) -> None:
    config = configured(tmp_path)
    whole = archive(tmp_path / "downloads")
    unpacked = write_tree(lay_out(Library.typical(4)), tmp_path / "unpacked")
    camera = pictures(tmp_path / "Camera roll")
    paths = [str(whole), str(unpacked), str(camera), str(tmp_path / "downloads")]
    takeout, folder = plan(config, catalog, paths)
    assert (takeout.source.name, takeout.source.type) == ("takeout", "takeout")
    assert set(takeout.places) == {whole, unpacked, tmp_path / "downloads"}
    assert (folder.source.name, folder.source.type) == ("Camera roll", "folder")
    assert folder.places == [camera]
    with catalog.reading() as tx:
        assert sources.all_rows(tx) == []  # nothing is written before `remember`

    remember(catalog, [takeout, folder])
    assert [each.name for each in all_sources(config, catalog)] == ["Camera roll", "takeout"]
    with catalog.reading() as tx:
        row = sources.get(tx, "takeout")
        assert row is not None
        assert row.remembered
        assert places.of(tx, row.id) == sorted(map(str, takeout.places))

    again = plan(config, catalog, [str(camera), str(whole)])
    assert [(each.places, len(each.covered)) for each in again] == [([], 1), ([], 1)]
    assert any("already" in line for each in again for line in each.remarks)


def test_the_only_takeout_source_of_the_config_takes_archives(
    tmp_path: Path, catalog: Catalog
) -> None:
    own = SourceConfig(name="exports", type="takeout", path=tmp_path / "watched")
    (one,) = plan(configured(tmp_path, own), catalog, [str(archive(tmp_path / "elsewhere"))])
    assert one.source == own
    inside = archive(tmp_path / "watched", "20260801T120000Z")
    (one,) = plan(configured(tmp_path, own), catalog, [str(inside)])
    assert (one.places, one.covered) == ([], [inside])

    second = SourceConfig(name="other", type="takeout", path=tmp_path / "other")
    two = configured(tmp_path, own, second)
    path = str(archive(tmp_path / "third", "20261001T120000Z"))
    assert plan(two, catalog, [path])[0].source.name == "takeout"
    assert plan(two, catalog, [path], "other")[0].source == second


def test_folders_of_one_name_become_two_sources(tmp_path: Path, catalog: Catalog) -> None:
    paths = [str(pictures(tmp_path / "a" / "DCIM")), str(pictures(tmp_path / "b" / "DCIM"))]
    planned = plan(configured(tmp_path), catalog, paths)
    assert [each.source.name for each in planned] == ["DCIM", "DCIM-2"]
    other = SourceConfig(name="takeout", type="folder", path=tmp_path / "a" / "DCIM")
    (one,) = plan(configured(tmp_path, other), catalog, [str(archive(tmp_path / "zips"))])
    assert (one.source.name, one.source.type) == ("takeout-2", "takeout")


def test_other_parts_of_the_export_are_mentioned(tmp_path: Path, catalog: Catalog) -> None:
    first, *_ = write_zips(lay_out(Library.typical(12)), tmp_path / "zips", parts=3)
    (one,) = plan(configured(tmp_path), catalog, [str(first)])
    assert "2 more parts of the same export" in one.remarks[0]
    (one,) = plan(configured(tmp_path), catalog, [str(tmp_path / "zips")])
    assert one.remarks == []


def test_every_wrong_path_is_told_and_nothing_is_planned(tmp_path: Path, catalog: Catalog) -> None:
    (tmp_path / "note.txt").write_text("no photo")
    (tmp_path / "empty").mkdir()
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("no photo")
    with ZipFile(tmp_path / "texts.zip", "w") as texts:
        texts.writestr("a.txt", "no photo")
    whole = archive(tmp_path / "zips")
    (tmp_path / "cut.zip").write_bytes(whole.read_bytes()[:2000])
    wrong = {
        "nowhere": "nothing at",
        "note.txt": "no archive",
        "empty": "holds no files",
        "texts": "holds no photos",
        "texts.zip": "holds no photos",
        "cut.zip": "cut.zip is not complete",
    }
    config = configured(tmp_path)
    with pytest.raises(UsageError) as told:
        plan(config, catalog, [str(whole), *(str(tmp_path / name) for name in wrong), " "])
    lines = str(told.value).splitlines()
    assert len(lines) == 7
    for (name, word), line in zip(wrong.items(), lines, strict=False):
        assert name in line
        assert word in line
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(UsageError):
        plan(config, catalog, [str(loop)])


def test_a_folder_of_archives_may_hold_broken_ones(tmp_path: Path, catalog: Catalog) -> None:
    whole = archive(tmp_path / "zips")
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / whole.name).write_bytes(whole.read_bytes()[:2000])
    os.utime(broken / whole.name, (1_750_000_000, 1_750_000_000))
    assert plan(configured(tmp_path), catalog, [str(broken)])[0].source.type == "takeout"
    texts = tmp_path / "texts"
    texts.mkdir()
    with ZipFile(texts / "a.zip", "w") as archived:
        archived.writestr("a.txt", "no photo")
    os.utime(texts / "a.zip", (1_750_000_000, 1_750_000_000))
    with pytest.raises(UsageError, match="No archive in"):
        plan(configured(tmp_path), catalog, [str(texts)])


def test_names_that_do_not_go_with_the_paths(tmp_path: Path, catalog: Catalog) -> None:
    camera, whole = pictures(tmp_path / "camera"), archive(tmp_path / "zips")
    photos = SourceConfig(name="photos", type="google_library")
    config = configured(tmp_path, photos)
    for paths, name in (
        ([camera, whole], "both"),
        ([whole], "photos"),
        ([camera], "photos"),
    ):
        with pytest.raises(UsageError, match=name):
            plan(config, catalog, [str(path) for path in paths], name)


def test_a_paused_source_is_resumed_first(tmp_path: Path, catalog: Catalog) -> None:
    config, path = configured(tmp_path), str(archive(tmp_path / "zips"))
    remember(catalog, plan(config, catalog, [path]))
    with catalog.transaction() as tx:
        row = sources.get(tx, "takeout")
        assert row is not None
        sources.pause(tx, row.id, True)
    with pytest.raises(UsageError, match="paused"):
        plan(config, catalog, [path])


def test_a_path_that_is_no_text_is_refused_in_a_sentence(tmp_path: Path, catalog: Catalog) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    with pytest.raises(UsageError, match=r"caf\\xe9 is not UTF-8"):
        plan(configured(tmp_path), catalog, [odd])
