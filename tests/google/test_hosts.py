from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.config import GoogleConfig
from gphotos_search.google.hosts import Hosts, host_of

HOSTS = Hosts.of(GoogleConfig())
LOCAL = Hosts(["127.0.0.1"], ["http://127.0.0.1:8000/"])


@pytest.mark.parametrize(
    "url",
    [
        "https://lh3.googleusercontent.com/lr/AbC_d-e=w512-h512",
        "https://LH3.GoogleUserContent.com/x",
        "https://lh3.googleusercontent.com:8443/x?y#z",
        "https://photoslibrary.googleapis.com/v1/media",
    ],
)
def test_google_hosts_are_allowed(url: str) -> None:
    assert HOSTS.allow(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://lh3.googleusercontent.com/x",
        "https://evil.example/x",
        "https://googleusercontent.com.evil.example/x",
        "https://evilgoogleusercontent.com/x",
        "https://evil.example/.googleusercontent.com",
        "https://evil.example#.googleusercontent.com",
        "https://evil.example\\@lh3.googleusercontent.com/x",
        "https://lh3.googleusercontent.com@evil.example/x",
        "https://user@lh3.googleusercontent.com/x",
        "https://lh3.googleusercontent.com\t.evil.example/x",
        "https://lh3.googleusercontent.com/a b",
        "https://lh3.googleusercontent.com./x",
        "//lh3.googleusercontent.com/x",
        "file:///etc/passwd",
        "ftp://lh3.googleusercontent.com/x",
        "https://127.0.0.1/x",
        "http://127.0.0.1/x",
        "",
    ],
)
def test_other_hosts_and_odd_spellings_are_not(url: str) -> None:
    assert not HOSTS.allow(url)


def test_http_is_for_this_machine_only_and_on_any_port() -> None:
    assert LOCAL.allow("http://127.0.0.1:9999/media/x")
    assert not LOCAL.allow("http://127.0.0.2:9999/media/x")
    assert host_of("http://[::1]:80/x") == "::1"
    assert not Hosts(["*.example.com"]).allow("http://a.example.com/x")


@given(st.text(max_size=60).map(lambda tail: f"https://{tail}"))
def test_what_we_accept_every_parser_reads_as_the_same_host(url: str) -> None:
    if host := host_of(url):
        assert urlsplit(url).hostname == host
        assert urlsplit(url).username is None
