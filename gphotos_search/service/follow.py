"""One place on this machine, watched while it is there, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path, PurePath

from gphotos_search.files.patterns import Patterns
from gphotos_search.files.safety import tidy
from gphotos_search.files.trees import is_hidden
from gphotos_search.service.mounts import remote_type
from gphotos_search.service.priority import lower_this_thread
from gphotos_search.takeout.exports import unfinished

LOOK_EVERY_S = 5.0  # for a place that is not there
CHECK_MS = 1000  # for one that is: whether it still is the same
STEP_MS = 250  # the watcher looks at what it heard so often, and at the stop
BURST_MS = 2000

log = logging.getLogger(__name__)


class Relevant:
    """Which changes below `root` are worth a look: not hidden or temporary files, not our own."""

    def __init__(self, root: Path, own: Path, exclude: Iterable[str] = ()) -> None:
        self.root, self._own, self._exclude = root, own, Patterns(exclude)

    def __call__(self, path: str) -> bool:
        whole = PurePath(path)
        if self._own != self.root and self._own in (whole, *whole.parents):
            return False
        try:
            below = whole.relative_to(self.root)
        except ValueError:
            return True
        return not (
            any(is_hidden(part) for part in below.parts)
            or unfinished(str(below))
            or self._exclude.match(tidy(str(below)))
        )


class Follower:
    """Calls `heard` when the place appears, when something in it changes, and when it goes away.

    What appears is looked at, because nobody watched before. `heard` is called in a thread.
    """

    def __init__(
        self, place: Path, own: Path, exclude: Iterable[str], heard: Callable[[], None]
    ) -> None:
        self.place, self._own, self._exclude, self._heard = place, own, tuple(exclude), heard
        self._stop = threading.Event()
        self._said = ""
        self._thread = threading.Thread(target=self._run, name="watch a place", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Asks it to end; `join` waits for that."""
        self._stop.set()

    def join(self, wait_s: float) -> None:
        self._thread.join(wait_s)

    def _run(self) -> None:
        lower_this_thread()
        try:
            while not self._stop.is_set():
                if not (self._watchable() and self._watch()):
                    self._stop.wait(LOOK_EVERY_S)
        except (OSError, RuntimeError) as error:  # the limit of inotify, and all that it refuses
            self._say(
                f"{self.place} cannot be watched ({error}); it is looked at when a sync is due."
            )
        except Exception:
            log.exception("Watching %s ended by a bug", self.place)

    def _watchable(self) -> bool:
        if kind := remote_type(self.place):
            self._say(
                f"{self.place} is on a network file system ({kind}), which does not tell of"
                " changes; it is looked at when a sync is due."
            )
            return False
        return self.place.is_dir()  # a single archive does not change

    def _watch(self) -> bool:
        """Until the place is gone or another one, or the stop; False where it was not there."""
        from watchfiles import watch

        root = self.place.resolve()
        relevant = Relevant(root, self._own, self._exclude)
        identity = _identity(self.place)
        began = False
        changes = watch(
            root,
            watch_filter=None,
            debounce=BURST_MS,
            step=STEP_MS,
            stop_event=self._stop,
            rust_timeout=CHECK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            force_polling=False,
            ignore_permission_denied=True,
        )
        try:
            for burst in changes:
                if not began or any(relevant(path) for _, path in burst):
                    self._heard()
                if not began:
                    began = True
                    log.info("Watching %s", self.place)
                if _identity(self.place) != identity:
                    log.info("%s is gone, or is another folder now", self.place)
                    self._heard()
                    return True
        except FileNotFoundError:
            return False
        return True

    def _say(self, line: str) -> None:
        if line != self._said:
            self._said = line
            log.warning("%s", line)


def _identity(place: Path) -> tuple[int, int] | None:
    try:
        status = place.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
