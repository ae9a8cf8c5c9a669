"""What is taken from a stranger's archive: names, sizes and counts that can be believed.

Nothing is ever unpacked to a path that an archive names, so a hostile name cannot overwrite
anything here. It is refused all the same: it would be printed, stored and compared.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from pathlib import Path

from gphotos_search.errors import GphotosError, TryLater
from gphotos_search.files.base import ContainerDamaged, MemberGone

MAX_MEMBERS = 500_000  # ten times the fullest part Google is known to write
MAX_NAME = 1024  # characters of a whole path; Google cuts file names at 51
MAX_BYTES = 64 << 30  # one member; Google Photos takes videos up to 20 GB
# What deflate makes of a picture is near 1:1; beyond this only blank files and bombs come.
MAX_RATIO, RATIO_FROM = 200, 64 << 20

CLUTTER = {".ds_store", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"}
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SUSPECT = re.compile(r"[\x00-\x1f\x7f\\]|\.\.|^/|^.:")
DRIVE = re.compile(r"[A-Za-z]:")


class MemberDamaged(ContainerDamaged):
    """The content of one member does not fit what was said of it; the others may be good.

    `reason` is the same without names, so that such members can be counted together.
    """

    def __init__(self, member: str, archive: str, what: str) -> None:
        self.reason = f"it is damaged: {what}"
        super().__init__(f"{member} in {archive} is damaged: {what}.")


def unreadable(path: Path, error: OSError) -> GphotosError:
    """What an operating system's refusal means to the person: gone, or try again."""
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return MemberGone(f"{path} is no longer there.")
    return TryLater(
        f"{path} cannot be read now: {error.strerror or error}.",
        advice="Look whether its disk is connected and whether you may read it.",
    )


def is_clutter(path: str) -> bool:
    """True of what desktops leave behind; nobody wants to hear about it."""
    name = path.rpartition("/")[2]
    if name.startswith("._") or name.lower() in CLUTTER:
        return True
    return "__MACOSX" in path and "__MACOSX" in path.split("/")


def name_fault(name: str) -> str:
    """Why a member of this name is refused, "" when it is fine."""
    if name and len(name) <= MAX_NAME and not SUSPECT.search(name):
        return ""
    faults = {
        "it has no name": not name,
        "its name is too long": len(name) > MAX_NAME,
        "its name holds control characters": CONTROL.search(name),
        "its name holds a backslash": "\\" in name,
        "its name is an absolute path": name.startswith("/") or DRIVE.match(name),
        "its name leads out of the archive": ".." in name and ".." in name.split("/"),
    }
    return next((fault for fault, present in faults.items() if present), "")


def size_fault(size: int) -> str:
    if size < 0:
        return "its size is negative"
    if size > MAX_BYTES:
        return f"it claims {size >> 30} GiB, more than any photo or video has"
    return ""


def mode_fault(mode: int) -> str:
    """For a Unix mode; 0 is a mode nobody set."""
    if stat.S_IFMT(mode) in (0, stat.S_IFREG):
        return ""
    return "it is a symbolic link" if stat.S_ISLNK(mode) else "it is not a regular file"


def tidy(name: str) -> str:
    """The path in NFC, without empty and "." parts; bytes that are no text become `\\xff`."""
    if not name.isascii():
        known = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        name = unicodedata.normalize("NFC", known)
    if name.startswith(".") or "/." in name or "//" in name:
        name = "/".join(part for part in name.split("/") if part not in ("", "."))
    return name


def admit(name: str) -> tuple[str, str]:
    """(path, "") of a name that may go in, or ("", why not)."""
    fault = name_fault(name)
    path = "" if fault else tidy(name)
    if path != name:  # "./C:/a" becomes "C:/a"
        fault = fault or name_fault(path)
    return ("" if fault else path), fault


def printable(name: str) -> str:
    """A name that may be shown and stored: no control characters, no broken text, not endless."""
    told = name[:MAX_NAME].encode("utf-8", "surrogateescape")  # whatever the locale
    text = told.decode("utf-8", "backslashreplace")
    return CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)[:200]


def is_text(path: Path | str) -> bool:
    """Whether it can be stored and shown: the name of a file may be bytes that are no UTF-8."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        return False
    return True


class Names:
    """Paths already met. Keeps 8-byte hashes: half a million paths would be a hundred megabytes."""

    def __init__(self) -> None:
        self._met: set[int] = set()

    def repeated(self, path: str) -> bool:
        key = hash(path)
        if key in self._met:
            return True
        self._met.add(key)
        return False
