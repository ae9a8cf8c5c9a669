"""Which permission each source needs, and what Google took away.

Source of the rules: https://developers.google.com/photos/support/updates
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from gphotos_search.config import SourceConfig

PREFIX = "https://www.googleapis.com/auth/"
LIBRARY = PREFIX + "photoslibrary.readonly.appcreateddata"
PICKER = PREFIX + "photospicker.mediaitems.readonly"
DRIVE = PREFIX + "drive.readonly"

NEEDED = {"google_library": LIBRARY, "google_picker": PICKER, "drive_takeout": DRIVE}
WHAT_IT_SHOWS = {
    LIBRARY: "photos that this same Google client uploaded, and no others",
    PICKER: "the photos that you pick in Google's own window, and no others",
    DRIVE: "every file of your Drive; only archives named takeout-… are ever asked for, and nothing"
    " in Drive can be changed with it",
}
REMOVED = frozenset(
    PREFIX + name for name in ("photoslibrary", "photoslibrary.readonly", "photoslibrary.sharing")
)

WHAT_THE_LIBRARY_API_REACHES = (
    "Since 31 March 2025 Google's Library API shows an app only the photos that the same app"
    " uploaded; the permissions photoslibrary, photoslibrary.readonly and photoslibrary.sharing"
    " no longer work."
)
THE_WAY_TO_EVERYTHING = (
    "The way to a whole library is an export with Google Takeout (https://takeout.google.com):"
    " gphotos-search import PATH reads its archives (docs/how-to/takeout.md)."
)


def wanted(
    sources: Iterable[SourceConfig], account: str, types: Iterable[str] = ()
) -> tuple[str, ...]:
    """What one sign-in must ask for so that every source of the account works, and `types` too.

    An account of which nothing is known is asked for the Library permission.
    """
    mine = {NEEDED[s.type] for s in sources if s.account == account and s.type in NEEDED}
    mine |= {NEEDED[type_] for type_ in types}
    return tuple(sorted(mine)) or (LIBRARY,)


def covers(granted: Collection[str], source_type: str) -> bool:
    """Whether Google still honours something in `granted` for this type of source."""
    return NEEDED.get(source_type, "") in granted


def worth_trying(granted: Collection[str], source_type: str) -> bool:
    """Whether a request can succeed: a removed permission is left for Google to refuse."""
    return covers(granted, source_type) or (
        source_type == "google_library" and not REMOVED.isdisjoint(granted)
    )


def short(scope: str) -> str:
    """The name of a permission without Google's prefix, for people to read."""
    return scope.removeprefix(PREFIX)
