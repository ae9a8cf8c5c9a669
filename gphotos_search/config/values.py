"""Readers: one TOML value in, the value the program uses out.

A reader raises ValueError with the end of a sentence that begins with the setting's path. A
relative path stays relative here; whoever knows the file's folder completes it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gphotos_search.config.cron import parse as parse_cron

Reader = Callable[[object], Any]

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])\s*")
_LABELS = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_ACCOUNT = re.compile(r"[A-Za-z0-9_@+-][A-Za-z0-9_.@+-]*")


def home(path: str) -> Path:
    """`~` and `~user` replaced; not resolved, so links stay links."""
    return Path(path).expanduser()


def _kind(value: object) -> str:
    names = {bool: "true/false", str: "text", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), f"a {type(value).__name__}")


def text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"text in quotes is needed, not {_kind(value)}")
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in value):
        raise ValueError("control characters are not allowed")
    return value


def filled(value: object) -> str:
    """Text with something in it."""
    words = text(value).strip()
    if not words:
        raise ValueError("must not be empty")
    return words


def flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false is needed, not {_kind(value)}")
    return value


def whole(low: int, high: int) -> Reader:
    """An integer from `low` to `high`, both included."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"a whole number is needed, not {_kind(value)}")
        if not low <= value <= high:
            raise ValueError(f"{value} is outside {low} to {high}")
        return value

    return read


def share(value: object) -> float:
    """A part of a whole, 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"a number from 0 to 1 is needed, not {_kind(value)}")
    if not 0 <= value <= 1:
        raise ValueError(f"{value} is outside 0 to 1 (0.1 is ten percent)")
    return float(value)


def one_of(*choices: str) -> Reader:
    def read(value: object) -> str:
        if value not in choices:
            known = ", ".join(f'"{choice}"' for choice in choices)
            raise ValueError(f"{_shown(value)} is not one of {known}")
        return str(value)

    return read


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else _kind(value)


def path(value: object) -> Path:
    return home(filled(value))


def texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f'a list such as ["…"] is needed, not {_kind(value)}')
    return tuple(filled(each) for each in value)


def duration(low: timedelta, high: timedelta = timedelta(days=366)) -> Reader:
    """ "6h", "1h30m", "2d" or a number of seconds, from `low` to `high`."""

    def read(value: object) -> timedelta:
        length = timedelta(seconds=_seconds(value))
        if not low <= length <= high:
            raise ValueError(f"must be from {in_words(low)} to {in_words(high)}")
        return length

    return read


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not abs(value) < 1e11:  # also catches nan
            raise ValueError("is not a duration")
        return float(value)
    words = value.strip() if isinstance(value, str) else ""
    if words.isascii() and words.isdigit():
        return float(words[:12])
    parts = _DURATION.findall(words)
    if not parts or _DURATION.sub("", words):
        raise ValueError(f'{_shown(value)} is no duration; write "90m", "6h" or "2d"')
    return min(sum(float(number) * UNITS[unit] for number, unit in parts), 1e11)


def in_words(length: timedelta) -> str:
    """The shortest way to write a duration: "6h", "90m"."""
    seconds = int(length.total_seconds())
    for unit in "wdhm":
        if unit != "w" and seconds and seconds % UNITS[unit] == 0:
            return f"{seconds // UNITS[unit]}{unit}"
    return f"{seconds}s" if seconds else "0"


def loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def endpoint(value: object) -> str:
    """The base address of a Google API, ending in "/": https, or http on this machine."""
    url = filled(value)
    parts = urlsplit(url)  # raises ValueError itself for a malformed address
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError(f'"{url}" is not an https:// address')
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("an address without user name, query or fragment is needed")
    if parts.port == 0:  # reading .port also refuses what is no number or too large
        raise ValueError(f'"{url}" has no usable port')
    if parts.scheme == "http" and not loopback(parts.hostname):
        raise ValueError(
            f'"{url}" is not encrypted; http:// is accepted for this machine only (127.0.0.1)'
        )
    return url if url.endswith("/") else url + "/"


def media_hosts(value: object) -> tuple[str, ...]:
    """Host names, addresses of this machine, or "*.some.domain"; any port is meant."""
    return tuple(_media_host(each) for each in texts(value))


def _media_host(pattern: str) -> str:
    host = pattern.lower().rstrip(".")
    if loopback(host):
        return host.strip("[]")
    if "/" in host or ":" in host:
        raise ValueError(f'"{pattern}": a host name without scheme, port or path is needed')
    starred = host.startswith("*.")
    name = host[2:] if starred else host
    if not _LABELS.fullmatch(name):
        raise ValueError(f'"{pattern}" is neither a host name nor "*." and a domain')
    if starred and "." not in name:
        raise ValueError(f'"{pattern}" would match a whole top-level domain')
    return host


def account(value: object) -> str:
    """A name that is also a safe file name."""
    name = filled(value)
    if not _ACCOUNT.fullmatch(name):
        raise ValueError(f'"{name}" may hold letters, digits and _ . @ + - only')
    return name


def source_name(value: object) -> str:
    name = filled(value)
    if name.startswith("-") or "," in name:
        raise ValueError(f'"{name}" must not begin with "-" or hold a comma')
    return name


def model(value: object) -> str:
    """A hub id, "demo", or a folder written from / or ~."""
    name = filled(value)
    if name.startswith("."):
        raise ValueError(f'"{name}": write the whole path of a folder, from / or ~')
    return str(home(name)) if name.startswith("~") else name


def device(value: object) -> str:
    name = filled(value)
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise ValueError(f'"{name}" is not one of "auto", "cpu", "cuda", "mps"')
    return name


def engine(value: object) -> str:
    from gphotos_search import parts

    name = filled(value)
    # The default needs no look at the folder, and is what most files say.
    return name if name == "faiss" else str(one_of(*parts.names("engines"))(name))


def cron(value: object) -> str:
    """Five fields as cron writes them; or ""."""
    line = text(value).strip()
    if line:
        parse_cron(line)
    return line


def timezone(value: object) -> str:
    """A zone of the tz database, or "" for the system's."""
    name = text(value).strip()
    if name:
        from zoneinfo import ZoneInfo

        try:
            ZoneInfo(name)
        except (OSError, ValueError, LookupError):
            raise ValueError(
                f'"{name}" is no known time zone; write it like "Europe/Berlin"'
            ) from None
    return name


def socket(value: object) -> str:
    name = text(value).strip()
    if name and not home(name).is_absolute():
        raise ValueError(f'"{name}": write the whole path, from / or ~')
    return str(home(name)) if name else ""
