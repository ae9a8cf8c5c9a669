"""Hits as lines of JSON and as a table."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.cli import tables
from gphotos_search.media import Answer, Hit, MediaItem
from gphotos_search.search.answer import as_json
from tests.cli.test_output import hit


def unescaped(cell: str) -> str:
    """What the reference says of a cell, read backwards."""
    out, at = "", 0
    named = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    while at < len(cell):
        if cell[at] != "\\":
            out, at = out + cell[at], at + 1
        elif cell[at + 1] == "x":
            out, at = out + chr(int(cell[at + 2 : at + 4], 16)), at + 4
        else:
            out, at = out + named[cell[at + 1]], at + 2
    return out


@given(st.text())
def test_a_cell_is_one_cell_and_loses_nothing(value: str) -> None:
    cell = tables.cell(value)
    assert not set(cell) & set("\t\n\r\033\x85")
    assert unescaped(cell) == value


def test_the_columns_are_the_fields_of_a_hit() -> None:
    one = Hit(rank=1, score=0.5, media_id=1, source="a", item=MediaItem(source_id="x"), folded=2)
    answer = Answer(query="q", encoder="e", took_ms=1.0, hits=(one,))
    assert tuple(as_json(answer)["hits"][0]) == tables.FIELDS


def test_a_table_has_its_names_without_any_hit(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tables.print_table([])
    assert capfdbinary.readouterr().out.split(b"\t")[:2] == [b"rank", b"media_id"]


def test_a_table_keeps_the_bytes_of_a_path(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    tables.print_table([hit(path="/caf\udce9\t.jpg", filename="a\\b")])
    _, row = capfdbinary.readouterr().out.splitlines()
    cells = dict(zip(tables.FIELDS, row.split(b"\t"), strict=True))
    assert cells["path"] == b"/caf\xe9\\t.jpg"
    assert (cells["filename"], cells["thumbnail"]) == (b"a\\\\b", b"")
    assert cells["taken_at"] == b"2024-05-01T23:11:12Z"


def test_lines_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    hits = [hit(filename="a\nb"), hit(2)]
    tables.print_json_lines(hits)
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == hits
