"""What folders and archives of pictures have in common: they are listed, and read, in place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from gphotos_search.errors import GphotosError

ContainerKind = Literal["zip", "tgz", "tree"]


class ContainerDamaged(GphotosError):
    """An archive that cannot be read, or not to its end; what was listed before stays good."""

    exit_code = 5
    advice = "Download this archive again and put it in the place of the damaged one."


class MemberGone(GphotosError):
    """The archive or the file is no longer there, or no longer what was listed."""

    exit_code = 5


@dataclass(frozen=True, slots=True)
class Member:
    """One regular file of a container.

    `path` is relative, with "/" between its parts and in NFC; `name_there` is the same as the
    container spells it. `stamp` differs when the content does: nanoseconds of the last change in a
    tree, the CRC-32 in a zip, 0 in a tgz (whose members are hashed as they pass by).
    """

    path: str
    size: int  # bytes, as declared; nobody may trust it before the end was read
    stamp: int = 0
    position: int = 0  # where the content is found again; 0 in a tree
    name_there: str = ""  # empty: the same as `path`

    @property
    def directory(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Refused:
    """A member that is not read, and why, as the end of a sentence: "it is a symbolic link"."""

    path: str
    reason: str


class Container(Protocol):
    """An open zip, tgz or folder. Read-only; safe to read from several threads."""

    kind: ContainerKind
    sequential: bool  # True: reading costs least inside `listing`, as the content passes by
    complete: bool  # after `listing`: False where some folder could not be looked into

    def listing(self) -> Iterator[Member | Refused]:
        """Every member once, in the order of the container.

        Raises ContainerDamaged where it ends too early; what was yielded before stays good.
        """
        ...

    def open(self, member: Member) -> AbstractContextManager[BinaryIO]:
        """The content of a listed member, seekable, never longer than it declared.

        Of a sequential container the member last yielded by `listing` is the cheap one. Raises
        MemberGone, or ContainerDamaged for content that does not fit what the container says.
        """
        ...

    def close(self) -> None: ...
