"""The photos of an account, and the emulator as a program of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from gphotos_search.demo.emulator import Emulator, Library, make_id
from tests.conftest import photo, picture


def write_folder(folder: Path) -> Path:
    (folder / "a.jpg").write_bytes(picture("red"))
    (folder / "clip.mp4").write_bytes(b"....ftyp")
    (folder / "clip.poster.jpg").write_bytes(picture("blue"))
    items = [
        {
            "id": make_id("a"), "file": "a.jpg", "filename": "IMG_1.JPG",
            "mime_type": "image/jpeg", "taken_at": "2023-04-05T06:07:08Z", "width": 640,
            "height": 480, "camera_make": "Google", "camera_model": "Pixel 7",
            "albums": ["Winter"], "favorite": True, "latitude": 1.5, "longitude": 2.5,
            "depicts": ["snow"],
        },
        {
            "id": make_id("clip"), "file": "clip.mp4", "filename": "VID_1.mp4",
            "mime_type": "video/mp4", "taken_at": "2024-04-05T06:07:08", "width": 640,
            "height": 480, "camera_make": None, "camera_model": None, "description": "waves",
            "albums": [], "video": {"fps": 25.0, "poster": "clip.poster.jpg"},
        },
    ]  # fmt: skip
    (folder / "library.json").write_text(json.dumps({"items": items}))
    return folder


def test_a_folder_describes_an_account(tmp_path: Path) -> None:
    library = Library.from_folder(write_folder(tmp_path))
    clip, still = library
    assert (still.filename, still.albums, still.favorite) == ("IMG_1.JPG", ("Winter",), True)
    assert still.taken_at == datetime(2023, 4, 5, 6, 7, 8, tzinfo=UTC)
    assert clip.taken_at == datetime(2024, 4, 5, 6, 7, 8, tzinfo=UTC)
    assert clip.video is not None
    assert (clip.video.fps, clip.description, clip.camera_make) == (25.0, "waves", "")
    assert clip.video.poster == tmp_path / "clip.poster.jpg"


def test_ids_look_like_googles() -> None:
    assert len(make_id("a")) == 98
    assert make_id("a") == make_id("a") != make_id("b")


def test_the_order_follows_changes() -> None:
    library = Library.of([photo(n, "red") for n in range(3)])
    first, second, third = library.ids
    library.change(third, taken_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert library.ids == [third, first, second]
    library.remove(first)
    assert library.ids == [third, second]
    assert library.get(first) is None
    with pytest.raises(ValueError, match="already"):
        library.add(photo(1, "red"))


def test_a_large_account_is_listed_quickly_and_changed_safely() -> None:
    library = Library.synthetic(20_000, b"x")
    ids = library.ids
    assert len(set(ids)) == len(library) == 20_000

    def churn(part: list[str]) -> None:
        for one in part:
            library.change(one, description="changed")
            library.remove(one)

    threads = [threading.Thread(target=churn, args=(ids[n:200:4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert library.ids == ids[200:]


def test_the_emulator_runs_as_a_program(tmp_path: Path) -> None:
    client = tmp_path / "client.json"
    command = [
        sys.executable, "-m", "gphotos_search.demo.emulator",
        "--library", str(write_folder(tmp_path)), "--client-file", str(client),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert requests.get(f"{url}/v1/mediaItems", timeout=5).status_code == 401
        assert json.loads(client.read_text())["installed"]["token_uri"] == f"{url}/token"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_port_can_be_chosen_and_is_free_afterwards() -> None:
    with Emulator(Library()) as google:
        port = int(google.url.rsplit(":", 1)[1])
    with Emulator(Library(), port=port) as again:
        assert again.url == f"http://127.0.0.1:{port}"
