"""config.example.toml, the reference page and what `init` writes come from one description."""

from __future__ import annotations

import tomllib
from pathlib import Path

from gphotos_search.config import Config, SourceConfig, load, read
from gphotos_search.config.example import first_config, reference, whole_example
from gphotos_search.config.reading import settings_of
from gphotos_search.config.settings import TABLES

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"


def test_the_example_names_every_setting() -> None:
    document = tomllib.loads(EXAMPLE.read_text())
    for table, kind in TABLES.items():
        assert set(document[table]) == set(settings_of(kind)), table
    text = EXAMPLE.read_text().partition("[[sources]]")[2]
    for name in settings_of(SourceConfig):
        assert f"\n{name} = " in text or f"\n# {name} = " in text, name


def test_the_examples_values_are_the_defaults() -> None:
    example = load(EXAMPLE)
    source = SourceConfig(name="photos", type="google_library")
    assert example == Config(sources=(source,), file=EXAMPLE)


def test_the_example_is_the_one_we_would_write() -> None:
    assert EXAMPLE.read_text() == whole_example()


def test_each_setting_has_one_line_of_why() -> None:
    for kind in (*TABLES.values(), SourceConfig):
        for name, setting in settings_of(kind).items():
            assert setting.why, name
            assert "\n" not in setting.why, name


def test_a_first_config_holds_the_choices_and_shows_the_rest() -> None:
    text = first_config(
        {"storage": {"data_dir": '/odd "name"\\é\x7f'[:-1]}, "sync": {"every": "1h"}}
    )
    document = tomllib.loads(text)
    assert document["storage"] == {"data_dir": '/odd "name"\\é'}
    assert document["sync"] == {"every": "1h"}
    assert document["search"] == {}
    assert "# limit = 10" in text
    assert [source.name for source in read(document, EXAMPLE).sources] == ["photos"]


def test_the_reference_page_holds_every_setting() -> None:
    page = (ROOT / "docs" / "reference" / "config.md").read_text()
    assert reference() in page
