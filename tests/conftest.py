"""A small account and everything that leads to it."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from hypothesis import settings
from PIL import Image

from gphotos_search.config import Config, GoogleConfig, SourceConfig, StorageConfig
from gphotos_search.demo.emulator import READ_SCOPE, Emulator, Library, Photo, Video, make_id
from gphotos_search.demo.emulator.oauth import CLIENT_ID, CLIENT_SECRET

# A busy machine is not a failure; and no test's request leaves by a proxy of this machine.
# The same examples each time, so that a change is judged by itself; `make test-long` draws others.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("drawn", deadline=None, print_blob=True)
settings.load_profile("same")
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,127.0.0.2,localhost"

COLOURS = {
    "red": (220, 30, 30),
    "green": (30, 180, 60),
    "blue": (30, 60, 210),
    "yellow": (240, 220, 40),
    "black": (10, 10, 10),
    "white": (245, 245, 245),
}
NEWEST = datetime(2024, 6, 30, 12, tzinfo=UTC)


def picture(
    colour: str | tuple[int, int, int], size: tuple[int, int] = (640, 480), kind: str = "JPEG"
) -> bytes:
    """One flat colour as the bytes of a picture file."""
    out = io.BytesIO()
    Image.new("RGB", size, COLOURS.get(colour, colour) if isinstance(colour, str) else colour).save(
        out, kind
    )
    return out.getvalue()


def photo(number: int, colour: str, size: tuple[int, int] = (640, 480)) -> Photo:
    """`number` days older than NEWEST, with an id shaped like Google's."""
    return Photo(
        id=make_id(f"{number} {colour}"),
        content=picture(colour, size),
        filename=f"IMG_{number:04d}.JPG",
        taken_at=NEWEST - timedelta(days=number),
        width=size[0],
        height=size[1],
        camera_make="Google",
        camera_model="Pixel 7",
        depicts=(colour,),
    )


@pytest.fixture
def photos() -> list[Photo]:
    """Six pictures and a video, newest first; colours and sizes differ."""
    pictures = [
        photo(number, colour, (320 + 64 * number, 480 - 32 * number))
        for number, colour in enumerate(COLOURS)
    ]
    clip = Photo(
        id=make_id("clip"),
        content=b"\0\0\0\x18ftypmp42" + bytes(2000),
        filename="VID_0007.MP4",
        mime_type="video/mp4",
        taken_at=NEWEST - timedelta(days=7),
        width=1280,
        height=720,
        video=Video(poster=picture((200, 90, 200), (1280, 720))),
    )
    return [*pictures, clip]


@pytest.fixture
def google(photos: list[Photo]) -> Iterator[Emulator]:
    """A started account that holds `photos`, without quirks or faults."""
    with Emulator(Library.of(photos)) as emulator:
        yield emulator


@pytest.fixture
def client_file(google: Emulator, tmp_path: Path) -> Path:
    return google.write_client_file(tmp_path / "client_secret.json")


@pytest.fixture
def credentials(google: Emulator) -> Credentials:
    """Signed in already, with a token that can be refreshed."""
    return credentials_for(google)


@pytest.fixture
def config_for() -> Callable[[Emulator, Path], Config]:
    """config_for(google, tmp_path): a Config that leads every request to the emulator."""
    return build_config


@pytest.fixture
def config(google: Emulator, tmp_path: Path) -> Config:
    return build_config(google, tmp_path)


def credentials_for(google: Emulator, *scopes: str) -> Credentials:
    """What a sign-in with these scopes would have stored; by default the one we read with."""
    asked = list(scopes or (READ_SCOPE,))
    answer = google.sign_in(asked)
    return Credentials(  # type: ignore[no-untyped-call]
        answer["access_token"],
        refresh_token=answer["refresh_token"],
        token_uri=f"{google.url}/token",
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        scopes=asked,
    )


def session_for(google: Emulator) -> requests.Session:
    """Signed in: sends the bearer, refreshes it at a 401."""
    session: requests.Session = AuthorizedSession(credentials_for(google))  # type: ignore[no-untyped-call]
    return session


@pytest.fixture
def session(google: Emulator) -> Iterator[requests.Session]:
    with session_for(google) as opened:
        yield opened


def build_config(google: Emulator, folder: Path) -> Config:
    """One google_library source called "photos"; nothing in it leads outside this machine."""
    return Config(
        storage=StorageConfig(data_dir=folder / "data"),
        google=GoogleConfig(
            client_secret=google.write_client_file(folder / "client_secret.json"),
            library_url=f"{google.url}/",
            picker_url=f"{google.url}/picker/",
            drive_url=f"{google.url}/drive/v3/",
            media_hosts=(google.media_host,),
        ),
        sources=(SourceConfig(name="photos", type="google_library"),),
    )
