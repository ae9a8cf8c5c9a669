"""An .xmp file beside a picture, as photo editors write them: names, words, time and place.

XML can be made to hurt: a DTD and with it every entity is refused, as are large and deep documents.
Rules: the XMP specification parts 1 and 2, MWG's guidelines for regions, IPTC's extension.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from gphotos_search.files import exif
from gphotos_search.takeout.base import Sidecar

MAX_BYTES = 4_000_000
MAX_DEPTH = 60
MAX_PEOPLE = 100

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
DC = "http://purl.org/dc/elements/1.1/ "
EXIF = "http://ns.adobe.com/exif/1.0/ "
REGIONS = "http://www.metadataworkinggroup.com/schemas/regions/ "
PERSON = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/ PersonInImage"
MICROSOFT_PERSON = "http://ns.microsoft.com/photo/1.2/t/Region# PersonDisplayName"
TREES = (
    "http://ns.adobe.com/lightroom/1.0/ hierarchicalSubject",
    "http://www.digikam.org/ns/1.0/ TagsList",
)
TIMES = (
    f"{EXIF}DateTimeOriginal",
    "http://ns.adobe.com/photoshop/1.0/ DateCreated",
    "http://ns.adobe.com/xap/1.0/ CreateDate",
)
PEOPLE_BRANCH = {"people", "persons", "personen", "faces", "personnes", "personas", "persone"}
POINT = re.compile(r"\s*(\d{1,3})(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])\s*$", re.I)
DECIMAL = re.compile(r"\s*[+-]?\d{1,3}(?:\.\d+)?\s*$")
CLOCK = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d))?[.\d]*)?(.*)$", re.DOTALL)


def read(content: bytes, zone: tzinfo = UTC) -> Sidecar | None:
    """None when it is no XMP. A time without an offset is meant in `zone`. Never raises.

    Keywords are not people; they are the description where nobody wrote one. Ratings say nothing
    about favourites.
    """
    root = _parsed(content)
    if root is None or not any(True for _ in root.iter(f"{RDF}Description")):
        return None
    latitude, longitude = exif.position(
        _degrees(_value(root, f"{EXIF}GPSLatitude")), _degrees(_value(root, f"{EXIF}GPSLongitude"))
    )
    times = (_moment(_value(root, name), zone) for name in TIMES)
    return Sidecar(
        description=_description(root),
        taken_at=next((time for time in times if time is not None), None),
        latitude=latitude,
        longitude=longitude,
        people=tuple(dict.fromkeys(_people(root)))[:MAX_PEOPLE],
    )


class _Refused(Exception):
    """The document holds what an honest one does not."""


def _parsed(content: bytes) -> Element | None:
    if len(content) > MAX_BYTES:
        return None
    builder, depth = TreeBuilder(), 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _Refused
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def refuse(*_: object) -> None:
        raise _Refused

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content.rstrip(b"\0 \r\n\t"), True)
        return builder.close()
    except (_Refused, expat.ExpatError, ValueError, LookupError, AssertionError):
        return None  # the last three: encodings that Python has not, or names as no encoding


def _values(root: Element, name: str) -> Iterator[str]:
    """A property is an attribute, an element's text, or the entries of a list in it."""
    for element in root.iter():
        if name in element.attrib:
            yield element.attrib[name].strip()
        if element.tag == name:
            entries = [entry.text or "" for entry in element.iter(f"{RDF}li")]
            yield from (text.strip() for text in entries or [element.text or ""])


def _value(root: Element, name: str) -> str:
    return next((text for text in _values(root, name) if text), "")


def _description(root: Element) -> str:
    """Title and description, whichever there are; keywords where there is neither."""
    written = [_value(root, f"{DC}title"), _value(root, f"{DC}description")]
    text = "\n".join(dict.fromkeys(each for each in written if each))
    return text or ", ".join(dict.fromkeys(each for each in _values(root, f"{DC}subject") if each))


def _people(root: Element) -> Iterator[str]:
    for name in (PERSON, MICROSOFT_PERSON):
        yield from filter(None, _values(root, name))
    for element in root.iter():
        if _property(element, f"{REGIONS}Type").lower() == "face":
            yield from filter(None, [_property(element, f"{REGIONS}Name")])
    for tree in TREES:
        for path in _values(root, tree):
            branch, *names = (part.strip() for part in re.split(r"[|/]", path))
            if branch.lower() in PEOPLE_BRANCH and names and names[-1]:
                yield names[-1]


def _property(element: Element, name: str) -> str:
    """Of this element itself, as an attribute or a child."""
    return (element.get(name) or _child(element, name)).strip()


def _child(element: Element, name: str) -> str:
    return next((child.text or "" for child in element if child.tag == name), "")


def _degrees(text: str) -> float | None:
    """`48,47.4N` or `48,47,24N` as XMP wants it, or plain degrees as some write it."""
    if DECIMAL.match(text):
        return float(text)
    found = POINT.match(text)
    if found is None:
        return None
    degrees, minutes, seconds, letter = found.groups()
    value = int(degrees) + float(minutes or 0) / 60 + float(seconds or 0) / 3600
    return -value if letter.upper() in "SW" else value


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """Aware UTC. A day without a time is its noon; less than a day says nothing."""
    found = CLOCK.match(text)
    if found is None:
        return None
    *parts, ending = found.groups()
    day, clock = [int(part) for part in parts[:3]], [int(part or 0) for part in parts[3:]]
    with suppress(ValueError, OverflowError):
        local = exif.plausible(datetime(*day, *(clock if parts[3] else [12])))  # type: ignore
        offset = exif.zone_minutes(ending)
        if local is not None and offset is not None:
            return (local - timedelta(minutes=offset)).replace(tzinfo=UTC)
        return local.replace(tzinfo=zone).astimezone(UTC) if local is not None else None
    return None
