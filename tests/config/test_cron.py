"""Cron fields mean what cron means by them."""

from __future__ import annotations

import pytest

from gphotos_search.config.cron import parse


def test_expands_lists_ranges_steps_and_names() -> None:
    cron = parse("*/20 1-9/4,23 1,15 jan-mar Mon-Fri")
    assert cron.minutes == (0, 20, 40)
    assert cron.hours == (1, 5, 9, 23)
    assert cron.days == (1, 15)
    assert cron.months == (1, 2, 3)
    assert cron.weekdays == (1, 2, 3, 4, 5)
    assert cron.either_day


def test_sunday_is_zero_and_seven() -> None:
    assert parse("0 3 * * 0").weekdays == parse("0 3 * * 7").weekdays == (0,)
    assert parse("0 3 * * 5-7").weekdays == (0, 5, 6)


def test_a_step_without_an_end_goes_on_to_the_last_value() -> None:
    assert parse("50/5 * * * *").minutes == (50, 55)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "0 3 * *",
        "0 3 * * * *",
        "60 3 * * *",
        "0 24 * * *",
        "0 3 0 * *",
        "0 3 * 13 *",
        "0 3 * * 8",
        "0 3 30 2 *",
        "*/0 * * * *",
        "5-1 * * * *",
        "a * * * *",
        "-1 * * * *",
        "1- * * * *",
        "1/ * * * *",
        "1,,2 * * * *",
        "² * * * *",
    ],
)
def test_refuses_what_cron_would_not_run(expression: str) -> None:
    with pytest.raises(ValueError):
        parse(expression)
