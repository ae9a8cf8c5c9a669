"""Progress for a log and for a terminal."""

from __future__ import annotations

import io
import sys

import pytest
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Display

from gphotos_search.cli.progress import Live, Pace, Plain, in_words, shown
from gphotos_search.progress import Progress


def test_plain_lines_come_seldom_and_hold_everything() -> None:
    lines: list[str] = []
    clock = iter(range(0, 1000))
    plain: Progress = Plain(lines.append, clock=lambda: float(next(clock)))
    for done in range(1, 61):
        plain.listing("photos", done, done * 100)
        plain.embedding(done, 100, 2)
    assert 5 <= len(lines) <= 30
    assert "photos: " in lines[-1]
    assert "2 failed" in lines[-1]
    assert "images/s" in lines[-1]
    assert " left" in lines[-1]


def test_the_last_state_is_always_told() -> None:
    lines: list[str] = []
    plain = Plain(lines.append, clock=lambda: 0.0)
    plain.listing("photos", 1, 7)
    plain.downloaded(7)
    plain.embedding(7, 7, 0)
    assert lines == []
    plain.finish()
    plain.finish()
    assert lines == ["photos: 7 items on 1 page; 7 downloaded; embedded 7 of 7"]


def test_sentences_are_told_at_once() -> None:
    lines: list[str] = []
    Plain(lines.append).say("The index is built anew.")
    assert lines == ["The index is built anew."]


def test_the_live_display_shows_counts_and_keeps_links_whole() -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=60)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
    link = "https://accounts.google.com/o/oauth2/auth?" + "x" * 100
    with Display(*columns, console=console, auto_refresh=False) as display:
        live: Progress = Live(display)
        live.listing("photos", 3, 300)
        live.downloaded(25)
        live.embedding(20, 300, 1)
        live.say(link)
        display.refresh()
    assert "300 items on 3 pages, 25 downloaded" in stream.getvalue()
    assert "20 of 300, 1 failed" in stream.getvalue()
    assert link in stream.getvalue()


def test_rows_of_a_file_have_words_of_their_own() -> None:
    lines: list[str] = []
    now = [0.0]
    plain = Plain(lines.append, lambda: now[0])
    plain.rows("read", 0, 20_000)
    now[0] = 12
    plain.rows("read", 18_000, 20_000)
    plain.rows("read", 20_000, 20_000)
    plain.finish()
    assert lines == [
        "rows read: 18,000 of 20,000, 1,500.0 rows/s, 1 s left",
        "rows read: 20,000 of 20,000, 1,666.7 rows/s, 0 s left",
    ]
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=60)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[told]}"))
    with Display(*columns, console=console, auto_refresh=False) as display:
        Live(display).rows("written", 5, 300)
        display.refresh()
    assert "Rows written" in stream.getvalue()
    assert "5 of 300" in stream.getvalue()
    assert "Embedding" not in stream.getvalue()


def test_without_a_terminal_there_are_no_control_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert not sys.stderr.isatty()
    with shown() as progress:
        progress.listing("photos", 2, 150)
    assert capsys.readouterr().err == "photos: 150 items on 2 pages\n"


def test_estimates_are_no_more_precise_than_they_are() -> None:
    assert [in_words(s) for s in (0.2, 89, 600, 9000)] == ["0 s", "89 s", "10 min", "2.5 h"]


def test_the_pace_survives_a_total_that_grows() -> None:
    now = iter([0.0, 10.0, 20.0])
    pace = Pace(lambda: next(now))
    assert pace.told(16, 100, 0) == "16 of 100"
    assert pace.told(116, 200, 0) == "116 of 200, 10.0 images/s, 8 s left"
    assert pace.told(216, 1300, 4) == "216 of 1,300, 4 failed, 10.0 images/s, 2 min left"


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "dumb")
    with shown() as progress:
        progress.listing("photos", 2, 150)
    assert terminal.getvalue() == "photos: 150 items on 2 pages\n"


def test_bytes_of_an_archive_are_told_until_it_is_whole() -> None:
    told: list[str] = []
    now = [0.0]
    plain = Plain(told.append, lambda: now[0])
    now[0] = 20
    plain.transferred("takeout-1.zip", 3 << 20, 50 << 30)
    now[0] = 40
    plain.transferred("takeout-1.zip", 5 << 30, 50 << 30)
    plain.transferred("takeout-1.zip", 50 << 30, 50 << 30)
    plain.finish()
    assert told == [
        "takeout-1.zip: 3.0 MiB of 50.00 GiB fetched",
        "takeout-1.zip: 5.00 GiB of 50.00 GiB fetched",
    ]
