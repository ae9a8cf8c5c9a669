"""The console script. A search that the running service can answer wholly costs one round trip.

This module is all that such a search imports, beside what Python loads anyway: it sends the
arguments as typed with what the printing depends on, and writes what comes back. The service checks
all of it, and runs the very code that prints elsewhere (`cli.remote`). Whatever is not quite the
usual is left to `cli.main`, before anything is printed.
"""

import gc
import os
import sys
import time

from gphotos_search import __version__
from gphotos_search.cli import where
from gphotos_search.cli.where import ENCODING, Elsewhere
from gphotos_search.service.clock import zone
from gphotos_search.service.words import TERMINAL_PATH, ZONE_HEADER

BEGAN, STARTED_S = time.perf_counter(), time.process_time()

# Every one but "search" is for cli.main, and so are arguments that show what the service cannot.
COMMANDS = {
    *("auth", "demo", "doctor", "export-features", "import", "import-features", "init"),
    *("open", "pick", "reindex", "service", "show", "sources", "status", "sync"),
}
NOT_HERE = {"-h", "--help", "--version", "-v", "--verbose", "--show", "--html"}
# What the printing looks at.
VARIABLES = (
    *("FORCE_HYPERLINK", "TERM", "VTE_VERSION", "TERM_PROGRAM"),
    *("KITTY_WINDOW_ID", "KONSOLE_VERSION", "WT_SESSION", "DOMTERM", "GHOSTTY_BIN_DIR"),
)
CONNECT_S, ANSWER_S = 1.0, 30.0
SOCKET = 0o140000  # the kind of a file, of st_mode


def main() -> None:
    """Run one command line and leave with its exit code."""
    argv, alone, search = sys.argv[1:], False, False
    try:
        file, text, words = _search(argv)
        search = True
        _prepare_to_search()
        frames = _asked(file, text, words)
    except Elsewhere as elsewhere:
        alone = elsewhere.alone
    except KeyboardInterrupt:
        _in_sentences(KeyboardInterrupt())
    else:
        _print(frames, argv)
    from gphotos_search.cli.main import main as usual

    try:
        usual(argv, alone=alone)
    except SystemExit as left:
        if not search or not isinstance(left.code, int | None):
            raise
        _leave(left.code or 0, argv)
    if search:
        _leave(0, argv)


def _leave(code: int, argv: list[str]) -> None:
    """At once: all is flushed, and to take everything apart costs a tenth of a cold answer."""
    _tell_time(argv)
    os._exit(code)


def _search(argv: list[str]) -> tuple[str, str | None, list[str]]:
    """Of a search: the configuration's path and text, and its own arguments. Raises Elsewhere."""
    if None in (sys.stdin, sys.stdout, sys.stderr) or not _for_the_service(argv):
        raise Elsewhere
    try:
        named, words = where.named(argv)
        if not words or words[0] in COMMANDS:
            raise Elsewhere
        return *where.read(named), words
    except (OSError, ValueError):
        raise Elsewhere from None


def _asked(file: str, text: str | None, argv: list[str]) -> list[tuple[int, bytes]]:
    """What the service wants printed: descriptors and bytes. Raises Elsewhere."""
    if sys.getfilesystemencoding() != ENCODING:  # the service would read other words
        raise Elsewhere
    try:
        path, sure = where.socket_path(file, text)
        return _frames(_exchange(path, _request(file, text, argv), sure))
    except (OSError, ValueError):
        raise Elsewhere from None


def _prepare_to_search() -> None:
    """For the usual way, if it comes to that: without what brings nothing, a tenth of its time."""
    gc.disable()  # importing leaves nothing to collect
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy would start threads for a few rows


def _for_the_service(argv: list[str]) -> bool:
    """Whether these arguments look like a search, and one that shows its answer as text."""
    if not argv or argv[0] in COMMANDS:
        return False
    return not any(each in NOT_HERE or each.startswith("--html=") for each in argv)


