"""The contact sheet: every protocol, any size of terminal, names that mean harm."""

from __future__ import annotations

import io
import os
import pty
import re
import struct
import termios
import threading
from fcntl import ioctl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gphotos_search.cli import screen, sheet, terminal
from gphotos_search.cli.drawing import drawn, fitted
from gphotos_search.cli.screen import Protocol, Screen
from gphotos_search.errors import UsageError
from tests.cli.test_output import hit
from tests.conftest import picture

UTC = ZoneInfo("UTC")
STYLE = re.compile(r"\033\[[\d;]*m")


def text_of(block: str) -> list[str]:
    return [STYLE.sub("", line) for line in block.splitlines()]


def blocks(count: int, there: Screen, **changed: object) -> list[str]:
    hits = [hit(rank, url="", **changed) for rank in range(1, count + 1)]
    pictures = {each["media_id"]: picture("red", (64, 48)) for each in hits}
    return list(sheet.blocks(hits, pictures, there, UTC, hyperlinks=False))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
def test_a_sheet_is_no_wider_than_the_terminal(size: tuple[int, int]) -> None:
    for block in blocks(10, Screen("blocks", *size)):
        lines = text_of(block)
        assert max(map(terminal.cells, lines)) <= size[0]
        assert len(lines) < size[1]
        assert "▀" in lines[0]
        assert re.match(r"\d+  2024-05-01", lines[-3])
        assert lines[-2].startswith("IMG_1.jpg")


def test_large_terminals_show_all_at_once_in_large_tiles() -> None:
    assert sheet.divided(Screen("blocks", 200, 50), 10) == sheet.Room(5, 38, 14)
    assert sheet.divided(Screen("blocks", 80, 24), 10) == sheet.Room(3, 25, 9)


@given(st.integers(1, 300), st.integers(1, 100), st.integers(1, 50))
def test_every_terminal_is_divided_into_something(columns: int, rows: int, count: int) -> None:
    room = sheet.divided(Screen("blocks", columns, rows), count)
    assert min(room.across, room.columns, room.rows) >= 1
    assert room.across * room.columns + (room.across - 1) * sheet.GAP <= columns


@given(st.text(min_size=1), st.integers(1, 100))
def test_nothing_in_a_name_reaches_the_terminal_as_a_command(name: str, columns: int) -> None:
    one = hit(url="", filename=name)
    (block,) = sheet.blocks([one], {}, Screen("blocks", columns, 24), UTC, hyperlinks=False)
    for line in text_of(block):
        assert line.isprintable()
        assert terminal.cells(line) <= max(columns, 4)


def test_what_has_no_picture_is_a_tile_with_its_name() -> None:
    for content in ({}, {41: b"no picture"}):
        (block,) = sheet.blocks([hit()], content, Screen("blocks", 80, 24), UTC, hyperlinks=True)
        assert sheet.GREY in block
        assert "IMG_1.jpg" in text_of(block)[9]
        assert f"\033]8;;{hit()['url']}\033\\IMG_1.jpg" in block


def test_marks_of_videos_and_folds() -> None:
    (block,) = blocks(1, Screen("blocks", 80, 24), mime_type="video/mp4", folded=3)
    assert text_of(block)[-3].rstrip() == "1  2024-05-01  ▶  +3"


