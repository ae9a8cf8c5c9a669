"""A Google account on a loopback port: OAuth, the Photos Library API and media bytes over HTTP.

    with Emulator(Library.from_folder(folder)) as google:
        google.write_client_file(path)
        google.faults.add(Fault(kind="media", status=503, times=5))

Faithful to Google's documentation and to what public issue trackers saw; where neither says what
happens, a docstring says that the behaviour is unconfirmed.
"""

from gphotos_search.demo.emulator.emulator import Emulator
from gphotos_search.demo.emulator.faults import (
    PER_DAY,
    PER_MINUTE,
    Fault,
    Faults,
    per_day,
    per_minute,
)
from gphotos_search.demo.emulator.grants import PICK_SCOPE, READ_SCOPE, REMOVED_SCOPES
from gphotos_search.demo.emulator.paging import LIVELY, REGULAR, Quirks
from gphotos_search.demo.emulator.store import Library, Photo, Video, make_id
from gphotos_search.demo.emulator.traffic import Traffic, Visit

__all__ = [
    "LIVELY",
    "PER_DAY",
    "PER_MINUTE",
    "PICK_SCOPE",
    "READ_SCOPE",
    "REGULAR",
    "REMOVED_SCOPES",
    "Emulator",
    "Fault",
    "Faults",
    "Library",
    "Photo",
    "Quirks",
    "Traffic",
    "Video",
    "Visit",
    "make_id",
    "per_day",
    "per_minute",
]
