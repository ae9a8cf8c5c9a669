"""The body of mediaItems:search, checked as Google checks it and turned into a test of a photo."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gphotos_search.demo.emulator.store import Photo
from gphotos_search.demo.emulator.wire import Refusal

CATEGORIES = frozenset((
    "NONE", "LANDSCAPES", "RECEIPTS", "CITYSCAPES", "LANDMARKS", "SELFIES", "PEOPLE", "PETS",
    "WEDDINGS", "BIRTHDAYS", "DOCUMENTS", "TRAVEL", "ANIMALS", "FOOD", "SPORT", "NIGHT",
    "PERFORMANCES", "WHITEBOARDS", "SCREENSHOTS", "UTILITY", "ARTS", "CRAFTS", "FASHION",
    "HOUSES", "GARDENS", "FLOWERS", "HOLIDAYS",
))  # fmt: skip
OLDEST_FIRST = "MediaMetadata.creation_time"
NEWEST_FIRST = "MediaMetadata.creation_time desc"
BODY = {"albumId", "pageSize", "pageToken", "filters", "orderBy"}
FILTERS = {
    "dateFilter", "contentFilter", "mediaTypeFilter", "featureFilter",
    "includeArchivedMedia", "excludeNonAppCreatedData",
}  # fmt: skip
WITHOUT_EFFECT_ON_ORDER = {"dateFilter", "includeArchivedMedia", "excludeNonAppCreatedData"}
Test = Callable[[Photo], bool]
Date = tuple[int, int, int]


def photo_test(body: dict[str, Any], now: float) -> Test:
    """True for the photos a filtered search shows. Raises Refusal (400).

    `contentFilter` goes by `Photo.depicts`, the emulator's stand-in for Google's recognition.
    """
    _known(body, BODY)
    filters = body.get("filters") or {}
    _known(filters, FILTERS)
    if "albumId" in body:
        if filters:
            raise Refusal(400, "Album ID cannot be combined with filters.")
        return lambda _: True
    tests = [
        _by_date(filters.get("dateFilter") or {}, now),
        _by_type((filters.get("mediaTypeFilter") or {}).get("mediaTypes", [])),
        _by_content(filters.get("contentFilter") or {}),
    ]
    if "FAVORITES" in (filters.get("featureFilter") or {}).get("includedFeatures", []):
        tests.append(lambda photo: photo.favorite)
    if filters and not filters.get("includeArchivedMedia"):
        tests.append(lambda photo: not photo.archived)
    return lambda photo: all(test(photo) for test in tests)


def oldest_first(body: dict[str, Any]) -> bool:
    """The order asked for; it is allowed only beside a date filter. Raises Refusal (400)."""
    order = body.get("orderBy", "")
    if not order:
        return False
    filters = body.get("filters") or {}
    if "dateFilter" not in filters or not filters.keys() <= WITHOUT_EFFECT_ON_ORDER:
        raise Refusal(400, "orderBy works only with a date filter.")
    if order not in (OLDEST_FIRST, NEWEST_FIRST):
        raise Refusal(400)
    return bool(order == OLDEST_FIRST)


def _known(fields: dict[str, Any], names: set[str]) -> None:
    for name in fields.keys() - names:
        raise Refusal(
            400, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
        )


def _by_date(chosen: dict[str, Any], now: float) -> Test:
    dates = [_date(value) for value in chosen.get("dates", [])]
    ranges = [
        (_date(span.get("startDate", {})), _date(span.get("endDate", {})))
        for span in chosen.get("ranges", [])
    ]
    if len(dates) > 5 or len(ranges) > 5:
        raise Refusal(400, "At most 5 dates and 5 ranges are allowed.")
    for first, last in ranges:
        if [bool(part) for part in first] != [bool(part) for part in last] or first > last:
            raise Refusal(400, "A range needs two dates of the same format, in order.")
    if not dates and not ranges:
        return lambda _: True

    def test(photo: Photo) -> bool:
        taken = (photo.taken_at.year, photo.taken_at.month, photo.taken_at.day)
        if photo.taken_at.timestamp() > now:
            return False  # items dated in the future never show in date-filtered results
        return any(_masked(taken, date) == date for date in dates) or any(
            first <= _masked(taken, first) <= last for first, last in ranges
        )

    return test


def _date(value: dict[str, Any]) -> Date:
    year, month, day = (int(value.get(part, 0)) for part in ("year", "month", "day"))
    if not (0 <= month <= 12 and 0 <= day <= 31 and 0 <= year <= 9999) or not (year or month):
        raise Refusal(400, "Invalid date.")
    return year, month, day


def _masked(taken: Date, pattern: Date) -> Date:
    """The parts that the pattern gives; 0 is a wildcard."""
    year, month, day = (part if wanted else 0 for part, wanted in zip(taken, pattern, strict=True))
    return year, month, day


def _by_type(types: list[str]) -> Test:
    if len(types) > 1 or not set(types) <= {"ALL_MEDIA", "VIDEO", "PHOTO"}:
        raise Refusal(400, "Exactly one media type is allowed.")
    if not types or types == ["ALL_MEDIA"]:
        return lambda _: True
    return lambda photo: (photo.video is not None) is (types == ["VIDEO"])


def _by_content(chosen: dict[str, Any]) -> Test:
    included = set(chosen.get("includedContentCategories", [])) - {"NONE"}
    excluded = set(chosen.get("excludedContentCategories", [])) - {"NONE"}
    if len(included) > 10 or len(excluded) > 10 or not included | excluded <= CATEGORIES:
        raise Refusal(400)

    def test(photo: Photo) -> bool:
        shown = {word.upper() for word in photo.depicts}
        return (not included or bool(included & shown)) and not excluded & shown

    return test
