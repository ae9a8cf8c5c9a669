"""The service's answers: method, path and parameters in, status and JSON out. Knows no sockets."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from gphotos_search import __version__
from gphotos_search.errors import GphotosError, SignInNeeded, TryLater, UsageError
from gphotos_search.search.answer import instant, with_warnings
from gphotos_search.search.query import from_params
from gphotos_search.service import words
from gphotos_search.service.address import data_dir_id
from gphotos_search.service.base import AnswerTerminal
from gphotos_search.service.clock import zone
from gphotos_search.service.current import Current
from gphotos_search.service.indexer import Indexer
from gphotos_search.service.words import (
    DATA_DIR_HEADER,
    PROTOCOL,
    PROTOCOL_HEADER,
    ZONE_HEADER,
)

ROUTES = {
    "/v1/search": "GET",
    "/v1/status": "GET",
    "/v1/health": "GET",
    "/v1/sync": "POST",
    words.TERMINAL_PATH: "POST",
}
SEARCHES = ("/v1/search", words.TERMINAL_PATH)
STATUS_OF = {2: 400, 3: 403, 4: 503, 5: 422}  # exit code -> HTTP
BUG = 500

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: JSON, or bytes as they are; `headers` besides the usual ones."""

    status: int
    body: Mapping[str, Any] | bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def refusal(status: int, error: str, advice: str = "", exit_code: int = 2) -> Reply:
    """An error as every path tells it."""
    return Reply(status, {"error": error, "advice": advice, "exit_code": exit_code})


class Api:
    """Answers from many threads at once."""

    def __init__(
        self, current: Current, indexer: Indexer, terminal: AnswerTerminal | None = None
    ) -> None:
        self.current, self.indexer = current, indexer
        self._answer_terminal = terminal
        self._zone = zone()  # what this process keeps to, whatever the machine is set to later
        self.started = time.monotonic()
        self.last_query = self.started  # monotonic; for service.idle_exit

    def reply(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes = b""
    ) -> Reply:
        """Never raises: trouble becomes an error reply, a bug is logged with its traceback."""
        try:
            return self._mismatch(headers, target) or self._routed(method, target, body)
        except GphotosError as error:
            return _trouble(error)
        except Exception:
            log.exception("A request met a bug: %s %s", method, target.partition("?")[0])
            advice = "The traceback is in the service's log."
            return refusal(BUG, "The service met a bug of its own.", advice, exit_code=1)

    def _mismatch(self, headers: Mapping[str, str], target: str) -> Reply | None:
        # curl sends none of these headers and is answered.
        protocol = headers.get(PROTOCOL_HEADER, PROTOCOL)
        if protocol != PROTOCOL:
            return refusal(409, f"This service speaks protocol {PROTOCOL}, not {protocol[:20]}.")
        served = data_dir_id(self.current.config)
        if unquote(headers.get(DATA_DIR_HEADER, served)) != served:
            return refusal(409, f"This service serves another library, the one in {served}.")
        theirs = unquote(headers.get(ZONE_HEADER, self._zone))
        searches = target.partition("?")[0] in SEARCHES
        if searches and theirs != self._zone and not self.current.config.search.timezone:
            # Their "yesterday", and their days and years, are others.
            return refusal(409, f"This service lives in another time zone, {self._zone}.")
        return None

    def _routed(self, method: str, target: str, body: bytes) -> Reply:
        path, _, query = target.partition("?")
        if (wrong := _misrouted(method, path)) is not None:
            return wrong
        params = _params(query)
        match path:
            case "/v1/search":
                return self._search(params)
            case "/v1/status":
                return self._status()
            case "/v1/sync":
                return self._sync()
            case words.TERMINAL_PATH:
                return self._terminal(body)
            case _:
                return self._health()

    def _search(self, params: Mapping[str, list[str]]) -> Reply:
        self.last_query = time.monotonic()
        with self.current.use() as (_, work):
            answer = work.ask(from_params(params))
        self.last_query = time.monotonic()
        return Reply(200, with_warnings(answer))

    def _terminal(self, body: bytes) -> Reply:
        self.last_query = time.monotonic()
        printed = None
        if self._answer_terminal is not None:
            with self.current.use() as (config, work):
                printed = self._answer_terminal(body, config, work)
        self.last_query = time.monotonic()
        if printed is None:
            return refusal(409, "This is not answered here.")
        return Reply(200, printed)

    def _status(self) -> Reply:
        with self.current.use() as (_, work):
            return Reply(200, {**work.status(), "service": self._about()})

    def _sync(self) -> Reply:
        started = self.indexer.sync_now()
        return Reply(202, {"started": started, **self.indexer.state(), "syncing": True})

    def _health(self) -> Reply:
        return Reply(200, {"ok": True, **self._about()})

    def _about(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "protocol": PROTOCOL,
            "pid": os.getpid(),
            "data_dir": data_dir_id(self.current.config),
            "uptime_s": round(time.monotonic() - self.started, 1),
            **self.indexer.state(),
        }


def _misrouted(method: str, path: str) -> Reply | None:
    wanted = ROUTES.get(path)
    if wanted is None:
        return refusal(404, f"There is no such path; there are: {', '.join(sorted(ROUTES))}.")
    if method != wanted:
        reply = refusal(405, f"{path} is asked by {wanted}.")
        return Reply(reply.status, reply.body, {"Allow": wanted})
    return None


def _params(query: str) -> dict[str, list[str]]:
    try:
        # The line of a request has its own limit, so there is none for the number of words.
        return parse_qs(query, keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise UsageError("The request's parameters are not percent-encoded UTF-8.") from error


def _trouble(error: GphotosError) -> Reply:
    status = STATUS_OF.get(error.exit_code, BUG)
    body: dict[str, Any] = {
        "error": str(error),
        "advice": error.advice,
        "exit_code": error.exit_code,
    }
    if isinstance(error, SignInNeeded):
        body["account"] = error.account
    if isinstance(error, TryLater) and error.until is not None:
        body["until"] = instant(error.until)
    return Reply(status, body)
