"""Any interleaving of polls, picks, stops, kills, trouble and expiry; then one more run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gphotos_search import picking
from gphotos_search.demo.emulator import Emulator, Fault, Library, Photo, Quirks, Video
from gphotos_search.demo.emulator.wire import Kind, Request
from gphotos_search.google.patience import RetryPolicy
from gphotos_search.picking import Picking
from gphotos_search.sources import google_picker
from tests.catalog.filled import fresh
from tests.conftest import photo
from tests.picks import SOURCE, Telling, embedded, fetch, ready, sessions

COLOURS = ("red", "green", "blue", "yellow", "black", "white")
QUIRKS = Quirks(short=0.2, token_only=0.2, trailing_empty=0.3, repeated=0.3)


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same retries, with waits of milliseconds."""
    quick = partial(RetryPolicy, fault_s=0.001, busy_s=0.002)
    monkeypatch.setattr(google_picker, "RetryPolicy", quick)
    monkeypatch.setattr(picking, "RetryPolicy", quick)
    monkeypatch.setattr(google_picker, "VIDEO_POLL_S", 0.001)
    monkeypatch.setattr(google_picker, "VIDEO_PATIENCE_S", 0.02)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ("begin", "begin", "detach", "pick", "pick", "look", "left", "late", "expire", "stop",
             "kill", "run", "scheduled", "dead links", "lost places", "bad media", "bad api")
        ),
        st.integers(0, 7),
    ),
    max_size=8,
)  # fmt: skip


class Killed(BaseException):
    """The process is gone at this point."""


class Story:
    """One interleaving; `promised` is every pick that could be fetched at all times since."""

    def __init__(self, folder: Path) -> None:
        self.now = 1.7e9
        clip = Photo(
            id="clip", content=b"", filename="clip.mp4", mime_type="video/mp4",
            taken_at=photo(9, "red").taken_at,
            video=Video(processing_polls=3),
        )  # fmt: skip
        photos = [*(photo(n, COLOURS[n % 6], (48, 36)) for n in range(7)), clip]
        self.google = Emulator(
            Library.of(photos), page_size_max=3, quirks=QUIRKS, clock=lambda: self.now
        )
        self.config = ready(self.google, folder)
        self.catalog = fresh(self.config.storage.data_dir)
        self.picked: dict[str, set[str]] = {}
        self.bad_runs = 0

    def do(self, step: str, number: int) -> None:
        picker = self.google.picker
        waiting = [one for one in picker.live if picker._sessions[one].picked is None]
        with Picking.opened(self.config, self.catalog, SOURCE) as one:
            match step:
                case "begin" | "detach":
                    session = one.begin(number)
                    if step == "detach":
                        one.hand_over(session)
                case "pick" if waiting:
                    chosen = waiting[number % len(waiting)]
                    some = self.google.library.ids[number % 3 :: 1 + number % 2]
                    self.picked[chosen] = set(some[: picker._sessions[chosen].most])
                    picker.pick(chosen, self.picked[chosen])
                case "look":
                    picking.look(self.config, self.catalog)
                case "left":
                    one.left()
                case "expire" if picker.live:
                    gone = picker.live[number % len(picker.live)]
                    picker.expire(gone)
                    self.picked.pop(gone, None)
        self.meanwhile(step, number)

    def meanwhile(self, step: str, number: int) -> None:
        google = self.google
        match step:
            case "late":
                self.now += 2000
            case "dead links":
                google.before = _once(3 + number, "media", google.expire_links)
            case "lost places":
                google.expire_page_tokens()
            case "bad media" if self.bad_runs < google_picker.TRIES - 1:
                self.bad_runs += 1  # so often fails nothing for good
                google.faults.add(Fault(kind="media", status=404, times=None))
                fetch(self.config, self.catalog)
                google.faults.clear()
            case "bad api":
                kinds: tuple[Kind, ...] = ("pickerGet", "pickerList", "pickerDelete", "pickerList")
                kind = kinds[number % 4]
                google.faults.add(Fault(kind=kind, status=503, times=None, after=number // 4))
                fetch(self.config, self.catalog)
                google.faults.clear()
            case "run" | "scheduled":
                fetch(self.config, self.catalog, retry_all=step == "run")
            case "stop" | "kill":
                self.interrupted(number, kill=step == "kill")

    def interrupted(self, number: int, *, kill: bool) -> None:
        """Ends after so many pages or pictures; a kill leaves at once, between two commits."""
        stop, seen = threading.Event(), count(1)

        def after_a_page() -> None:
            if next(seen) > number:
                if kill:
                    raise Killed
                stop.set()

        if not kill and number % 2:
            self.google.before = _once(number, "media", stop.set)
        with suppress(Killed):
            fetch(self.config, self.catalog, progress=Telling(after_a_page), stop=stop)
        self.google.before = None


def _once(number: int, kind: Kind, act: Callable[[], None]) -> Callable[[Kind, Request], None]:
    """`act` is called ahead of the answer to that request of a kind."""
    seen = count(1)

    def watch(asked: Kind, _request: Request) -> None:
        if asked == kind and next(seen) == number:
            act()

    return watch


@settings(max_examples=15)
@given(STEPS)
@example([("begin", 0), ("pick", 0), ("kill", 1), ("begin", 0), ("pick", 1), ("kill", 2)])
@example([("begin", 0), ("begin", 0), ("pick", 0), ("pick", 1), ("stop", 3), ("lost places", 0)])
@example([("begin", 0), ("pick", 0), ("bad media", 0), ("scheduled", 0), ("bad api", 2)])
@example([("begin", 0), ("pick", 0), ("bad media", 0), ("begin", 0), ("pick", 0), ("expire", 0)])
def test_after_a_next_run_no_session_lives_and_no_pick_is_lost(
    steps: list[tuple[str, int]],
) -> None:
    tell(steps)


@pytest.mark.long
@settings(max_examples=400)
@given(STEPS)
def test_so_it_is_for_very_many_interleavings(steps: list[tuple[str, int]]) -> None:
    tell(steps)


def tell(steps: list[tuple[str, int]]) -> None:
    """Live through the steps, and look at what one more run leaves."""
    with TemporaryDirectory() as folder:
        story = Story(Path(folder))
        with story.google, closing(story.catalog):
            for step, number in steps:
                story.do(step, number)
            story.google.before = None
            story.now += 2000  # whoever has not pressed Done by now will not
            report = fetch(story.config, story.catalog)
            assert report.exit_code == 0, report
            assert story.google.picker.live == []
            assert sessions(story.catalog) == []
            assert set().union(*story.picked.values()) <= embedded(story.catalog)
