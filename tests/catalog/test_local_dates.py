"""What clocks showed, in zones that are odd."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from gphotos_search.catalog.local_dates import offsets

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
