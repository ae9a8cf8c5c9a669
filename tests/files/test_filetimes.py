"""File names tell when; and of everything that tells, the surest is believed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.files.filetimes import from_name, taken
from gphotos_search.files.traits import Traits

LOCAL = {
    "IMG_20190704_153012.jpg": (2019, 7, 4, 15, 30, 12),
    "IMG_20190704_153012(1).jpg": (2019, 7, 4, 15, 30, 12),
    "IMG_20190704_153012~2.jpg": (2019, 7, 4, 15, 30, 12),
    "MVIMG_20191230_232926.jpg": (2019, 12, 30, 23, 29, 26),
    "VID_20190704_153012.mp4": (2019, 7, 4, 15, 30, 12),
    "20161105_170829.jpg": (2016, 11, 5, 17, 8, 29),
    "20161105170829.jpg": (2016, 11, 5, 17, 8, 29),
    "Screenshot_20231027-123303.png": (2023, 10, 27, 12, 33, 3),
    "Screenshot_20231027_123303_Facebook(1).jpg": (2023, 10, 27, 12, 33, 3),
    "Screenshot_2024-08-31-00-53-48-647_com.snapchat.jpg": (2024, 8, 31, 0, 53, 48),
    "Screen Shot 2019-07-04 at 3.30.12 PM.png": (2019, 7, 4, 15, 30, 12),
    "Screen Shot 2019-07-04 at 12.30.12\u202fAM.png": (2019, 7, 4, 0, 30, 12),
    "WhatsApp Image 2019-07-04 at 15.30.12.jpeg": (2019, 7, 4, 15, 30, 12),
    "IMG-20190704-WA0001.jpg": (2019, 7, 4, 12),
    "VID-20190704-WA0012.mp4": (2019, 7, 4, 12),
    "signal-2021-05-01-101112.jpg": (2021, 5, 1, 10, 11, 12),
    "signal-2021-05-01-10-11-12-123.jpg": (2021, 5, 1, 10, 11, 12),
    "2019-07-04 15.30.12.jpg": (2019, 7, 4, 15, 30, 12),
    "photo_2021-05-01_10-11-12.jpg": (2021, 5, 1, 10, 11, 12),
    "2019-07-04 Trip to Rome.jpg": (2019, 7, 4, 12),
    "scan 1905.06.30.tif": (1905, 6, 30, 12),
    "IMG_20190704_993012.jpg": (2019, 7, 4, 12),
}
UTC_NAMES = {
    "PXL_20230814_201154491.LONG_EXPOSURE-01.COVER.jpg": datetime(2023, 8, 14, 20, 11, 54),
    "PXL_20230814_201154491.MP": datetime(2023, 8, 14, 20, 11, 54),
    "FB_IMG_1530000000000.jpg": datetime(2018, 6, 26, 8, 0),
    "mmexport1530000000000.jpg": datetime(2018, 6, 26, 8, 0),
    "1530000000000.jpg": datetime(2018, 6, 26, 8, 0),
    "1530000000000(1).jpg": datetime(2018, 6, 26, 8, 0),
}
NOTHING = (
    "IMG_0001.HEIC",
    "DSC01234.ARW",
    "2234089303984509579",
    "received_10153020190704153.jpeg",
    "120190704153012.jpg",
    "201907041530121.jpg",
    "IMG_20191304_153012.jpg",
    "IMG_20190231_153012.jpg",
    "IMG_18250704_153012.jpg",
    "IMG_21010704_153012.jpg",
    "IMG_00000000_000000.jpg",
    "1530000000000_x.jpg",
    "0530000000000.jpg",
    "9999999999999.jpg",
    "2019.jpg",
    "2019-07.jpg",
    "0123-45-67.jpg",
    "",
)


@pytest.mark.parametrize("name", LOCAL)
def test_names_by_the_local_clock(name: str) -> None:
    assert from_name(name) == (datetime(*LOCAL[name]), False)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", UTC_NAMES)
def test_names_in_utc(name: str) -> None:
    assert from_name(name) == (UTC_NAMES[name], True)


@pytest.mark.parametrize("name", NOTHING)
def test_other_numbers_are_no_dates(name: str) -> None:
    assert from_name(name) is None


@given(st.text(max_size=60) | st.from_regex(r"[A-Z_]{0,4}[0-9_. -]{6,24}", fullmatch=True))
def test_any_name_does(name: str) -> None:
    found = from_name(name)
    assert found is None or 1826 <= found[0].year <= 2100


@given(st.datetimes(datetime(1826, 1, 1), datetime(2100, 12, 31)))
def test_every_time_that_a_phone_writes_is_read(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    for form in ("IMG_%Y%m%d_%H%M%S.jpg", "%Y-%m-%d %H.%M.%S.jpg", "signal-%Y-%m-%d-%H%M%S.jpg"):
        assert from_name(moment.strftime(form).replace(str(moment.year), f"{moment.year:04}")) == (
            moment,
            False,
        )


ROME = ZoneInfo("Europe/Rome")
NAME = "IMG_20180101_120000.jpg"
EXIF = Traits(
    mime_type="image/jpeg", taken_local=datetime(2019, 7, 4, 15, 30, 12), utc_offset_min=-240
)
BARE = Traits(mime_type="image/jpeg", taken_local=datetime(2019, 7, 4, 15, 30, 12))
CLIP = Traits(
    mime_type="video/mp4", taken_local=datetime(2019, 7, 4, 13, 30, 12), taken_in_utc=True
)
NONE = Traits(mime_type="image/png")
SIDECAR = datetime(2017, 3, 3, 3, 3, 3, tzinfo=UTC)


def test_the_sidecar_is_believed_first_and_exif_keeps_its_offset() -> None:
    assert taken(SIDECAR, EXIF, NAME, 2018, ROME) == (SIDECAR, "sidecar", -240)
    assert taken(SIDECAR, None, NAME, 2018, ROME) == (SIDECAR, "sidecar", None)


def test_exif_with_an_offset_without_one_and_of_a_clip() -> None:
    at = datetime(2019, 7, 4, 19, 30, 12, tzinfo=UTC)
    assert taken(None, EXIF, NAME, 2018, ROME) == (at, "exif", -240)
    at = datetime(2019, 7, 4, 13, 30, 12, tzinfo=UTC)
    assert taken(None, BARE, NAME, 2018, ROME) == (at, "exif", None)
    assert taken(None, CLIP, NAME, 2018, ROME) == (at, "exif", None)


def test_then_the_name_then_the_folder() -> None:
    at = datetime(2018, 1, 1, 11, tzinfo=UTC)
    assert taken(None, NONE, NAME, 2018, ROME) == (at, "filename", None)
    pixel = datetime(2023, 8, 14, 20, 11, 54, tzinfo=UTC)
    assert taken(None, NONE, "PXL_20230814_201154491.jpg", 2018, ROME)[0] == pixel
    middle = datetime(2018, 7, 1, 12, tzinfo=UTC)
    assert taken(None, NONE, "IMG_0001.jpg", 2018, ROME) == (middle, "folder", None)
    assert taken(None, NONE, "IMG_0001.jpg", 3018, ROME) == (None, "", None)
    assert taken(None, None, "IMG_0001.jpg", None, ROME) == (None, "", None)


@given(
    st.datetimes(datetime(1826, 1, 1), datetime(2100, 12, 31)),
    st.none() | st.integers(-840, 840),
    st.sampled_from([UTC, ROME, ZoneInfo("Pacific/Kiritimati")]),
)
def test_any_exif_time_becomes_utc(local: datetime, offset: int | None, zone: ZoneInfo) -> None:
    traits = Traits(mime_type="image/jpeg", taken_local=local, utc_offset_min=offset)
    found, origin, kept = taken(None, traits, "", None, zone)
    assert found is not None
    assert (found.tzinfo, origin, kept) == (UTC, "exif", offset)
