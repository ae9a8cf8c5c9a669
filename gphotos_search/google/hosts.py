"""Which hosts we talk to: https, or http on this machine only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

import requests

from gphotos_search.config import GoogleConfig, loopback

# Deliberately narrower than the grammar of URLs: no user part, no backslash, no blank, so that no
# two parsers can disagree about which host is meant.
_PLAIN_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?"
    r"(?:[/?#][\x21-\x5b\x5d-\x7e]*)?"
)


def host_of(url: str) -> str:
    """The host of an acceptable URL in lower case; "" for one we would never open.

    Acceptable: https to any host, http to a loopback host, spelt plainly.
    """
    match = _PLAIN_URL.fullmatch(url)
    if match is None:
        return ""
    host = match["host"].strip("[]").lower()
    return host if match["scheme"] == "https" or loopback(host) else ""


class Hosts:
    """The hosts that photos may be fetched from: google.media_hosts and the API hosts."""

    def __init__(self, patterns: Iterable[str], urls: Iterable[str] = ()) -> None:
        self._patterns = tuple(pattern.lower() for pattern in patterns)
        self._exact = frozenset(host for url in urls if (host := host_of(url)))

    @classmethod
    def of(cls, google: GoogleConfig) -> Hosts:
        return cls(google.media_hosts, (google.library_url, google.picker_url, google.drive_url))

    def allow(self, url: str) -> bool:
        """Any port; the host alone decides, and http is for this machine only."""
        host = host_of(url)
        if not host:
            return False
        return host in self._exact or any(fnmatchcase(host, p) for p in self._patterns)


class Session(requests.Session):
    """Never follows a redirect, nor reads the body of one, by itself."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002
        return None


def new_session(url: str) -> Session:
    """A session for the host of `url`; proxies are not for this machine."""
    session = Session()
    session.trust_env = not loopback(urlsplit(url).hostname or "")
    return session
