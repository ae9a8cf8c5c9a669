"""What clocks showed, in zones that are odd."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from gphotos_search.catalog.local_dates import offsets, spans
from gphotos_search.media import DayRange, Filters

# Summer time that skips midnight, begins before midnight, skips a whole day, repeats midnight,
# shifts by half an hour; and none of it.
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Toronto"),
    *("Pacific/Apia", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Beirut"),
    *("Africa/Cairo", "America/Asuncion", "Pacific/Kiritimati"),
)

zones = st.sampled_from(ZONES).map(ZoneInfo)
instants = st.datetimes(
    datetime(1900, 1, 1), datetime(2040, 12, 30), timezones=st.just(UTC)
) | st.datetimes(datetime(2018, 10, 30), datetime(2018, 11, 6), timezones=st.just(UTC))


@given(instants, zones)
@example(datetime(2018, 11, 4, 3, tzinfo=UTC), ZoneInfo("America/Sao_Paulo"))
@example(datetime(2011, 12, 30, 10, tzinfo=UTC), ZoneInfo("Pacific/Apia"))
def test_the_offset_of_a_zone_at_any_instant(moment: datetime, zone: ZoneInfo) -> None:
    known = offsets(zone, moment, moment)
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    in_force = [offset for since, offset in known if since <= microseconds][-1]
    expected = moment.astimezone(zone).utcoffset()
    assert timedelta(microseconds=in_force) == expected


NOON = datetime(2015, 7, 1, 12, tzinfo=UTC)


def test_a_year_is_read_once() -> None:
    year = Filters(days=(DayRange(date(2015, 1, 1), date(2016, 1, 1)),))
    (span,) = spans(year, UTC, NOON, NOON)
    assert (span.offset, span.folder) == (0, None)
    pieces = spans(year, ZoneInfo("Europe/Berlin"), datetime(2014, 7, 1, tzinfo=UTC), NOON)
    assert all(one.end == other.start for one, other in pairwise(pieces))
    assert {piece.folder for piece in pieces} == {None}


def test_items_that_know_their_year_only_are_looked_for_in_whole_years() -> None:
    longer = Filters(days=(DayRange(date(2015, 1, 1), date(2016, 7, 1)),))
    assert [one.folder for one in spans(longer, UTC, NOON, NOON)] == [True, False]
