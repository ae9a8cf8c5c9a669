"""The console script. A search that the running service can answer wholly costs one round trip.

This module is all that such a search imports, beside what Python loads anyway: it sends the
arguments as typed with what the printing depends on, and writes what comes back. The service checks
all of it, and runs the very code that prints elsewhere (`cli.remote`). Whatever is not quite the
usual is left to `cli.main`, before anything is printed.
"""

# ruff: noqa: PTH109, PTH112, PTH118, PTH120, PTH123
# pathlib takes as long to import as all the rest here.

import gc
import os
import sys
import time

from gphotos_search import __version__
from gphotos_search.service.words import TERMINAL_PATH

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
SOCKET, SOCKET_BITS = 0o140000, 0o170000  # st_mode
ENCODING = "utf-8"


class Elsewhere(Exception):
    """The usual way answers; `alone` when there is no service, or it has had its time."""

    def __init__(self, alone: bool = False) -> None:
        self.alone = alone


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
        return _config(argv)
    except (OSError, ValueError):
        raise Elsewhere from None


def _asked(file: str, text: str | None, argv: list[str]) -> list[tuple[int, bytes]]:
    """What the service wants printed: descriptors and bytes. Raises Elsewhere."""
    if sys.getfilesystemencoding() != ENCODING:  # the service would read other words
        raise Elsewhere
    try:
        path = _socket_path(file, text)
        return _frames(_exchange(path, _request(file, text, argv), _plain(text)))
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


def _config(argv: list[str]) -> tuple[str, str | None, list[str]]:
    """The configuration's path, its text (None where nobody wrote one), and the other arguments.

    Raises Elsewhere, OSError, ValueError.
    """
    named = os.environ.get("GPHOTOS_SEARCH_CONFIG", "")
    if argv[0] == "--config" and len(argv) > 2:
        named, argv = argv[1], argv[2:]
    elif argv[0].startswith("--config="):
        named, argv = argv[0].partition("=")[2], argv[1:]
    if not argv or argv[0] in COMMANDS or any(each.startswith("--config") for each in argv):
        raise Elsewhere
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    folder = folder if folder.startswith("/") else _home("~/.config")
    file = os.path.join(os.getcwd(), _home(named or f"{folder}/gphotos-search/config.toml"))
    try:
        with open(file, encoding=ENCODING) as opened:
            return file, opened.read(), argv
    except FileNotFoundError:
        if named:
            raise
        return file, None, argv


def _home(path: str) -> str:
    home = os.environ.get("HOME", "")
    if not path.startswith("~"):
        return path
    if not path.startswith("~/") or not home.startswith("/"):
        raise Elsewhere
    return home + path[1:]


def _socket_path(file: str, text: str | None) -> str:
    """As service.address says. A mistake here costs the time of asking in vain: whoever listens
    compares all of the configuration."""
    if chosen := _setting(text or "", "service", "socket"):
        return _home(chosen)
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not runtime.startswith("/"):
        runtime = f"/run/user/{os.getuid()}"
        if not os.path.isdir(runtime):
            data = _setting(text or "", "storage", "data_dir")
            runtime = os.path.join(
                os.path.dirname(file), _home(data or "~/.local/share/gphotos-search")
            )
    return f"{runtime}/gphotos-search.sock"


def _setting(text: str, table: str, key: str) -> str:
    """A plain string of a TOML file, "" where it is not there or not written in the usual way."""
    inside = False
    for line in text.split("\n"):
        words = line.strip()
        if words.startswith("["):
            inside = words.partition("#")[0].strip() == f"[{table}]"
        elif inside and words.startswith(key):
            name, _, value = words.partition("=")
            quote = value.strip()[:1]
            if name.strip() == key and quote in ('"', "'"):
                return value.strip()[1:].partition(quote)[0].strip()
    return ""


def _plain(text: str | None) -> bool:
    """Whether `_socket_path` surely says what service.address does."""
    named = any("socket" in line.partition("#")[0] for line in (text or "").split("\n"))
    return not named or bool(_setting(text or "", "service", "socket"))


def _request(file: str, text: str | None, argv: list[str]) -> bytes:
    """What `cli.remote` reads: parts that end with NUL, which none of them can hold."""
    home = os.environ.get("HOME", "")
    zone = f"={os.environ['TZ']}" if "TZ" in os.environ else ""
    out, err = (f"{int(each.isatty())}{each.encoding}" for each in (sys.stdout, sys.stderr))
    known = "" if text is None else "1"
    facts = [__version__, file, known, text or "", home, zone, out, err, str(_columns())]
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
    if found.st_mode & SOCKET_BITS != SOCKET or found.st_uid != os.getuid():
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
        head = f"POST {TERMINAL_PATH} HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode("ascii") + body)
        answer = _read(connection.recv, connection.settimeout)
    finally:
        connection.close()
    status, _, printed = answer.partition(b"\r\n\r\n")
    if status.split(b" ")[1:2] != [b"200"]:
        raise Elsewhere
    return printed


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
    if "--timings" in argv:
        since = (time.perf_counter() - BEGAN) * 1000
        told = f"{since:9.1f} ms  all of the above and what lies between\n"
        told += f"{STARTED_S * 1000:9.1f} ms  of the processor before that: the start of Python\n"
        os.write(2, told.encode("ascii"))


def _in_sentences(trouble: BaseException) -> None:
    """A pipe nobody reads, a full disk, Ctrl-C: told and counted as everywhere else."""
    from gphotos_search.cli.errors import sentences

    @sentences
    def again() -> None:
        raise trouble

    again()
