"""Which configuration a search means, and where its service would listen.

What `config.find` and `service.address` say, without importing them: for `cli.entry`.
"""

# ruff: noqa: PTH109, PTH112, PTH116, PTH118, PTH120, PTH123
# pathlib takes as long to import as all the rest of a search that a service answers.

import os

ENCODING = "utf-8"
KIND, REGULAR = 0o170000, 0o100000  # of st_mode


class Elsewhere(Exception):
    """The usual way answers; `alone` when there is no service, or it has had its time."""

    def __init__(self, alone: bool = False) -> None:
        self.alone = alone


def named(argv: list[str]) -> tuple[str, list[str]]:
    """The configuration that is asked for, "" for the usual place, and the other arguments.

    Raises Elsewhere where a later argument may name one.
    """
    option = ""
    if argv[0] == "--config" and len(argv) > 2:
        option, argv = argv[1], argv[2:]
    elif argv[0].startswith("--config="):
        option, argv = argv[0].partition("=")[2], argv[1:]
    if any(each.startswith("--config") for each in argv):
        raise Elsewhere
    return option or os.environ.get("GPHOTOS_SEARCH_CONFIG", ""), argv


def read(named: str) -> tuple[str, str | None]:
    """The configuration's path and text; None where nobody named or wrote one.

    Raises Elsewhere for what can be read only once, OSError, ValueError.
    """
    folder = os.environ.get("XDG_CONFIG_HOME", "")
    folder = folder if folder.startswith("/") else home("~/.config")
    file = os.path.join(os.getcwd(), home(named or f"{folder}/gphotos-search/config.toml"))
    try:
        if os.stat(file).st_mode & KIND != REGULAR:
            raise Elsewhere
        with open(file, encoding=ENCODING) as opened:
            return file, opened.read()
    except FileNotFoundError:
        if named:
            raise
        return file, None


def home(path: str) -> str:
    """`~` replaced. Raises Elsewhere for the home of somebody else."""
    folder = os.environ.get("HOME", "")
    if not path.startswith("~"):
        return path
    if not path.startswith("~/") or not folder.startswith("/"):
        raise Elsewhere
    return folder + path[1:]


def socket_path(file: str, text: str | None) -> tuple[str, bool]:
    """As service.address says, and whether that is sure.

    A mistake costs the time of asking in vain: whoever listens compares all of the configuration.
    """
    chosen, sure = setting(text or "", "service", "socket")
    if chosen:
        return home(chosen), sure
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if not runtime.startswith("/"):
        runtime = f"/run/user/{os.getuid()}"
        if not os.path.isdir(runtime):
            data, plain = setting(text or "", "storage", "data_dir")
            runtime = os.path.join(
                os.path.dirname(file), home(data or "~/.local/share/gphotos-search")
            )
            sure = sure and plain
    return f"{runtime}/gphotos-search.sock", sure


def setting(text: str, table: str, key: str) -> tuple[str, bool]:
    """A string of a TOML file, "" where it is not there or not written in the usual way; and
    whether that is sure."""
    inside = mentioned = False
    for line in text.split("\n"):
        words = line.strip()
        if words.startswith("#"):
            continue
        if words.startswith("["):
            inside = words.partition("#")[0].strip() == f"[{table}]"
        elif inside and words.startswith(key):
            name, _, value = words.partition("=")
            quote = value.strip()[:1]
            if name.strip() == key and quote in ('"', "'"):
                found = value.strip()[1:].partition(quote)[0].strip()
                if found and "\\" not in found:
                    return found, True
        mentioned = mentioned or key in words
    return "", not mentioned
