"""What cameras write is read; what cannot be true is unknown."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.files import exif
from tests.files.specimens import ROME, TAKEN, Tags, degrees, tiff

MOMENT = datetime(2019, 7, 4, 15, 30, 12)


def read(first: Tags | None = None, **parts: Any) -> exif.Exif:
    return exif.of_bytes(b"Exif\0\0" + tiff(first or {0x112: 1}, **parts))


@pytest.mark.parametrize("order", ["<", ">"])
def test_everything_is_read_in_either_order_of_bytes(order: str) -> None:
    found = read(
        {0x10F: "Google", 0x110: "Pixel 7", 0x112: 6},
        exif={**TAKEN, 0xA002: 4000, 0xA003: 3000},
        gps=ROME,
        order=order,
    )
    assert found == exif.Exif(
        orientation=6,
        width=4000,
        height=3000,
        taken_local=MOMENT,
        utc_offset_min=120,
        latitude=41.89,
        longitude=12.48,
        camera_make="Google",
        camera_model="Pixel 7",
    )


def test_time_taken_comes_before_digitised_before_changed() -> None:
    times: dict[int, Any] = {0x9003: "2019:07:04 15:30:12", 0x9004: "2020:01:01 10:00:00"}
    assert read({0x132: "2021:01:01 10:00:00"}, exif=times).taken_local == MOMENT
    times[0x9003] = "0000:00:00 00:00:00"
    found = read({0x132: "2021:01:01 10:00:00"}, exif={**times, 0x9012: "-05:30"})
    assert (found.taken_local, found.utc_offset_min) == (datetime(2020, 1, 1, 10), -330)
    changed = read({0x132: "2021:01:01 10:00:00"}, exif={0x9010: "+01:00", 0x9011: "+02:00"})
    assert (changed.taken_local, changed.utc_offset_min) == (datetime(2021, 1, 1, 10), 60)


@pytest.mark.parametrize(
    "text",
    [
        "0000:00:00 00:00:00",
        "    :  :     :  :  ",
        "1970:01:01 00:00:00",
        "1970:01:01 01:00:00",
        "0001:01:01 00:00:00",
        "1825:01:01 00:00:00",
        "2101:01:01 00:00:00",
        "9999:12:31 23:59:59",
        "2019:13:04 15:30:12",
        "2019:02:30 15:30:12",
        "2019:07:04 25:30:12",
        "garbage",
        "",
    ],
)
def test_a_time_that_cannot_be_is_unknown(text: str) -> None:
    found = read(exif={0x9003: text, 0x9011: "+02:00"})
    assert (found.taken_local, found.utc_offset_min) == (None, None)


@pytest.mark.parametrize(
    "text", ["2019-07-04T15:30:12", "2019:07:04 15:30:12.345", "2019/07/04 15:30:12Z"]
)
def test_odd_spellings_of_a_time_are_read(text: str) -> None:
    assert read(exif={0x9003: text}).taken_local == MOMENT


@pytest.mark.parametrize(
    "text, minutes",
    [("+02:00", 120), ("-0330", -210), ("Z", 0), ("+15:00", None), ("   :  ", None), ("?", None)],
)
def test_zones(text: str, minutes: int | None) -> None:
    assert read(exif={0x9003: "2019:07:04 15:30:12", 0x9011: text}).utc_offset_min == minutes


def test_south_and_west_are_negative() -> None:
    found = read(gps={1: "S", 2: degrees(33.5), 3: "W", 4: degrees(70.25)})
    assert (found.latitude, found.longitude) == (-33.5, -70.25)


NONE: dict[str, Any] = {
    "no fix": {1: "N", 2: degrees(0), 3: "E", 4: degrees(0)},
    "half": {1: "N", 2: degrees(41)},
    "over zero": {1: "N", 2: [Fraction(1)] * 3, 3: "E", 4: b"\0" * 24},
    "out of range": {1: "N", 2: degrees(91), 3: "E", 4: degrees(12)},
    "text": {1: "N", 2: "41.89", 3: "E", 4: "12.48"},
    "empty": {1: "", 2: b"", 3: "", 4: b""},
}


@pytest.mark.parametrize("name", NONE)
def test_no_place_is_invented(name: str) -> None:
    found = read(gps=NONE[name])
    assert (found.latitude, found.longitude) == (None, None)


def test_a_place_without_seconds_measured() -> None:
    data = tiff({0x112: 1}, gps={1: "N", 2: degrees(41.5), 3: "E", 4: degrees(12.25)})
    zero = data.replace(b"\0\0\0\0\x64\0\0\0", bytes(8))  # 0/100 s becomes 0/0
    found = exif.of_bytes(zero)
    assert (found.latitude, found.longitude) == (41.5, 12.25)


def test_names_are_one_printable_line() -> None:
    found = read({0x10F: " Canon \n\x07 Inc ", 0x110: "x" * 5000, 0x112: 99})
    assert (found.camera_make, found.orientation) == ("Canon Inc", 0)
    assert len(found.camera_model) == 100


WHOLE = tiff({0x10F: "Google", 0x112: 6}, exif={**TAKEN, 0xA002: 40}, gps=ROME)


@given(st.data())
def test_no_bytes_raise(data: st.DataObject) -> None:
    content = bytearray(WHOLE)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    found = exif.of_bytes(bytes(content[: data.draw(st.integers(0, len(content)))]))
    assert (found.latitude is None) == (found.longitude is None)


@given(st.binary(max_size=400))
def test_garbage_says_nothing_or_something(content: bytes) -> None:
    exif.of_bytes(content)
    exif.of_bytes(b"II*\0\x08\0\0\0" + content)


def test_directories_in_a_loop_end() -> None:
    data = bytearray(tiff({0x112: 6}, [{0x112: 1}]))
    assert exif.of_bytes(bytes(data)).orientation == 6
    data[-4:] = (8).to_bytes(4, "little")
    assert exif.of_bytes(bytes(data)).orientation == 6
