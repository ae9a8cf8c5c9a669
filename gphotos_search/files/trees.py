"""A folder of pictures, read in place: an unpacked export or any other."""

from __future__ import annotations

import errno
import os
import stat
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from gphotos_search.files.base import ContainerKind, Member, MemberGone, Refused
from gphotos_search.files.content import Slice, buffered
from gphotos_search.files.patterns import Patterns
from gphotos_search.files.safety import is_clutter, mode_fault, printable, tidy, unreadable

SYSTEM = {
    "__macosx",
    "@eadir",  # Synology: thumbnails and indexes beside the pictures
    "@tmp",
    "#recycle",
    "#snapshot",
    "@recycle",  # QNAP
    "@recently-snapshot",
    "$recycle.bin",
    "system volume information",
    "lost+found",
}


def is_hidden(name: str) -> bool:
    """True of what a person does not see, or did not put there: nothing of it is indexed."""
    return name.startswith((".", "~$")) or name.lower() in SYSTEM or is_clutter(name)


class Tree:
    """Links to files are followed; links to folders too, once, after all real folders.

    So a picture keeps the path of the real folder it lies in, and loops end: no folder, known by
    device and inode, is entered twice, nor one that holds the root. `include` and `exclude` are
    explained in patterns.py; excluded wins.
    """

    kind: ContainerKind = "tree"
    sequential = False

    def __init__(
        self, root: Path, *, include: Iterable[str] = (), exclude: Iterable[str] = ()
    ) -> None:
        self.root = root
        self.complete = True  # False after a listing that could not read everything
        self._include, self._exclude = Patterns(include), Patterns(exclude)

    def listing(self) -> Iterator[Member | Refused]:
        """Sorted by name, files before folders.

        Raises MemberGone or TryLater when the root itself cannot be read; a folder below that
        cannot is Refused and `complete` becomes False: absence proves nothing then.
        """
        self.complete = True
        try:
            seen = {_identity(folder.stat()) for folder in self.root.resolve().parents}
            os.scandir(self.root).close()
        except OSError as error:
            raise unreadable(self.root, error) from error
        folders, linked = [""], deque[str]()
        while folders or linked:
            folder = folders.pop() if folders else linked.popleft()
            below: list[str] = []
            try:
                place = os.path.join(self.root, folder)  # noqa: PTH118
                identity = _identity(os.stat(place))  # noqa: PTH116
                if identity in seen:
                    continue
                seen.add(identity)
                with os.scandir(place) as entries:
                    found = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                yield self._unread(folder, error)
                continue
            yield from self._files(folder, found, below, linked)
            folders += reversed(below)

    def _files(
        self, folder: str, found: list[os.DirEntry[str]], below: list[str], linked: deque[str]
    ) -> Iterator[Member | Refused]:
        """The files among `found`; its folders are added to `below` or `linked`."""
        met: set[str] = set()  # of names that NFC may have made equal
        for entry in found:
            if is_hidden(entry.name):
                continue
            there = folder + entry.name
            path = tidy(there)
            try:
                if entry.is_dir():
                    if not self._exclude.match(path + "/"):
                        (linked if entry.is_symlink() else below).append(there + "/")
                    continue
                if self._left_out(path):
                    continue
                status = entry.stat()
                if not os.access(entry, os.R_OK):
                    raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            except OSError as error:
                yield self._unread(there, error, link=entry.is_symlink())
                continue
            fault = mode_fault(status.st_mode)
            if not path.isascii():
                fault = fault or ("another file has the same name" if path in met else "")
                met.add(path)
            if fault:
                yield Refused(printable(there), fault)
            else:
                name_there = "" if there == path else there
                yield Member(path, status.st_size, status.st_mtime_ns, 0, name_there)

    def _left_out(self, path: str) -> bool:
        return self._exclude.match(path) or bool(self._include and not self._include.match(path))

    def _unread(self, there: str, error: OSError, *, link: bool = False) -> Refused:
        if link and error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
            return Refused(printable(there), "it is a link to nothing")
        self.complete = False
        return Refused(printable(there or "."), f"it cannot be read: {error.strerror or error}")

    def open(self, member: Member) -> closing[BinaryIO]:
        path = self.root / (member.name_there or member.path)
        try:
            # Without O_NONBLOCK a pipe that took the file's place would hold us for ever.
            file = open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", 0)  # noqa: PTH123, SIM115
        except OSError as error:
            raise unreadable(path, error) from error
        status = os.fstat(file.fileno())
        same = (status.st_size, status.st_mtime_ns) == (member.size, member.stamp)
        if not same or not stat.S_ISREG(status.st_mode):
            file.close()
            raise MemberGone(f"{path} has changed since it was listed.")

        def broken(_: str) -> MemberGone:
            return MemberGone(f"{path} changed while it was read.")

        return closing(buffered(Slice(file, path, 0, member.size, broken, owned=True)))

    def close(self) -> None:
        """Nothing stays open between calls."""


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
