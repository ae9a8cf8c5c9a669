"""XMP files beside pictures, as digiKam, Lightroom and others write them; and hostile XML."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.files.xmp import read
from gphotos_search.takeout.base import Sidecar

NAMES = """xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:exif="http://ns.adobe.com/exif/1.0/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/"
 xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/"
 xmlns:MPReg="http://ns.microsoft.com/photo/1.2/t/Region#" """


def packet(attributes: str = "", inside: str = "") -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF {NAMES}>'
        f'<rdf:Description rdf:about="" {attributes}>{inside}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def listed(name: str, *texts: str) -> str:
    entries = "".join(f"<rdf:li>{text}</rdf:li>" for text in texts)
    return f"<{name}><rdf:Bag>{entries}</rdf:Bag></{name}>"


def said(name: str, text: str) -> str:
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{text}</rdf:li></rdf:Alt></{name}>'


def region(kind: str, name: str) -> str:
    return f'<rdf:li><rdf:Description mwg-rs:Name="{name}" mwg-rs:Type="{kind}"/></rdf:li>'


def test_everything_that_a_photo_editor_writes() -> None:
    regions = "".join(
        [region("Face", "Susan"), region("Pet", "Rex"), region("Face", "Öz &amp; Co")]
    )
    data = packet(
        'exif:DateTimeOriginal="2019-07-04T15:30:12.50+02:00" xmp:Rating="5"'
        ' exif:GPSLatitude="48,47.4N" exif:GPSLongitude="2,28,48W"',
        said("dc:title", "Trip")
        + said("dc:description", "A day in the sun")
        + listed("dc:subject", "beach", "Susan")
        + listed("lr:hierarchicalSubject", "Places|Rome", "People|Anna")
        + listed("digiKam:TagsList", "People/Ben", "Animals/Cat")
        + listed("Iptc4xmpExt:PersonInImage", "Carl", "Susan")
        + f"<mwg-rs:Regions rdf:parseType='Resource'><mwg-rs:RegionList><rdf:Bag>{regions}"
        "</rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>",
    )
    assert read(data) == Sidecar(
        description="Trip\nA day in the sun",
        taken_at=datetime(2019, 7, 4, 13, 30, 12, tzinfo=UTC),
        latitude=48.79,
        longitude=-2.48,
        people=("Carl", "Susan", "Öz & Co", "Anna", "Ben"),
    )


def test_properties_may_be_elements_and_microsofts_regions() -> None:
    person = '<rdf:li MPReg:PersonDisplayName="Dora"/>'
    face = "<rdf:li rdf:parseType='Resource'><mwg-rs:Type>Face</mwg-rs:Type>"
    face += "<mwg-rs:Name> Eva </mwg-rs:Name></rdf:li>"
    inside = f"<rdf:Bag>{person}{face}</rdf:Bag>"
    inside += "<xmp:CreateDate>2019-07-04T15:30:12Z</xmp:CreateDate>"
    found = read(packet(inside=inside))
    assert found is not None
    assert (found.people, found.taken_at) == (
        ("Dora", "Eva"),
        datetime(2019, 7, 4, 15, 30, 12, tzinfo=UTC),
    )


def test_keywords_describe_where_nobody_did() -> None:
    found = read(packet(inside=listed("dc:subject", "beach", "sunset", "beach")))
    assert found is not None
    assert (found.description, found.people, found.favorite) == ("beach, sunset", (), False)


TIMES = {
    "2019-07-04T15:30:12": datetime(2019, 7, 4, 13, 30, 12, tzinfo=UTC),
    "2019-07-04T15:30": datetime(2019, 7, 4, 13, 30, tzinfo=UTC),
    "2019-07-04": datetime(2019, 7, 4, 10, tzinfo=UTC),
    "2019-07": None,
    "2019": None,
    "2019-13-04T15:30:12": None,
    "1970-01-01T00:00:00Z": None,
    "9999-12-31T23:59:59-14:00": None,
    "yesterday": None,
}


@pytest.mark.parametrize("text", TIMES)
def test_times(text: str) -> None:
    found = read(packet(f'photoshop:DateCreated="{text}"'), ZoneInfo("Europe/Rome"))
    assert found is not None
    assert found.taken_at == TIMES[text]


@pytest.mark.parametrize("latitude", ["", "0,0N", "91,0N", "x", "12,nanN", "1,2,3,4N"])
def test_no_place_is_invented(latitude: str) -> None:
    found = read(packet(f'exif:GPSLatitude="{latitude}" exif:GPSLongitude="0,0E"'))
    assert found is not None
    assert (found.latitude, found.longitude) == (None, None)


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {name} '{f'&{before};' * 10}'>"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
REFUSED = {
    "empty": b"",
    "text": b"hello",
    "json": b"{}",
    "other xml": b"<svg/>",
    "cut off": packet()[:-60],
    "billion laughs": f"{LAUGHS}]><x>&i;</x>".encode(),
    "entity": b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>',
    "dtd": b"<!DOCTYPE x>" + packet(),
    "deep": b"<a>" * 100_000,
    "large": packet(inside="x" * 4_000_000),
    "unknown encoding": b'<?xml version="1.0" encoding="zzz"?>' + packet()[60:],
    "unknown prefix": b"<x:a/>",
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_xmp_says_nothing(name: str) -> None:
    assert read(REFUSED[name]) is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings(encoding: str) -> None:
    text = packet(inside=said("dc:description", "Größe")).decode().partition("?>")[2]
    found = read(text.encode(encoding) + b"\n\0\0")
    assert found is None or found.description == "Größe"


@given(st.data())
def test_any_bytes_do(data: st.DataObject) -> None:
    content = bytearray(packet('exif:GPSLatitude="48,47.4N"', listed("dc:subject", "a")))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read(bytes(content[: data.draw(st.integers(0, len(content)))]))
    read(data.draw(st.binary()))
