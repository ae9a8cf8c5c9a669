"""HTTP over a unix socket: reads requests strictly, within limits, and hands them to the Api."""

from __future__ import annotations

import json
import logging
import socket
import socketserver
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any

from gphotos_search.service.api import Api, Reply, refusal

BODY_MAX = 64 << 10
AT_ONCE = 32  # requests in progress; one person's terminal and scripts stay far below
READ_S = 10.0  # a client that sends nothing does not hold its place for longer
TURN_AWAY_S = 0.2
POLL_S = 0.1

log = logging.getLogger(__name__)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves on a socket that listens already; `stop` leaves requests in progress alone."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, listener: socket.socket, api: Api) -> None:
        super().__init__("", _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.api = api
        self._busy = 0
        self._counting = threading.Lock()
        self._thread = threading.Thread(
            target=self.serve_forever, args=(POLL_S,), name="http", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def free(self) -> bool:
        """Whether no request is in progress."""
        return self._busy == 0

    def stop(self) -> None:
        """No new requests; what is in progress goes on. The socket stays its owner's to close."""
        self.shutdown()
        self._thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread a request, up to a bound."""
        with self._counting:
            place = self._busy < AT_ONCE
            self._busy += place
        if place:
            super().process_request(request, client_address)
            return
        _turn_away(request)
        self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Frees the place, whatever happened."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._counting:
                self._busy -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not an event; the rest is a bug."""
        error = sys.exception()
        if not isinstance(error, OSError):
            log.error("A request from %s met a bug", client_address or request, exc_info=error)


def _turn_away(request: socket.socket) -> None:
    body = _encoded(refusal(429, "Too many requests at once.", "Ask again in a moment.", 4))
    head = f"HTTP/1.1 429 Too Many Requests\r\nContent-Length: {len(body)}\r\n\r\n"
    request.settimeout(TURN_AWAY_S)
    try:
        request.recv(BODY_MAX)  # closed with its request unread, the client would see a reset
        request.sendall(head.encode() + body)
    except OSError:
        log.debug("A client that was turned away had left already")


def _encoded(reply: Reply) -> bytes:
    if isinstance(reply.body, bytes):
        return reply.body
    try:
        return json.dumps(reply.body, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:  # the bytes of a file's name are no text; JSON can escape them
        return json.dumps(reply.body).encode() + b"\n"


class _Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    default_request_version = (
        "HTTP/1.0"  # what has no version is answered with headers all the same
    )
    server_version = "gphotos-search"
    sys_version = ""
    timeout = READ_S

    def _serve(self) -> None:
        self.close_connection = True  # one request a connection: nothing left to misread
        body = self._read_body()
        if isinstance(body, Reply):
            self._send(body)
        else:
            self._send(self.server.api.reply(self.command, self.path, self._plain(), body))

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815

    def _plain(self) -> dict[str, str]:
        return {name.title(): value for name, value in self.headers.items()}

    def _read_body(self) -> Reply | bytes:
        """Read even where no body is needed, so that clients can finish."""
        if "Transfer-Encoding" in self.headers:
            return refusal(411, "A request says how long its body is.")
        length = self.headers.get("Content-Length", "0").strip()
        if not (length.isascii() and length.isdigit()):
            return refusal(400, "Content-Length is not a number.")
        if len(length) > 9 or int(length) > BODY_MAX:
            return refusal(413, f"A request's body has at most {BODY_MAX} bytes.")
        return self.rfile.read(int(length))

    def _send(self, reply: Reply) -> None:
        body = _encoded(reply)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        plain = isinstance(reply.body, bytes)
        kind = "application/octet-stream" if plain else "application/json; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The standard library's own refusals (lines too long, nonsense), as JSON."""
        self.close_connection = True
        status = 405 if code == HTTPStatus.NOT_IMPLEMENTED else code
        self._send(refusal(status, message or HTTPStatus(status).phrase, explain or ""))

    def address_string(self) -> str:
        """Unix sockets have no address."""
        return "local"

    def log_message(self, format: str, *args: Any) -> None:
        """Queries are private: they are not logged."""