def _request(file: str, text: str | None, argv: list[str]) -> bytes:
    """What `cli.remote` reads: parts that end with NUL, which none of them can hold."""
    home = os.environ.get("HOME", "")
    out, err = (f"{int(each.isatty())}{each.encoding}" for each in (sys.stdout, sys.stderr))
    known = "" if text is None else "1"
    facts = [__version__, file, known, text or "", home, out, err, str(_columns())]
    facts += [f"{name}={os.environ[name]}" for name in VARIABLES if name in os.environ]
    parts = [os.fsencode(each) for each in (*facts, "", *argv)]
    if any(b"\0" in part for part in parts):
        raise Elsewhere
    return b"\0".join(parts)


def _columns() -> int:
    """As shutil.get_terminal_size, whose module is a large one."""
    said = os.environ.get("COLUMNS", "")
    try:
        return int(said) if int(said) > 0 else _real_columns()
    except ValueError:
        return _real_columns()


def _real_columns() -> int:
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


def _exchange(path: str, body: bytes, sure: bool) -> bytes:
    """The body of the answer. Raises Elsewhere, OSError; `sure` that the path is right."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        raise Elsewhere(alone=sure) from None
    if found.st_mode & where.KIND != SOCKET or found.st_uid != os.getuid():
        raise Elsewhere  # the usual way says what is wrong with it
    import _socket

    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        connection.settimeout(CONNECT_S)
        connection.connect(os.fsencode(path))
        if hasattr(_socket, "SO_PEERCRED"):
            peer = connection.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
            if int.from_bytes(peer[4:8], sys.byteorder) != os.getuid():
                raise Elsewhere
        connection.sendall(_head(len(body)) + body)
        answer = _read(connection.recv, connection.settimeout)
    finally:
        connection.close()
    status, _, printed = answer.partition(b"\r\n\r\n")
    if status.split(b" ")[1:2] != [b"200"]:
        raise Elsewhere
    return printed


def _head(size: int) -> bytes:
    """Raises ValueError for a zone that no header can name."""
    here = zone()
    if "%" in here or not here.isprintable():
        raise ValueError(here)
    lines = (f"POST {TERMINAL_PATH} HTTP/1.1", f"{ZONE_HEADER}: {here}", f"Content-Length: {size}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _read(recv, settimeout) -> bytes:  # type: ignore[no-untyped-def]
    """All until the other end closes. Raises Elsewhere after ANSWER_S."""
    parts: list[bytes] = []
    until = time.monotonic() + ANSWER_S
    while True:
        left = until - time.monotonic()
        if left <= 0:
            raise Elsewhere(alone=True)
        settimeout(left)
        try:
            part = recv(1 << 18)
        except TimeoutError:
            raise Elsewhere(alone=True) from None
        if not part:
            return b"".join(parts)
        parts.append(part)


def _frames(printed: bytes) -> list[tuple[int, bytes]]:
    """Raises Elsewhere for an answer that is not whole."""
    frames: list[tuple[int, bytes]] = []
    while printed:
        head, _, rest = printed.partition(b"\n")
        descriptor, size = map(int, head.split())
        if descriptor == 0:
            return frames  # only a whole answer has this end
        frames.append((descriptor, rest[:size]))
        printed = rest[size:]
    raise Elsewhere


def _print(frames: list[tuple[int, bytes]], argv: list[str]) -> None:
    """Writes in the order of the answer, and leaves."""
    try:
        for descriptor, part in frames:
            left = part
            while left:
                left = left[os.write(descriptor, left) :]
    except (OSError, KeyboardInterrupt) as trouble:
        _in_sentences(trouble)
    _leave(0, argv)


def _tell_time(argv: list[str]) -> None:
    """Whatever becomes of it: the answer is out, and its exit code stands."""
    options = argv[: argv.index("--")] if "--" in argv else argv
    if "--timings" in options:
        since = (time.perf_counter() - BEGAN) * 1000
        told = f"{since:9.1f} ms  all of the above and what lies between\n"
        told += f"{STARTED_S * 1000:9.1f} ms  of the processor before that: the start of Python\n"
        try:
            os.write(2, told.encode("ascii"))
        except (OSError, KeyboardInterrupt):
            return


def _in_sentences(trouble: BaseException) -> None:
    """A pipe nobody reads, a full disk, Ctrl-C: told and counted as everywhere else."""
    from gphotos_search.cli.errors import sentences

    @sentences
    def again() -> None:
        raise trouble

    again()
