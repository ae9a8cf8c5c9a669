"""One file of the hub into its cache, going on where an earlier process was interrupted.

The hub's own client starts a file again when its process was killed (huggingface_hub 2.4 keeps no
partial files), which for weights of gigabytes on a slow line may mean never. The layout is the
hub's: blobs/<etag>, and a link to it from snapshots/<commit>/.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import requests
from huggingface_hub import get_hf_file_metadata, hf_hub_url
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

PIECE = 1 << 20
TIMEOUT_S = 30
ATTEMPTS = 5  # in a row without a new byte
SHA256 = re.compile(r"[0-9a-f]{64}")


def download(
    name: str, file: str, commit: str, storage: Path, received: Callable[[int], None]
) -> Path:
    """The file's path in the snapshot folder. `received` hears of bytes as they come.

    Bytes of an interrupted download count as received at once. Raises OSError, and whatever the
    hub's client raises for a model or file that is not to be had.
    """
    link = storage / "snapshots" / commit / file
    if link.exists():
        return link
    url = hf_hub_url(name, file, revision=commit)
    about = get_hf_file_metadata(url, timeout=TIMEOUT_S)
    if not about.etag or about.size is None or "/" in about.etag:
        raise OSError(f"the hub does not say which version of {file} it has")
    blob = storage / "blobs" / about.etag
    blob.parent.mkdir(parents=True, exist_ok=True)
    part = blob.with_name(f"{blob.name}.part")
    with part.open("ab") as out:
        fcntl.flock(out, fcntl.LOCK_EX)  # a second process waits here, then finds the blob
        if not blob.exists():
            _fill(out, url, about.size, received)
            _verify(part, about.etag)
            part.rename(blob)
        else:
            part.unlink(missing_ok=True)
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(os.path.relpath(blob, link.parent))
    return link


def _fill(out: BinaryIO, url: str, size: int, received: Callable[[int], None]) -> None:
    """Append what is missing up to `size` bytes, asking again when the connection breaks."""
    if out.tell() > size:
        _empty(out)
    received(out.tell())
    failures = 0
    while out.tell() < size:
        before = out.tell()
        try:
            _append(out, url, received)
        except (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ):
            failures = 1 if out.tell() > before else failures + 1
            if failures >= ATTEMPTS:
                raise
            time.sleep(failures)
        else:
            if out.tell() == before:
                raise OSError(f"the hub sent {before} of {size} bytes")


def _append(out: BinaryIO, url: str, received: Callable[[int], None]) -> None:
    start = out.tell()
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if start:
        headers["Range"] = f"bytes={start}-"
    # requests drops the hub's token when it is redirected to another host.
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_S) as response:
        response.raise_for_status()
        if start and response.status_code != requests.codes.partial_content:
            _empty(out)
            received(-start)
        for piece in response.iter_content(PIECE):
            out.write(piece)
            received(len(piece))
    out.flush()


def _empty(out: BinaryIO) -> None:
    out.seek(0)
    out.truncate()


def _verify(part: Path, etag: str) -> None:
    """Large files carry their SHA-256 as ETag; a file that differs is not worth keeping."""
    if not SHA256.fullmatch(etag):
        return
    with part.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != etag:
        part.unlink()
        raise OSError("what arrived is not what the hub announced; it was thrown away")
