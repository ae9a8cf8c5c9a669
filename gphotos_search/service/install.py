"""Writes the systemd user units of this package for this environment, and takes them away again."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from gphotos_search.config import Config, SyncConfig
from gphotos_search.errors import TryLater, UsageError
from gphotos_search.service import schedule, timers
from gphotos_search.service.address import NAME

PROGRAM = "gphotos-search"
MARK = f"# Made by {PROGRAM}; keep changes of your own in a drop-in: systemctl --user edit"
UNITS = (
    "gphotos-search.service",
    "gphotos-search.socket",
    "gphotos-search-sync.service",
    "gphotos-search-sync.timer",
    "gphotos-search-reindex.service",
    "gphotos-search-reindex.timer",
)
ALWAYS = ("gphotos-search.service", "gphotos-search-reindex.timer")
ON_DEMAND = ("gphotos-search.socket", "gphotos-search-sync.timer", "gphotos-search-reindex.timer")
SYSTEMCTL_S = 60

Say = Callable[[str], None]


def install(config: Config, say: Say) -> None:
    """Writes, enables and starts the units for `config`, which must have been read from a file.

    With service.idle_exit the socket and the sync timer are enabled, else the service itself.
    Raises UsageError rather than replace a unit that someone else wrote, TryLater when the units
    are written but the service manager cannot be told.
    """
    folder = unit_folder()
    wanted = ON_DEMAND if config.service.idle_exit else ALWAYS
    rendered = render(config, command(config))
    _refuse_foreign(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in rendered.items():
        _replace(folder / name, text)
    say(f"Wrote {len(rendered)} units to {folder}.")
    enable = [["daemon-reload"], ["enable", "--now", *wanted]]
    if shutil.which("systemctl") is None:
        say("There is no systemctl here. Where there is one, go on with:")
        say(f"  {_spelt(enable)}")
        return
    _tell_systemd(enable, f"The units are written to {folder}, but not enabled")
    if not config.service.idle_exit:
        # enable --now leaves a service that runs already on its old unit and environment.
        _tell_systemd([["try-restart", ALWAYS[0]]], "The service is enabled, but not restarted")
    say(f"Enabled and started: {', '.join(wanted)}.")
    say("User services end when you log out. To keep this one: loginctl enable-linger")


def uninstall(say: Say) -> None:
    """Stops, disables and removes the units that `install` wrote; the photos' data stays."""
    folder = unit_folder()
    ours = [name for name in UNITS if _is_ours(folder / name)]
    if not ours:
        say(f"No units of {PROGRAM} in {folder}: nothing to do.")
        return
    present = shutil.which("systemctl") is not None
    if present:
        _tell_systemd([["disable", "--now", *ours]], "The units could not be stopped and are kept")
    for name in ours:
        (folder / name).unlink()
    if present:
        _tell_systemd([["daemon-reload"]], "The units are removed")
    say(f"Removed {len(ours)} units from {folder}. Your index and your settings are untouched.")


def unit_folder() -> Path:
    """Where the user's own units live: systemd.unit(5)."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base.startswith("/") else Path.home() / ".config") / "systemd" / "user"


def command(config: Config) -> list[str]:
    """The program of this environment with its configuration, in absolute paths.

    Raises UsageError when there is no such program.
    """
    started = shutil.which(sys.argv[0]) if Path(sys.argv[0]).name == PROGRAM else None
    beside = Path(sys.executable).parent / PROGRAM
    program = Path(started).absolute() if started else beside
    if not os.access(program, os.X_OK):
        raise UsageError(
            f"{program} is not there, so no unit can start it.",
            advice="Install the package with pip or pipx, then run its gphotos-search.",
        )
    # systemd takes no program whose path has one of these, but any argument.
    words = ["/usr/bin/env"] if set("\"'\\$*?[") & set(str(program)) else []
    words.append(str(program))
    if config.file is not None:
        words += ["--config", str(config.file.expanduser().absolute())]
    return words


def render(config: Config, words: Sequence[str]) -> Mapping[str, str]:
    """Every unit by its name, for the command in `words`."""
    folder = files("gphotos_search.service") / "units"
    values = {
        "@COMMAND@": " ".join(_quoted(word) for word in words),
        "@SOCKET@": config.service.socket.replace("%", "%%") or f"%t/{NAME}",
        "@WHEN@": "\n".join(_when(config.sync)),
        "@HARDENING@": (folder / "hardening.conf").read_text().rstrip(),
    }
    units = {}
    for name in UNITS:
        text = (folder / name).read_text()
        for place, value in values.items():
            text = text.replace(place, value)
        units[name] = f"{MARK}\n{text}"
    return units


def _when(config: SyncConfig) -> list[str]:
    if config.cron:
        found = timers.calendars(schedule.fields(config))
        return [*(f"OnCalendar={calendar}" for calendar in found), "Persistent=yes"]
    return ["OnStartupSec=5min", f"OnUnitActiveSec={int(config.every.total_seconds())}s"]


def _quoted(word: str) -> str:
    """One word of ExecStart=, systemd.service(5): no specifier, variable or blank is expanded."""
    if "\n" in word:
        raise UsageError(f"A path with a line break cannot be written into a unit: {word!r}")
    if re.fullmatch(r"%h[\w./-]*|[\w./=:@-]+", word):
        return word
    for special, kept in (("\\", "\\\\"), ('"', '\\"'), ("%", "%%"), ("$", "$$")):
        word = word.replace(special, kept)
    return f'"{word}"'


def _refuse_foreign(folder: Path) -> None:
    for name in UNITS:
        path = folder / name
        if (path.exists() or path.is_symlink()) and not _is_ours(path):
            raise UsageError(
                f"{path} was not made by {PROGRAM}; nothing was changed.",
                advice="Move it away and run the command again.",
            )


def _is_ours(path: Path) -> bool:
    try:
        return path.read_text(encoding="utf-8").startswith(MARK)
    except (OSError, UnicodeDecodeError):
        return False


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _tell_systemd(commands: Sequence[Sequence[str]], so_far: str) -> None:
    for words in commands:
        try:
            done = subprocess.run(
                ["systemctl", "--user", *words],
                capture_output=True,
                text=True,
                timeout=SYSTEMCTL_S,
                check=False,
            )
            problem = done.stderr.strip() if done.returncode else ""
        except subprocess.TimeoutExpired:
            done, problem = None, f"no answer within {SYSTEMCTL_S} s"
        if done is None or done.returncode:
            raise TryLater(
                f"{so_far}: systemctl --user {words[0]}: {problem or 'it failed'}",
                advice="From a login session of this user (not through su or sudo): "
                f"{_spelt(commands)}",
            )


def _spelt(commands: Sequence[Sequence[str]]) -> str:
    return " && ".join(" ".join(["systemctl", "--user", *words]) for words in commands)