@pytest.mark.parametrize(
    ("protocol", "sent"),
    [
        ("kitty", r"\033_G.*?\033\\"),
        ("iterm2", r"\0337\033\[\d+A\r\033\]1337;File=inline=1;size=\d+;width=48;height=18;"),
        ("sixel", r"\0337\033\[\d+A\r\033P.*?\033\\\0338"),
        ("blocks", r"\033\[38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m▀"),
    ],
)
def test_every_protocol(protocol: Protocol, sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    (block,) = blocks(1, Screen(protocol, 80, 24))
    assert re.search(sent, block, re.DOTALL)


def test_placed_pictures_stand_side_by_side() -> None:
    (block, *_) = blocks(3, Screen("sixel", 80, 24))
    assert re.findall(r"\r\033\[(\d+)C\033P", block) == ["27", "54"]
    before, *_ = block.partition("\0337")
    height = before.count("\n")
    assert re.findall(r"\0337\033\[(\d+)A", block) == [str(height)] * 3


def test_the_library_neither_asks_nor_writes_to_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    before = dict(os.environ)
    for protocol in screen.PROTOCOLS:
        drawn(Image.new("RGB", (40, 30), "red"), 10, 5, Screen(protocol, 80, 24))
    assert capfd.readouterr().out == ""
    assert dict(os.environ) == before


@given(
    st.tuples(st.integers(1, 5000), st.integers(1, 5000)), st.integers(1, 60), st.integers(1, 30)
)
def test_pictures_keep_their_shape(size: tuple[int, int], columns: int, rows: int) -> None:
    width, height = fitted(size, columns, rows, (10, 20))
    assert 1 <= width <= columns
    assert 1 <= height <= rows
    assert width == columns or height == rows or min(width, height) == 1


@pytest.mark.parametrize(
    ("answer", "environ", "expected"),
    [
        ("", {"TERM": "xterm-256color"}, "blocks"),
        ("\033[?62;4;22c", {"TERM": "xterm-256color"}, "sixel"),
        ("\033[6;20;10t\033[?62;22c", {"TERM": "xterm-256color"}, "blocks"),
        ("\033[?64;14c", {"TERM": "xterm-256color"}, "blocks"),
        ("\033[?62;c", {"TERM": "xterm-kitty"}, "kitty"),
        ("", {"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, "blocks"),
        ("\033[?1;2;4c", {"TERM": "screen", "TERM_PROGRAM": "tmux"}, "sixel"),
        ("\033[?62;4c", {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm2"),
        ("", {"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm2"),
        ("\033[?62;4c", {"TERM": "xterm-ghostty"}, "kitty"),
    ],
)
def test_which_protocol(answer: str, environ: dict[str, str], expected: str) -> None:
    assert screen.chosen(answer, environ) == expected


def test_without_a_terminal_a_sentence_leads_to_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", io.StringIO())
    with pytest.raises(UsageError, match="--show") as refused:
        screen.look({"TERM": "xterm"})
    assert "--html" in refused.value.advice


class Terminal:
    """A terminal that answers what it is asked, or does not."""

    def __init__(self, answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
        self.outer, inner = pty.openpty()
        ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.streams = (os.fdopen(os.dup(inner), "r"), os.fdopen(inner, "w"))
        monkeypatch.setattr("sys.stdin", self.streams[0])
        monkeypatch.setattr("sys.stdout", self.streams[1])
        monkeypatch.delenv(screen.VARIABLE, raising=False)
        screen.asked.cache_clear()
        self.asked = b""
        self.answer = answer
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        screen.asked.cache_clear()
        for stream in self.streams:
            stream.close()
        os.close(self.outer)

    def _serve(self) -> None:
        while b"\033[c" not in self.asked:
            self.asked += os.read(self.outer, 100)
        if self.answer:
            os.write(self.outer, self.answer)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"\033[6;18;9t\033[?62;4c", Screen("sixel", 80, 24, (9, 18))),
        (b"\033[?6c", Screen("blocks", 80, 24)),
        (b"", Screen("blocks", 80, 24)),
    ],
)
def test_a_terminal_is_asked_once_and_not_waited_for(
    answer: bytes, expected: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "ANSWER_S", 0.3)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    with monkeypatch.context() as patched:
        there = Terminal(answer, patched)
        before = termios.tcgetattr(there.outer)
        found = [screen.look({"TERM": "xterm-256color"}) for _ in range(2)]
        forced = screen.look({"TERM": "xterm", screen.VARIABLE: "kitty"})
        with pytest.raises(UsageError, match="blocks"):
            screen.look({"TERM": "xterm", screen.VARIABLE: "laser"})
        there.thread.join(5)
        after = termios.tcgetattr(there.outer)
    there.close()
    assert found == [expected, expected]
    assert forced.protocol == "kitty"
    assert there.asked == screen.QUESTION.encode()
    assert after[3] == before[3]
