"""Nothing that opens an account or a photo reaches a log; journald gets a level on every line."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.redact import redact

token = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-", min_size=12)


@given(token)
def test_secrets_are_taken_out_wherever_they_stand(secret: str) -> None:
    secret = f"s3cr3t{secret}"
    for text in (
        f"Authorization: Bearer {secret}",
        f"headers={{'authorization': 'Bearer {secret}'}}",
        f"https://lh3.googleusercontent.com/lr/{secret}=w512-h512",
        f"https://photos.fife.usercontent.google.com/pw/{secret}",
        f"http://127.0.0.1:8765/media/{secret}=d?x={secret}",
        f"HTTPSConnectionPool(host='lh3.x', port=443): Max retries exceeded with url: /{secret}=d",
        f"GET /callback?state=1&code=4/0{secret}&scope=x",
        f"access_token={secret}&refresh_token={secret}",
        f'{{"access_token": "{secret}", "refresh_token": "{secret}"}}',
        f"{{'client_secret': '{secret}'}}",
        f"ya29.{secret} and 1//{secret} and GOCSPX-{secret}",
        f"https://photoslibrary.googleapis.com/v1/mediaItems?pageToken={secret}",
        f"https://user:{secret}@www.googleapis.com/drive/v3/files",
    ):
        assert secret not in redact(text), text


@pytest.mark.parametrize(
    "text",
    [
        "Sync ended: 12 embedded, 0 failed",
        "IMG_2024.jpg: the picture is truncated",
        "Run: gphotos-search auth login --account second",
        "https://photoslibrary.googleapis.com/v1/mediaItems answered 503",
        "See https://github.com/someone/something and https://photos.google.com",
        "listening on /run/user/1000/gphotos-search.sock",
    ],
)
def test_what_helps_stays(text: str) -> None:
    assert redact(text) == text


PROGRAM = """
import logging, os, sys
from gphotos_search.service import logs
found = os.fstat(2)
if sys.argv[1] == "journal":
    os.environ["JOURNAL_STREAM"] = f"{found.st_dev}:{found.st_ino}"
else:
    os.environ["JOURNAL_STREAM"] = "1:2"  # of the terminal that this one was started from
logs.configure()
log = logging.getLogger("gphotos_search.x")
log.info("hello %s", "Bearer abcdef")
try:
    raise ValueError("https://lh3.googleusercontent.com/lr/private")
except ValueError:
    log.exception("a bug")
logging.getLogger("urllib3").info("noise")
"""


def said(where: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, where], capture_output=True, text=True, check=True
    )
    assert "private" not in done.stderr.replace('lr/private")', "")
    return done.stderr.splitlines()


def test_the_journal_gets_levels_and_no_times() -> None:
    lines = said("journal")
    assert lines[0] == "<6>hello Bearer ..."
    assert lines[1:]
    assert all(line.startswith("<3>") for line in lines[1:])


def test_a_terminal_gets_times_and_no_levels() -> None:
    lines = said("terminal")
    assert lines[0].endswith("INFO hello Bearer ...")
    assert lines[0][:2] == "20"
