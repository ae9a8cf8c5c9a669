"""The emulated Drive answers as Google documents it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
import requests

from gphotos_search.demo.emulator import Emulator, Fault
from gphotos_search.google.scopes import DRIVE, LIBRARY
from tests.conftest import session_for

NAME = "takeout-20261101T120000Z-3-001.zip"
CONTENT = bytes(range(256)) * 40


@pytest.fixture
def file_id(google: Emulator) -> str:
    return google.drive.put(NAME, CONTENT)


def get(
    google: Emulator,
    path: str,
    *,
    scope: str = DRIVE,
    headers: dict[str, str] | None = None,
    **query: str,
) -> requests.Response:
    token = google.sign_in([scope])["access_token"] if scope else "none"
    sent = {"Authorization": f"Bearer {token}", **(headers or {})}
    return requests.get(f"{google.url}/drive/v3/{path}", params=query, headers=sent, timeout=10)


def reason(answer: requests.Response) -> tuple[int, str, str]:
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    assert "status" not in error  # the older shape
    return answer.status_code, error["errors"][0]["domain"], error["errors"][0]["reason"]


def test_without_fields_little_is_told(google: Emulator, file_id: str) -> None:
    told = {"kind": "drive#file", "id": file_id, "name": NAME, "mimeType": "application/zip"}
    assert get(google, f"files/{file_id}").json() == told
    assert get(google, "files").json()["files"] == [told]


def test_fields_and_strings(google: Emulator, file_id: str) -> None:
    fields = "id,size,md5Checksum,capabilities/canDownload"
    assert get(google, f"files/{file_id}", fields=fields).json() == {
        "id": file_id,
        "size": str(len(CONTENT)),
        "md5Checksum": hashlib.md5(CONTENT).hexdigest(),
        "capabilities": {"canDownload": True},
    }
    listed = get(google, "files", fields="files(id,size)").json()
    assert listed == {"files": [{"id": file_id, "size": str(len(CONTENT))}]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name contains 'takeout-' and trashed=false", True),
        ("name contains 'akeout'", False),  # beginnings of words only
        ("name = 'takeout-20261101T120000Z-3-001.zip'", True),
        (r"name = 'it\'s'", False),
        ("'folder-Takeout' in parents", True),
        ("'root' in parents and trashed = false", False),
        ("trashed=true", False),
    ],
)
def test_searches(query: str, found: bool, google: Emulator, file_id: str) -> None:
    assert bool(get(google, "files", q=query).json()["files"]) is found


def test_a_search_that_makes_no_sense(google: Emulator, file_id: str) -> None:
    assert reason(get(google, "files", q="name likes 'x'")) == (400, "global", "invalid")


def test_names_in_natural_order_on_pages(google: Emulator) -> None:
    for number in (10, 2, 1):
        google.drive.put(f"takeout-{number}", b"x")
    first = get(google, "files", pageSize="2", orderBy="name_natural").json()
    assert [one["name"] for one in first["files"]] == ["takeout-1", "takeout-2"]
    token = first["nextPageToken"]
    rest = get(google, "files", pageSize="2", orderBy="name_natural", pageToken=token).json()
    assert [one["name"] for one in rest["files"]] == ["takeout-10"]
    assert "nextPageToken" not in rest
    other = get(google, "files", pageSize="2", pageToken=token)
    assert reason(other) == (400, "global", "invalid")


@pytest.mark.parametrize(
    ("asked", "status", "answered", "length"),
    [
        ("", 200, None, len(CONTENT)),
        ("bytes=100-", 206, f"bytes 100-{len(CONTENT) - 1}/{len(CONTENT)}", len(CONTENT) - 100),
        ("bytes=0-9", 206, f"bytes 0-9/{len(CONTENT)}", 10),
        (f"bytes={len(CONTENT)}-", 416, f"bytes */{len(CONTENT)}", None),
    ],
)
def test_ranges(
    asked: str,
    status: int,
    answered: str | None,
    length: int | None,
    google: Emulator,
    file_id: str,
    tmp_path: Path,
) -> None:
    on_disk = tmp_path / "content"
    on_disk.write_bytes(CONTENT)
    google.drive.change(file_id, content=on_disk)
    headers = {"Range": asked} if asked else None
    answer = get(google, f"files/{file_id}", alt="media", headers=headers)
    assert (answer.status_code, answer.headers.get("Content-Range")) == (status, answered)
    if length is not None:
        start = len(CONTENT) - length if asked != "bytes=0-9" else 0
        assert answer.content == CONTENT[start : start + length]
    google.drive.ignores_range = True
    assert get(google, f"files/{file_id}", alt="media", headers=headers).status_code == 200


def test_a_replaced_file_is_another_revision(google: Emulator, file_id: str) -> None:
    fields = "md5Checksum,headRevisionId"
    before = get(google, f"files/{file_id}", fields=fields).json()
    google.drive.change(file_id, content=b"other")
    after = get(google, f"files/{file_id}", fields=fields).json()
    assert before["headRevisionId"] != after["headRevisionId"]
    assert after["md5Checksum"] == hashlib.md5(b"other").hexdigest()


def test_refusals_have_the_older_shape(google: Emulator, file_id: str) -> None:
    assert reason(get(google, "files", scope="")) == (401, "global", "authError")
    assert reason(get(google, "files", scope=LIBRARY)) == (403, "global", "insufficientPermissions")
    assert reason(get(google, "files/nobody")) == (404, "global", "notFound")
    google.faults.add(Fault(kind="drive.media", status=403, reason="downloadQuotaExceeded"))
    answer = get(google, f"files/{file_id}", alt="media")
    assert reason(answer) == (403, "usageLimits", "downloadQuotaExceeded")
    google.faults.add(Fault(kind="drive.list", status=403))
    assert reason(get(google, "files")) == (403, "usageLimits", "userRateLimitExceeded")


def test_the_person(google: Emulator) -> None:
    told = get(google, "about", fields="user(emailAddress)").json()
    assert told == {"user": {"emailAddress": google.drive.email}}
    assert reason(get(google, "about")) == (400, "global", "required")


def test_other_paths_and_methods_are_not_drive(google: Emulator, file_id: str) -> None:
    assert get(google, "files/a/b").status_code == 404
    with session_for(google) as session:
        assert session.post(f"{google.url}/drive/v3/files").status_code == 404


def test_a_slow_line(google: Emulator, file_id: str) -> None:
    google.drive.pace = len(CONTENT) * 5
    began = time.monotonic()
    assert get(google, f"files/{file_id}", alt="media").content == CONTENT
    assert 0.15 < time.monotonic() - began < 5
