"""What long work tells whoever watches it: a terminal, a log, or nobody."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A listener that never fails and never blocks for long; may be called from any thread."""

    def listing(self, source: str, pages: int, items: int) -> None:
        """So many pages and items of a source were listed in this run, up to now."""
        ...

    def downloaded(self, pictures: int) -> None:
        """So many pictures were fetched in this run, up to now."""
        ...

    def transferred(self, name: str, done: int, total: int) -> None:
        """Of the `total` bytes of an archive `done` are on this machine."""
        ...

    def embedding(self, done: int, total: int, failed: int) -> None:
        """Of `total` pictures known so far `done` have a vector and `failed` have a reason."""
        ...

    def rows(self, did: str, done: int, total: int) -> None:
        """Of the `total` rows of a file `done` were read or written, as `did` says."""
        ...

    def say(self, line: str) -> None:
        """One sentence a person should see, such as why a source stopped."""
        ...


class Silent:
    """Nobody watches."""

    def listing(self, source: str, pages: int, items: int) -> None:
        pass

    def downloaded(self, pictures: int) -> None:
        pass

    def transferred(self, name: str, done: int, total: int) -> None:
        pass

    def embedding(self, done: int, total: int, failed: int) -> None:
        pass

    def rows(self, did: str, done: int, total: int) -> None:
        pass

    def say(self, line: str) -> None:
        pass
