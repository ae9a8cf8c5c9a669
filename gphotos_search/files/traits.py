"""What a picture or clip says of itself, without a pixel of it being decoded."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from typing import BinaryIO

from gphotos_search.errors import ItemFailed
from gphotos_search.files import kinds, stills
from gphotos_search.files.exif import Exif
from gphotos_search.media import Kind

SIDE = 1 << 24  # no picture is longer; what says so lies


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """Read from the file's header. Absent things are zero, empty or None.

    `taken_local` is naive and as it was written: by the local clock, which was `utc_offset_min`
    minutes ahead of UTC where that is known. `taken_in_utc` is of videos, whose container keeps UTC
    and says nothing of the local clock.
    """

    mime_type: str
    kind: Kind = "photo"
    width: int = 0  # upright
    height: int = 0
    taken_local: datetime | None = None
    taken_in_utc: bool = False
    utc_offset_min: int | None = None
    latitude: float | None = None  # both or none
    longitude: float | None = None
    camera_make: str = ""
    camera_model: str = ""
    motion: bool = False  # a still that carries its clip behind it

    def to_json(self) -> str:
        """One line, without what is absent."""
        said = {name: value for name, value in asdict(self).items() if value != DEFAULTS.get(name)}
        if self.taken_local is not None:
            said["taken_local"] = self.taken_local.isoformat()
        return json.dumps(said, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Traits:
        """The inverse of `to_json`; names that this release does not know are passed over."""
        said = {name: value for name, value in json.loads(text).items() if name in NAMES}
        if "taken_local" in said:
            said["taken_local"] = datetime.fromisoformat(said["taken_local"])
        return cls(**said)


NAMES = {each.name for each in fields(Traits)}
DEFAULTS = {each.name: each.default for each in fields(Traits) if each.name != "mime_type"}


def traits_of(stream: BinaryIO, size: int, name: str) -> Traits:
    """The traits of a seekable stream of `size` bytes; `name` counts only where bytes cannot tell.

    Raises ItemFailed for what is no picture or video at all; a damaged one has few traits. Errors
    of the stream itself pass through. The stream is left anywhere.
    """
    stream.seek(0)
    head = stream.read(kinds.HEAD)
    if not head:
        raise ItemFailed("the file is empty", permanent=True)
    kind = kinds.kind_of(head, name)
    if kind is None:
        raise ItemFailed(
            "it is not a picture or video, or of a format that cannot be read here", permanent=True
        )
    if kind.form == "video":
        from gphotos_search.files import clips

        return clips.clip_traits(stream, size, kind)
    found = stills.still(stream, size, kind)
    traits = _of_exif(kind.mime_type, found.exif)
    width, height = found.width, found.height
    if not (0 < width < SIDE and 0 < height < SIDE):
        width, height = 0, 0
    if found.orientation >= 5:
        width, height = height, width
    return replace(traits, width=width, height=height, motion=found.motion)


def _of_exif(mime_type: str, exif: Exif) -> Traits:
    return Traits(
        mime_type=mime_type,
        taken_local=exif.taken_local,
        utc_offset_min=exif.utc_offset_min,
        latitude=exif.latitude,
        longitude=exif.longitude,
        camera_make=exif.camera_make,
        camera_model=exif.camera_model,
    )
