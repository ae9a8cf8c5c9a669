"""What every source promises. A new source is one new file here, named as the config names it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from gphotos_search.media import Cursor, MediaItem, Page


class Source(Protocol):
    """A place photos come from; read-only. Raises our errors, never the network library's.

    Each module in this package offers `open_source(source, config, catalog, *, stop, progress)`:
    once the event `stop` is set, whatever waits in it ends with TryLater; what takes long is told.
    """

    name: str
    lists_everything: (
        bool  # False: an item we no longer see may still exist; absence removes nothing
    )
    may_keep_bytes: bool  # False: Google allows at most 60 minutes for what came from this source
    newest_first: bool  # False: new items may be anywhere, so reading only the head finds nothing
    local: bool  # True: pictures are read from this machine's disk; more at once are no faster

    def pages(self, start: Cursor | None) -> Iterator[Page]:
        """Page by page; `page.next` restarts after that page, in a later run too. An item may be
        named again on a later page, when more of it is known.

        Raises CursorRejected for a stored cursor that is no longer good, SignInNeeded,
        ScopeMissing, TryLater.
        """
        ...

    def picture(self, item: MediaItem, link: str | None, *, size: int) -> bytes:
        """The bytes of a picture of the item, about `size` pixels; a video's poster frame.

        Called from several threads at once. Raises LinkExpired (also for link None where the
        source needs one), ItemFailed for this item alone, TryLater or SignInNeeded for all.
        """
        ...

    def close(self) -> None: ...


@runtime_checkable
class KnowsTrouble(Protocol):
    """A source that can tell without a request that it cannot be read now."""

    def check(self) -> None:
        """Raises SignInNeeded, ScopeMissing or UsageError; silence promises nothing."""
        ...


@runtime_checkable
class Settles(Protocol):
    """A source that holds its items for a limited time: what is on its pages is tried at once,
    whatever failed before."""

    def settle(self, encoder_id: str, say: Callable[[str], None]) -> None:
        """A run has fetched all that it could; what needs nothing more is let go.

        `say` hears what a person should know. Called once, at the end of a run that was not
        stopped. Raises nothing that a later run can mend.
        """
        ...


@runtime_checkable
class Fetches(Protocol):
    """A source that brings whole archives to this machine before it lists them."""

    def finish(self, encoder_id: str) -> bool:
        """The end of a run that was not stopped: copies whose photos are all embedded may go.

        True when that made room for more, and listing again at once would fetch on.
        Raises what kept a part away (SignInNeeded, ScopeMissing, TryLater, …), now that the rest
        is done.
        """
        ...


@runtime_checkable
class RenewsLinks(Protocol):
    """Asked for with isinstance: an archive or a folder need not pretend."""

    def renew(self, items: Sequence[MediaItem]) -> Mapping[str, str]:
        """Fresh links by source_id; an item that cannot be had now is missing from the answer."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Foretold:
    """What a sync would take in of one export or folder. Copies in albums are counted too."""

    export: str
    exported_at: datetime | None
    archives: int  # parts; 1 for a folder
    known: int  # of them listed before
    photos: int
    videos: int
    new: int  # files that were not there before, or not as they are now
    paired: int
    unpaired: Mapping[str, int]  # files without a sidecar, by the reason
    alone: Mapping[str, int]  # sidecars without a file
    left_out: Mapping[str, int]
    trouble: tuple[str, ...]  # archives that cannot be read to their end


@runtime_checkable
class Foretells(Protocol):
    """A source that lists without reading pictures, so that a dry run can be exact and cheap."""

    def foretell(self) -> Sequence[Foretold]:
        """What the next sync would find; writes nothing. Raises as `pages` does."""
        ...
