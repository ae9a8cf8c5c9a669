"""Answers as text, fitted to the terminal, and the forms for pipes."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.cli import output, terminal

URL = "https://photos.google.com/lr/photo/AH0my" + "x" * 40


def hit(rank: int = 1, **changed: Any) -> dict[str, Any]:
    return {
        "rank": rank,
        "media_id": 40 + rank,
        "source": "photos",
        "source_id": "AH0my",
        "score": 0.31234,
        "filename": "IMG_1.jpg",
        "mime_type": "image/jpeg",
        "taken_at": "2024-05-01T23:11:12Z",
        "url": URL,
        "thumbnail": None,
        "path": None,
        **changed,
    }


UTC = ZoneInfo("UTC")


def test_a_pipe_gets_one_whole_line_a_hit() -> None:
    lines = output.lines([hit(9), hit(10, filename="a" * 100)], UTC, None, False)
    assert lines == [
        f" 9   0.312  2024-05-01  {'IMG_1.jpg':<100}  {URL}",
        f"10   0.312  2024-05-01  {'a' * 100}  {URL}",
    ]


def test_dates_are_local() -> None:
    assert "2024-05-02" in output.lines([hit()], ZoneInfo("Europe/Berlin"), None, False)[0]
    assert "no date" in output.lines([hit(taken_at=None)], UTC, None, False)[0]


def test_several_sources_are_named() -> None:
    lines = output.lines([hit(), hit(2, source="phone")], UTC, None, False)
    assert ("photos" in lines[0], "phone" in lines[1]) == (True, True)


def test_a_link_is_never_cut() -> None:
    for columns in (20, 60, 80, 200):
        lines = output.lines([hit(), hit(2)], UTC, columns, False)
        assert sum(URL in line for line in lines) == 2
        if columns < 120:
            assert lines[1] == URL


def test_a_terminal_with_hyperlinks_shows_names() -> None:
    (line,) = output.lines([hit()], UTC, 80, True)
    assert line == f"1   0.312  2024-05-01  \033]8;;{URL}\033\\IMG_1.jpg\033]8;;\033\\"


@given(st.text(min_size=1), st.integers(10, 200), st.booleans())
def test_nothing_in_a_name_reaches_the_terminal_as_a_command(
    name: str, columns: int, hyperlinks: bool
) -> None:
    for line in output.lines([hit(filename=name)], UTC, columns, hyperlinks):
        plain = line.replace(f"\033]8;;{URL}\033\\", "").replace("\033]8;;\033\\", "")
        assert plain.isprintable()


@given(st.text(alphabet="aé漢🎂 ", min_size=1, max_size=80), st.integers(45, 120))
def test_lines_fit_the_terminal(name: str, columns: int) -> None:
    for line in output.lines([hit(filename=name, url="")], UTC, columns, False):
        assert terminal.cells(line) <= columns


def test_a_local_file_is_linked_where_there_is_no_url() -> None:
    (line,) = output.lines([hit(url="", path="/photos/a b.jpg")], UTC, None, False)
    assert line.endswith("file:///photos/a%20b.jpg")


def test_paths_and_what_has_none(capsys: pytest.CaptureFixture[str]) -> None:
    hits = [hit(path="/a\nb.jpg"), hit(2, thumbnail="/t.webp"), hit(3)]
    output.print_paths(hits, null=True)
    told = capsys.readouterr()
    assert told.out == "/a\nb.jpg\0/t.webp\0"
    assert "1 of 3 hits" in told.err


def test_paths_keep_their_bytes(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.print_each(["/caf\udce9.jpg"], null=False)
    assert capfdbinary.readouterr().out == b"/caf\xe9.jpg\n"


def test_no_hits_leave_stdout_empty(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_text({"hits": []})
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "Nothing found.\n")


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-256color", "VTE_VERSION": "6800"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4200"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "dumb", "VTE_VERSION": "6800"}, False),
        ({}, False),
        ({"FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
    ],
)
def test_terminals_that_do_hyperlinks(environ: dict[str, str], expected: bool) -> None:
    assert terminal.hyperlinks(Tty(), environ) is expected
    if "FORCE_HYPERLINK" not in environ:
        assert terminal.hyperlinks(io.StringIO(), environ) is False
