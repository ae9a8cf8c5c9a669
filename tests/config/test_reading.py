"""A file in, a Config out, or every problem at once."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gphotos_search.config import Config, find, load, read
from gphotos_search.config.reading import settings_of
from gphotos_search.config.settings import TABLES, SourceConfig
from gphotos_search.errors import ConfigError, UsageError

FILE = Path("/home/someone/config.toml")


def problems(document: dict[str, Any]) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(document, FILE)
    return list(caught.value.problems)


def test_an_empty_file_is_the_defaults() -> None:
    assert read({}, FILE) == Config(file=FILE)


def test_every_problem_is_told_at_once_with_its_path() -> None:
    told = problems(
        {
            "sync": {"evry": "6h", "max_removed": 2},
            "google": {"library_url": "http://example.com/"},
            "sources": [{"name": "a", "type": "google_library"}, {"name": "a", "type": "folder"}],
            "serch": {},
        }
    )
    assert [each.partition(":")[0] for each in told] == [
        "google.library_url",
        "sync.max_removed",
        "sync.evry",
        "sources[1].path",
        "serch",
    ]
    assert told[2] == 'sync.evry: no such setting; did you mean "every"?'
    assert told[4].endswith('did you mean "search"?')


def test_a_setting_without_its_heading_is_recognised() -> None:
    assert problems({"data_dir": "x"}) == [
        'data_dir: no such table or setting; did you mean "storage.data_dir"?'
    ]
    assert problems({"search": {"every": "6h"}}) == [
        'search.every: no such setting; did you mean "sync.every"?'
    ]


def test_the_message_names_the_file_and_counts() -> None:
    with pytest.raises(ConfigError, match=r"config.toml: 2 problems\n  sync.a: .*\n  sync.b: "):
        read({"sync": {"a": 1, "b": 2}}, FILE)


@pytest.mark.parametrize("wrong", [1, "x", [1], None])
def test_tables_that_are_none(wrong: object) -> None:
    assert problems({"sync": wrong})[0].startswith("sync: must be a table")
    assert problems({"sources": [wrong]})[0].startswith("sources[0]: must be a table")


def test_sources_need_two_brackets() -> None:
    assert "[[sources]]" in problems({"sources": {"name": "a"}})[0]


def test_two_sources_of_one_name() -> None:
    one = {"name": "a", "type": "google_library"}
    assert problems({"sources": [one, one]}) == ['sources[1].name: "a" is used by another source']


def test_settings_of_a_source_that_its_type_does_not_have() -> None:
    source = {"name": "a", "type": "google_library", "path": "/x", "keep_archives": True}
    assert [each.partition(":")[0] for each in problems({"sources": [source]})] == [
        "sources[0].path",
        "sources[0].keep_archives",
    ]


def test_an_unknown_type_is_answered_with_the_list() -> None:
    told = problems({"sources": [{"name": "a", "type": "flickr"}]})
    assert len(told) == 1
    assert '"flickr" is not one of "google_library", "google_picker", "takeout"' in told[0]


@pytest.mark.parametrize("kind", ["google_picker", "drive_takeout", "takeout", "folder"])
def test_types_of_later_releases_are_valid(kind: str) -> None:
    path = {"path": "photos"} if kind in ("takeout", "folder") else {}
    config = read({"sources": [{"name": "a", "type": kind, **path}]}, FILE)
    assert config.sources[0].type == kind
    if path:
        assert config.sources[0].path == FILE.parent / "photos"


def test_paths_and_durations_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/x")
    config = read(
        {
            "storage": {"data_dir": "~/d"},
            "google": {"client_secret": "c.json"},
            "sync": {"every": "2d"},
        },
        FILE,
    )
    assert config.storage.data_dir == Path("/home/x/d")
    assert config.google.client_secret == FILE.parent / "c.json"
    assert config.sync.every == timedelta(days=2)


def test_the_order_in_which_files_are_looked_for() -> None:
    everything = {"GPHOTOS_SEARCH_CONFIG": "/e.toml", "XDG_CONFIG_HOME": "/x"}
    assert find("/o.toml", everything) == Path("/o.toml")
    assert find(None, everything) == Path("/e.toml")
    assert find(None, {"XDG_CONFIG_HOME": "/x"}) == Path("/x/gphotos-search/config.toml")
    home = Path("~/.config/gphotos-search/config.toml").expanduser()
    assert find(None, {"XDG_CONFIG_HOME": "not/absolute"}) == find(None, {}) == home


def test_no_file_leads_to_init_and_demo(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load(tmp_path / "none.toml")
    assert caught.value.exit_code == 2
    assert "gphotos-search init" in caught.value.advice
    assert "gphotos-search demo" in caught.value.advice


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a = x", "line 1"),
        (b"\xff", "UTF-8"),
        (b"[sync]\nevery = '6h'\nevery = '7h'\nx = 1", "line 3"),
    ],
)
def test_files_that_are_no_toml(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=told):
        load(file)


def test_a_folder_in_the_files_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)


def tables_of(kind: type) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from([*settings_of(kind), "odd"]), VALUES, max_size=4)


@settings(max_examples=100)
@given(
    st.fixed_dictionaries({}, optional={name: tables_of(kind) for name, kind in TABLES.items()}),
    st.lists(tables_of(SourceConfig) | VALUES, max_size=3),
)
def test_any_document_is_read_or_refused_in_words(
    document: dict[str, Any], more: list[Any]
) -> None:
    with suppress(ConfigError):
        assert read({**document, "sources": more}, FILE).file == FILE


def test_reading_a_config_imports_nothing_heavy() -> None:
    code = """
import sys
from pathlib import Path
from gphotos_search.config import read
read({"sync": {"every": "6h"}, "sources": [{"name": "a", "type": "google_library"}]}, Path("x"))
heavy = {"torch", "numpy", "sqlalchemy", "apscheduler", "google", "requests"} & set(sys.modules)
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)
