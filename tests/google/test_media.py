from __future__ import annotations

import io
import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from PIL import Image

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import Emulator, Fault, per_day, per_minute
from gphotos_search.errors import ItemFailed, LinkExpired, TryLater
from gphotos_search.google import media
from gphotos_search.google.hosts import Hosts
from gphotos_search.google.media import Downloads, is_picture
from gphotos_search.google.patience import Patience
from gphotos_search.google.quota import Budget


@pytest.fixture
def downloads(config: Config, catalog: Catalog, patience: Patience) -> Iterator[Downloads]:
    budget = Budget(catalog, "media", 1000, block=10)
    made = Downloads(Hosts.of(config.google), budget, patience)
    yield made
    made.close()
    budget.close()


@pytest.fixture
def url(google: Emulator) -> str:
    return link(google)


def link(google: Emulator, number: int = 0) -> str:
    """The baseUrl of a photo with a suffix, as a fresh listing gives it."""
    made = google._links.make(google.library.ids[number])
    return f"{made}=w512-h512"


def secret_of(url: str) -> str:
    return url.rsplit("/", 1)[1].partition("=")[0]


def test_a_picture_comes_whole_and_without_a_token(
    downloads: Downloads, google: Emulator, url: str
) -> None:
    with Image.open(io.BytesIO(downloads.fetch(url))) as image:
        image.load()
    assert [visit.bearer for visit in google.log.of("media")] == [False]


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("body", ["", "image"])
def test_a_dead_link_is_expired_whatever_its_body(
    status: int, body: str, downloads: Downloads, google: Emulator, url: str, naps: list[float]
) -> None:
    google.faults.add(Fault(kind="media", status=status, body=body))  # type: ignore[arg-type]
    with pytest.raises(LinkExpired):
        downloads.fetch(url)
    assert naps == []


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="media", effect="truncate"),
        Fault(kind="media", effect="reset"),
        Fault(kind="media", status=500, body="image"),
        Fault(kind="media", status=503),
    ],
)
def test_passing_trouble_is_tried_again(
    fault: Fault, downloads: Downloads, google: Emulator, url: str, naps: list[float]
) -> None:
    google.faults.add(fault)
    assert is_picture(downloads.fetch(url))
    assert len(naps) == 1


@pytest.mark.parametrize("effect", ["truncate", "reset"])
def test_trouble_that_stays_fails_the_item(
    effect: str, downloads: Downloads, google: Emulator, url: str, naps: list[float]
) -> None:
    google.faults.add(Fault(kind="media", effect=effect, times=None))  # type: ignore[arg-type]
    with pytest.raises(ItemFailed) as caught:
        downloads.fetch(url)
    assert not isinstance(caught.value, LinkExpired)
    assert google.log.count("media") == 5


def test_many_failures_in_a_row_are_the_hosts(
    downloads: Downloads, google: Emulator, url: str
) -> None:
    google.faults.add(Fault(kind="media", status=500, times=None))
    for _ in range(media.GIVE_UP_AFTER - 1):
        with pytest.raises(ItemFailed):
            downloads.fetch(url)
    with pytest.raises(TryLater):
        downloads.fetch(url)
    google.faults.clear()
    downloads.fetch(url)
    google.faults.add(Fault(kind="media", status=500, times=5))
    with pytest.raises(ItemFailed):
        downloads.fetch(url)


def test_a_storm_of_429_is_waited_out(
    downloads: Downloads, google: Emulator, url: str, naps: list[float]
) -> None:
    google.faults.add(per_minute("media", times=2, retry_after="45"))
    assert is_picture(downloads.fetch(url))
    assert min(naps) > 44
    google.faults.add(per_minute("media", times=None))
    with pytest.raises(TryLater):
        downloads.fetch(url)


def test_a_daily_quota_ends_the_run(
    downloads: Downloads, google: Emulator, url: str, naps: list[float]
) -> None:
    google.faults.add(per_day("media"))
    with pytest.raises(TryLater) as caught:
        downloads.fetch(url)
    assert caught.value.until is not None
    assert caught.value.until > datetime.now(UTC)
    assert naps == []


@pytest.mark.parametrize("effect", ["html", "wrong_type"])
def test_what_is_no_picture_is_refused(
    effect: str, downloads: Downloads, google: Emulator, url: str
) -> None:
    google.faults.add(Fault(kind="media", effect=effect))  # type: ignore[arg-type]
    with pytest.raises(ItemFailed, match="no picture"):
        downloads.fetch(url)


