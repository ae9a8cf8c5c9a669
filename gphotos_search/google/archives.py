"""One archive from Drive, however often the connection, the token or this process dies.

Source of the rules: https://developers.google.com/workspace/drive/api/guides/manage-downloads -
a Range is answered with 206, with 200 and the whole file, or with 416 past its end.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Full, Queue
from urllib.parse import quote, urljoin

import requests

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.errors import GphotosError, TryLater
from gphotos_search.google.answers import Refusal
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.drive import ArchiveRefused, ArchiveWrong, DriveApi, judge
from gphotos_search.google.hosts import Hosts, new_session
from gphotos_search.google.partial import Partial, Told
from gphotos_search.google.patience import Fault, Patience

TIMEOUT_S = (10.0, 30.0)  # to connect, and between two packets
READ = 64 << 10  # bytes at once: what a connection that dies may cost
AHEAD = 16  # such pieces wait for the disk at most
SLOW_S = 60.0  # without one piece, a connection is given up
WORTH = 1 << 20  # bytes of progress that renew our patience
RESTARTS = 3  # from the beginning, in one run: a server without Range may not cost without end
MAX_REDIRECTS = 3
STOP_POLL_S = 0.2

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class ArchiveChanged(GphotosError):
    """Drive holds other content under the id now; `now` is what it says about it."""

    exit_code = 4

    def __init__(self, now: DriveFile) -> None:
        super().__init__(f"{now.name} was replaced in Drive.")
        self.now = now


class ArchiveDownloads:
    """One archive at a time, over one connection, with about 1 MiB of it in memory."""

    def __init__(
        self,
        url: str,
        *,
        api: DriveApi,
        credentials: AccountCredentials,
        hosts: Hosts,
        patience: Patience,
        stop: threading.Event,
    ) -> None:
        self._url, self._api, self._credentials = url, api, credentials
        self._hosts, self._patience, self._stop = hosts, patience, stop

    def fetch(self, file: DriveFile, folder: Path, told: Told = lambda _size: None) -> Path:
        """`folder`/NAME, whole; goes on where an earlier run stopped.

        Raises ArchiveChanged (and nothing of the half is kept), ArchiveRefused, ArchiveGone, and
        SignInNeeded, ScopeMissing or TryLater for all archives; then the half waits.
        """
        with Partial(folder, file) as partial:
            try:
                return self._fetch(partial, told)
            except (ArchiveChanged, ArchiveRefused):
                partial.remove()
                raise

    def _fetch(self, partial: Partial, told: Told) -> Path:
        if partial.size:
            partial.read_again(self._stop)
        for _ in range(2):
            partial.check_room()
            self._complete(partial, told)
            if partial.is_right():
                return partial.finish()
            partial.start_over()
        raise ArchiveWrong("It came twice with other bytes than Drive's checksum promises.")

    def _complete(self, partial: Partial, told: Told) -> None:
        """Connection after connection, as long as they bring something."""
        restarts = [0]
        while partial.missing:
            before = partial.size
            try:
                self._patience.run(lambda: self._receive(partial, told, restarts))
            except Fault as fault:
                if partial.size - before < WORTH:
                    raise fault.give_up() from None

    def _receive(self, partial: Partial, told: Told, restarts: list[int]) -> None:
        """What one connection brings. Raises Fault where that is not all of the rest."""
        file = partial.file
        with self._pieces(file, partial.size) as pieces:
            for piece in pieces:
                if isinstance(piece, int):
                    self._place(partial, piece, restarts)
                    continue
                if partial.size + len(piece) > file.size:
                    partial.start_over()
                    raise Fault(f"Drive sent more than the {file.size:,} bytes of {file.name}.")
                partial.write(piece)
                told(partial.size)
        if partial.missing:
            raise Fault(
                f"The download of {file.name} broke off at {partial.size:,} of {file.size:,} bytes."
            )

    def _place(self, partial: Partial, at: int, restarts: list[int]) -> None:
        """`at` is where the answer begins: where we stopped, or 0 for a server without Range."""
        if at == partial.size:
            return
        partial.start_over()
        restarts[0] += 1
        if restarts[0] > RESTARTS:
            raise TryLater(f"Drive begins {partial.file.name} anew again and again.")

    @contextmanager
    def _pieces(self, file: DriveFile, at: int) -> Iterator[Iterator[bytes | int]]:
        """First the offset of the answer, then its bytes.

        A thread of its own waits for the server, so that a stop need not: it ends with its next
        packet, or with its timeout.
        """
        waiting: Queue[bytes | int | BaseException | None] = Queue(AHEAD)
        left = threading.Event()
        work = threading.Thread(
            target=self._read_ahead, args=(file, at, _putter(waiting, left)), daemon=True
        )
        work.start()
        try:
            yield self._arriving(waiting)
        finally:
            left.set()

    def _arriving(
        self, waiting: Queue[bytes | int | BaseException | None]
    ) -> Iterator[bytes | int]:
        heard_at = time.monotonic()
        while True:
            if self._stop.is_set():
                raise TryLater("Stopped during a download; the next run goes on there.")
            try:
                piece = waiting.get(timeout=STOP_POLL_S)
            except Empty:
                if time.monotonic() - heard_at > SLOW_S:
                    raise Fault("Drive sends almost nothing.") from None
                continue
            heard_at = time.monotonic()
            if piece is None:
                return
            if isinstance(piece, BaseException):
                raise piece
            yield piece

    def _read_ahead(self, file: DriveFile, at: int, put: Callable[..., None]) -> None:
        """In the thread: puts what arrives, the error that ended it, or None at the end."""
        with suppress(_Left):
            put(self._read_all(file, at, put))

    def _read_all(self, file: DriveFile, at: int, put: Callable[..., None]) -> BaseException | None:
        try:
            now = self._api.archive(file.file_id)
            if not now.same_content(file):
                raise ArchiveChanged(now)
            with new_session(self._url) as session, self._open(session, file, at) as answer:
                put(_begins_at(answer, file, at))
                if answer.status_code == 416:
                    raise Fault("Drive holds less of the archive than is here already.")
                for piece in answer.iter_content(READ):
                    put(piece)
        except _Left:
            raise
        except requests.RequestException as error:
            return _broken(error)
        except BaseException as error:  # raised again by who waits
            return error
        return None

    def _open(self, session: requests.Session, file: DriveFile, at: int) -> requests.Response:
        """A 200, 206 or 416; a refused token is renewed once, a redirect checked before."""
        url = f"{self._url}files/{quote(file.file_id, safe='')}?alt=media"
        renewed = False
        for _ in range(MAX_REDIRECTS + 2):
            answer = self._get(session, url, at, renew=renewed)
            if answer.status_code in (200, 206, 416):
                return answer
            with answer:
                if answer.status_code == 401 and not renewed:
                    renewed = True
                elif answer.is_redirect:
                    url = urljoin(url, answer.headers["Location"])
                else:
                    start = next(answer.iter_content(READ), b"")
                    refusal = Refusal.read(answer.status_code, answer.headers, start)
                    raise judge(refusal, self._credentials.account)
        raise ArchiveRefused("Drive redirects without end.")

    def _get(
        self, session: requests.Session, url: str, at: int, *, renew: bool
    ) -> requests.Response:
        if not self._hosts.allow(url):
            raise ArchiveRefused("Drive's link leads to a host that is none of Google's.")
        if renew or not self._credentials.valid:
            self._credentials.refresh(None)
        headers = {
            "Authorization": f"Bearer {self._credentials.token}",
            "Accept-Encoding": "identity",  # so that bytes are counted as they lie in Drive
        }
        if at:
            headers["Range"] = f"bytes={at}-"
        return session.get(
            url, stream=True, allow_redirects=False, timeout=TIMEOUT_S, headers=headers
        )


class _Left(Exception):
    """Nobody waits for the rest of the answer."""


def _putter(
    waiting: Queue[bytes | int | BaseException | None], left: threading.Event
) -> Callable[[bytes | int | BaseException | None], None]:
    def put(piece: bytes | int | BaseException | None) -> None:
        while not left.is_set():
            try:
                return waiting.put(piece, timeout=STOP_POLL_S)
            except Full:
                continue
        raise _Left

    return put


def _begins_at(answer: requests.Response, file: DriveFile, at: int) -> int:
    """The offset of the first byte to come. Raises Fault for an answer that is not the file."""
    if answer.status_code == 416:
        return 0  # and no bytes: what we hold is longer than the file
    if answer.status_code == 206:
        found = _RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if found is None or int(found[1]) != at or found[2] not in ("*", str(file.size)):
            raise Fault("Drive sent another part of the archive than was asked for.")
        return at
    declared = answer.headers.get("Content-Length", "")
    page = answer.headers.get("Content-Type", "").startswith("text/html")  # a network's login
    if page or (declared.isdecimal() and int(declared) != file.size):
        raise Fault("What came is not the archive.")
    return 0


def _broken(error: requests.RequestException) -> Fault:
    if isinstance(error, requests.ConnectTimeout):
        return Fault("Drive cannot be reached.", unreachable=True)
    return Fault(f"The connection to Drive broke off ({type(error).__name__}).")
