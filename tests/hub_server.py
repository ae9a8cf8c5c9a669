"""A model hub on a loopback port, in the layout of the Hugging Face hub.

It answers what the hub's client asks for: the model's files and commit, HEAD with ETag and
X-Repo-Commit, whole files and ranges. It can also do what a network does: break a connection in
the middle, stall, or know nothing. The client reads HF_ENDPOINT when it is imported, so a test
runs it in a process of its own with `environment`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

PIECE = 1 << 18


@dataclass
class Hub:
    """Serves one folder as the repository `name`; use it as a context manager."""

    name: str
    folder: Path
    commit: str = "a" * 40
    requests: list[tuple[str, str, str]] = field(default_factory=list)  # method, file, Range
    cut_once: dict[str, int] = field(default_factory=dict)  # file → bytes before the line breaks
    stall: dict[str, int] = field(default_factory=dict)  # file → bytes before silence
    stalled: threading.Event = field(default_factory=threading.Event)
    refusal: tuple[int, str] | None = None  # status and X-Error-Code of every answer

    def __post_init__(self) -> None:
        self.resume = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Hub:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.resume.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def environment(self) -> dict[str, str]:
        return {
            "HF_ENDPOINT": f"http://127.0.0.1:{self._server.server_port}",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }

    def fetched(self) -> set[str]:
        """The files whose bytes were sent, in part or whole."""
        return {file for method, file, _ in self.requests if method == "GET" and file}

    def files(self) -> dict[str, Path]:
        found = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path for path in found}


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if hub.refusal:
                hub.requests.append(("GET", "", ""))
                self._answer(hub.refusal[0], b"{}", {"X-Error-Code": hub.refusal[1]})
            elif path.startswith("/api/models/"):
                self._api(path)
            else:
                self._file(path, send=True)

        def do_HEAD(self) -> None:
            self._file(urlsplit(self.path).path, send=False)

        def _api(self, path: str) -> None:
            hub.requests.append(("GET", "", ""))
            name, _, rest = path.removeprefix("/api/models/").partition("/revision/")
            if name != hub.name:
                self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            elif rest not in {"", "main", hub.commit}:
                self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            else:
                siblings = [
                    {"rfilename": file, "size": path.stat().st_size}
                    for file, path in hub.files().items()
                ]
                info = {"id": hub.name, "sha": hub.commit, "siblings": siblings}
                self._answer(200, json.dumps(info).encode(), {"Content-Type": "application/json"})

        def _file(self, path: str, *, send: bool) -> None:
            file = path.partition("/resolve/")[2].partition("/")[2]
            wanted = self.headers.get("Range", "")
            hub.requests.append((self.command, file, wanted))
            if file not in hub.files():
                self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
                return
            data = hub.files()[file].read_bytes()
            start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
            headers = {
                "ETag": f'"{hashlib.sha1(data).hexdigest()}"',
                "X-Repo-Commit": hub.commit,
                "Accept-Ranges": "bytes",
            }
            if wanted:
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            body = data[start:]
            self._answer(206 if wanted else 200, body if send else len(body), headers, file)

        def _answer(
            self, status: int, body: bytes | int, headers: dict[str, str], file: str = ""
        ) -> None:
            self.send_response(status)
            length = body if isinstance(body, int) else len(body)
            for key, value in {**headers, "Content-Length": str(length)}.items():
                self.send_header(key, value)
            self.end_headers()
            if isinstance(body, bytes) and self.command == "GET":
                self._send(body, file)

        def _send(self, body: bytes, file: str) -> None:
            cut, stall = hub.cut_once.pop(file, None), hub.stall.pop(file, None)
            limit = next((n for n in (cut, stall) if n is not None), len(body))
            try:
                for at in range(0, limit, PIECE):
                    self.wfile.write(body[at : min(at + PIECE, limit)])
                if stall is not None:
                    hub.stalled.set()
                    hub.resume.wait(30)
            except OSError:
                pass  # the client was killed, as a test asked for
            if limit < len(body):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Tests read `requests` instead."""

    return Handler