def test_a_foreign_host_is_refused_before_any_request(
    downloads: Downloads, google: Emulator
) -> None:
    for foreign in (f"{google.foreign_url}/media/x=w1-h1", "https://evil.example/x=w1-h1"):
        with pytest.raises(ItemFailed, match="leads to"):
            downloads.fetch(foreign)
    assert len(google.foreign_log) == 0


def test_a_redirect_to_a_foreign_host_is_not_followed(
    downloads: Downloads, google: Emulator, url: str
) -> None:
    google.faults.add(Fault(kind="media", effect="redirect"))
    with pytest.raises(ItemFailed, match="leads to"):
        downloads.fetch(url)
    assert len(google.foreign_log) == 0


def test_a_redirect_within_the_host_is_followed_three_times(
    downloads: Downloads, google: Emulator, url: str
) -> None:
    google.faults.add(Fault(kind="media", effect="redirect", url=google.url, times=3))
    assert is_picture(downloads.fetch(url))
    google.faults.add(Fault(kind="media", effect="redirect", url=google.url, times=None))
    with pytest.raises(ItemFailed, match="redirects"):
        downloads.fetch(url)


def test_a_picture_beyond_the_cap_is_not_read(
    downloads: Downloads, google: Emulator, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", 100)
    with pytest.raises(ItemFailed, match="too large") as caught:
        downloads.fetch(url)
    assert caught.value.permanent


def test_a_body_without_length_is_capped_too(
    catalog: Catalog, patience: Patience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "MAX_BYTES", 100_000)
    endless = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n\r\n"
    with raw_server(lambda wire: flood(wire, endless)) as server:
        downloads = Downloads(Hosts(["127.0.0.1"]), Budget(catalog, "media", 9, block=1), patience)
        with pytest.raises(ItemFailed, match="too large"):
            downloads.fetch(f"http://127.0.0.1:{server.port}/x=w1-h1")
        downloads.close()


def test_a_trickle_does_not_hold_a_thread_for_ever(
    downloads: Downloads, google: Emulator, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "WHOLE_S", -1.0)
    with pytest.raises(ItemFailed, match="slowly"):
        downloads.fetch(url)


def test_no_connection_ends_the_run(downloads: Downloads, google: Emulator, url: str) -> None:
    google.stop()
    with pytest.raises(TryLater, match="cannot be reached"):
        downloads.fetch(url)


def test_every_request_is_counted(
    config: Config, catalog: Catalog, patience: Patience, google: Emulator, url: str
) -> None:
    downloads = Downloads(Hosts.of(config.google), Budget(catalog, "media", 3, block=1), patience)
    google.faults.add(Fault(kind="media", effect="truncate"))
    downloads.fetch(url)
    downloads.fetch(url)
    with pytest.raises(TryLater, match="budget"):
        downloads.fetch(url)
    assert google.log.count("media") == 3
    downloads.close()


@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="media", status=403),
        Fault(kind="media", status=500, times=5),
        Fault(kind="media", effect="reset", times=5),
        Fault(kind="media", effect="html"),
        Fault(kind="media", effect="redirect"),
    ],
)
def test_a_link_is_never_told(
    fault: Fault,
    downloads: Downloads,
    google: Emulator,
    url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    google.faults.add(fault)
    with pytest.raises(ItemFailed) as caught:
        downloads.fetch(url)
    token = secret_of(url)
    assert len(token) > 20
    assert token not in "".join(traceback.format_exception(caught.value))
    assert token not in caplog.text


def test_neither_is_it_when_nobody_answers(
    downloads: Downloads, google: Emulator, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    google.stop()
    with pytest.raises(TryLater) as caught:
        downloads.fetch(url)
    token = secret_of(url)
    assert token not in "".join(traceback.format_exception(caught.value)) + caplog.text


class raw_server:  # noqa: N801 - used as a function
    """Accepts one connection and hands it to `talk`."""

    def __init__(self, talk: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(talk,))

    def _serve(self, talk: Callable[[socket.socket], None]) -> None:
        wire, _ = self._listener.accept()
        with wire:
            wire.recv(65536)
            talk(wire)

    def __enter__(self) -> raw_server:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._thread.join()
        self._listener.close()


def flood(wire: socket.socket, head: bytes) -> None:
    try:
        wire.sendall(head + b"\xff\xd8\xff")
        while True:
            wire.sendall(bytes(65536))
    except OSError:
        pass
