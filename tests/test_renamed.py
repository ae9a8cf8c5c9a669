"""A set of vectors that gets another id keeps its saved index, also when that is interrupted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gphotos_search import manifest, renamed
from gphotos_search.catalog import vectors
from gphotos_search.catalog.features import rename_set
from gphotos_search.catalog.store import Catalog
from gphotos_search.index import Index, bring_up_to_date, for_search, improve, verify
from gphotos_search.manifest import folder_of
from tests.catalog.filled import DIM, ENCODER, unit
from tests.indexed import Library, opened
from tests.test_improve import COUNT, LEAST, better, words

NEW = "tiny@1:int8"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library whose index has lists."""
    folder = tmp_path_factory.mktemp("made")
    with opened(folder, "faiss") as library:
        library.add(*range(COUNT))
        library.update()
        assert better(library)
    return folder


@pytest.fixture
def library(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """That library, its set renamed. Reading all vectors fails: of millions it is gigabytes."""
    shutil.copytree(made, tmp_path / "own")
    library = Library(Catalog.open(tmp_path / "own"), tmp_path / "own" / "index", "faiss")
    rename(library, ENCODER, NEW)
    monkeypatch.setattr(vectors, "read_all", None)
    yield library
    library.catalog.close()


def rename(library: Library, old: str, new: str) -> None:
    with library.catalog.transaction() as tx:
        assert rename_set(tx, old, new, DIM)
        renamed.carry(tx, old, new)


def found(library: Library, encoder: str = NEW) -> Index:
    """As a search opens it."""
    index = for_search(library.catalog, library.root, encoder, DIM, "faiss")
    assert not index.trouble
    assert len(index) == COUNT
    assert index.nearest(unit(7), 1)[0][1] > 0.999
    assert not index.engine.facts()["exact"]  # it has its lists
    return index


def updated(library: Library, encoder: str = NEW) -> None:
    report = bring_up_to_date(
        library.catalog, library.root, encoder, DIM, "faiss", say=library.said.append
    )
    assert (report.count, report.rebuilt, library.said) == (COUNT, None, [])
    assert [path.parent for path in library.root.glob("*/manifest.json")] == [
        folder_of(library.root, encoder)
    ]
    assert manifest.read(folder_of(library.root, encoder)).encoder == encoder


def test_searches_use_it_before_and_after_its_folder_has_the_new_name(library: Library) -> None:
    found(library)
    updated(library)
    found(library)
    rename(library, NEW, ENCODER)  # and back
    found(library, ENCODER)
    updated(library, ENCODER)


def test_one_that_was_open_goes_on_with_what_is_saved_later(library: Library) -> None:
    index = found(library)
    updated(library)
    index.refresh(library.catalog)
    assert index.manifest == manifest.read(folder_of(library.root, NEW))
    place = (library.catalog, library.root, NEW, DIM, "faiss")
    assert not improve(*place, words=words, say=library.said.append, least=LEAST)  # it is so yet


@pytest.mark.parametrize("step", ["gphotos_search.renamed.shutil.rmtree", "pathlib.Path.rename"])
def test_killed_on_the_way_it_is_found_all_the_same(
    library: Library, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(step, killed)
        with pytest.raises(KeyboardInterrupt):
            updated(library)
    found(library)
    updated(library)
    found(library)


def test_what_another_set_left_under_that_id_is_in_nobodys_way(library: Library) -> None:
    left = shutil.copytree(folder_of(library.root, ENCODER), folder_of(library.root, NEW))
    told = manifest.read(left)
    (left / manifest.NAME).write_text(
        (left / manifest.NAME).read_text().replace(told.save, "0" * 16)
    )
    found(library)
    updated(library)


def test_status_and_verify_know_it(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with library.catalog.reading() as tx:
        told = renamed.describe(tx, library.root, NEW)
    assert (told["state"], told["count"]) == ("ok", COUNT)
    monkeypatch.undo()
    assert verify(library.catalog, library.root, NEW, DIM, "faiss") == []
