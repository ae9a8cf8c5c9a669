"""The end of a sign-in: a browser comes back to this machine with Google's answer.

google-auth-oauthlib has a server for this too, but it serves exactly one connection, and browsers
open spare ones and ask for icons; ours waits for the answer itself.
"""

from __future__ import annotations

import hmac
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs, urlsplit

from gphotos_search.errors import UsageError

PAGE = (
    '<!doctype html><meta charset="utf-8"><title>gphotos-search</title>'
    "<p>Google's answer has arrived. You can close this page; the terminal says how it went.</p>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Google sent back: a code to exchange, or an error in Google's words."""

    state: str
    code: str = ""
    error: str = ""

    def belongs_to(self, state: str) -> bool:
        return hmac.compare_digest(self.state.encode(), state.encode())


class Receiver:
    """Listens on a loopback port while it is entered; `url` is where the browser must end."""

    def __init__(self, port: int = 0) -> None:
        """Port 0 takes any free one. Raises UsageError when the port cannot be had."""
        try:
            self._server = _Server(("127.0.0.1", port), _Handler)
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"Port {port} of this machine cannot be used: {_reason(error)}.",
                advice="Choose another one with --port, or leave it out.",
            ) from None
        self.port: int = self._server.server_address[1]
        self.url = f"http://localhost:{self.port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, timeout_s: float) -> Answer | None:
        """The first answer that comes, None when none does in time."""
        try:
            return self._server.answers.get(timeout=timeout_s)
        except queue.Empty:
            return None


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.answers: queue.Queue[Answer] = queue.Queue()
        super().__init__(address, handler)


class _Handler(BaseHTTPRequestHandler):
    timeout = 30  # a spare connection says nothing for ever
    server: _Server

    def do_GET(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        first = {key: values[0] for key, values in query.items()}
        if "code" not in first and "error" not in first:
            self.send_error(404)
            return
        body = PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.server.answers.put(
            Answer(first.get("state", ""), first.get("code", ""), first.get("error", ""))
        )

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the request line holds the code."""


def _reason(error: OSError | OverflowError) -> str:
    """The system's words without its number."""
    return getattr(error, "strerror", None) or str(error)
