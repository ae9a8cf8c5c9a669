"""Single values: durations, addresses, hosts, names."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.config import values


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("6h", 21600),
        ("90m", 5400),
        ("2d", 172800),
        ("1h30m", 5400),
        ("1.5h", 5400),
        (" 10 s ", 10),
        ("45", 45),
        (30, 30),
        (0.5, 0.5),
    ],
)
def test_durations_are_parsed(written: object, seconds: float) -> None:
    read = values.duration(timedelta(0))
    assert read(written) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "written",
    ["", "6 hours", "h", "-6h", "6h!", "6x", True, None, [], float("nan"), "²h", -1, 1e300],
)
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError):
        values.duration(timedelta(0))(written)


def test_durations_have_bounds() -> None:
    with pytest.raises(ValueError, match="from 1m to 366d"):
        values.duration(timedelta(minutes=1))("1s")
    with pytest.raises(ValueError):
        values.duration(timedelta(0))("9" * 300 + "w")


@given(st.integers(0, 10**7))
def test_a_duration_in_words_is_read_back(seconds: int) -> None:
    length = timedelta(seconds=seconds)
    assert values.duration(timedelta(0))(values.in_words(length)) == length


@pytest.mark.parametrize(
    "url",
    [
        "https://photoslibrary.googleapis.com/",
        "http://127.0.0.1:8080/",
        "http://127.8.9.1/",
        "http://[::1]:80/v1/",
        "http://localhost:1/",
        "HTTP://LOCALHOST/",
    ],
)
def test_endpoints_that_are_safe(url: str) -> None:
    assert values.endpoint(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://127.0.0.1@example.com/",
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "http://[::2]/",
        "ftp://127.0.0.1/",
        "https://",
        "https://user:secret@example.com/",
        "https://example.com/?key=1",
        "https://example.com:99999/",
        "https://example.com:0/",
        "http://[::1/",
        "photoslibrary.googleapis.com",
        "",
        7,
    ],
)
def test_endpoints_that_are_refused(url: object) -> None:
    with pytest.raises(ValueError):
        values.endpoint(url)


def test_an_endpoint_ends_in_a_slash() -> None:
    assert values.endpoint("https://example.com/v1") == "https://example.com/v1/"


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("*.googleusercontent.com", "*.googleusercontent.com"),
        ("Lh3.GoogleUserContent.com.", "lh3.googleusercontent.com"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("localhost", "localhost"),
    ],
)
def test_media_hosts(pattern: str, host: str) -> None:
    assert values.media_hosts([pattern]) == (host,)


@pytest.mark.parametrize(
    "pattern",
    ["*", "*.com", "*.", "a.*.com", "*a.com", "a b", "https://a.com", "a.com/x", "a.com:1", "", 3],
)
def test_media_hosts_that_are_refused(pattern: object) -> None:
    with pytest.raises(ValueError):
        values.media_hosts([pattern])


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden", "", "a b", "a\0"])
def test_an_account_is_a_safe_file_name(name: str) -> None:
    with pytest.raises(ValueError):
        values.account(name)


def test_names_of_cron_and_zones_are_checked() -> None:
    assert values.cron("0 3 * * *") == "0 3 * * *"
    with pytest.raises(ValueError, match="61"):
        values.cron("61 * * * *")
    with pytest.raises(ValueError):
        values.cron("often")
    assert values.timezone("Europe/Berlin") == "Europe/Berlin"
    for wrong in ("Europe/Berln", "../../etc/passwd", "Europe"):
        with pytest.raises(ValueError, match="time zone"):
            values.timezone(wrong)


def test_a_model_folder_is_written_whole() -> None:
    assert values.model("org/name") == "org/name"
    assert values.model("~/clip") == str(values.home("~/clip"))
    with pytest.raises(ValueError, match="whole path"):
        values.model("./clip")
