"""Asks the running service; standard library only, so that an answer costs no heavy import."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from gphotos_search.config import Config
from gphotos_search.errors import (
    ConfigError,
    GphotosError,
    SignInNeeded,
    SomeFailed,
    TryLater,
    UsageError,
)
from gphotos_search.service import address
from gphotos_search.service.clock import zone
from gphotos_search.service.words import (
    DATA_DIR_HEADER,
    PROTOCOL,
    PROTOCOL_HEADER,
    ZONE_HEADER,
)

Params = Mapping[str, str | int | bool | Sequence[str] | None]

CONNECT_S = 1.0
LARGEST = 64 << 20  # bytes of an answer
# Another release, library or zone (409), a request longer than the service reads (413, 414), too
# many at once (429), a path that this release of the service does not know (404), a bug of the
# service (500): the caller can do the work by itself.
ANSWER_YOURSELF = (404, 409, 413, 414, 429, 500)


def ask(
    config: Config,
    path: str,
    params: Params | None = None,
    timeout: float = 30.0,
    *,
    method: str = "GET",
) -> dict[str, Any] | None:
    """The service's answer, or None where the caller must do the work itself.

    None: nothing listens, it is another user's, it speaks of another data folder or protocol, it
    lives in another zone (for a search, unless the configuration names one), the request is longer
    than it reads, it failed by a bug, or it did not answer within `timeout` seconds. `params` that
    are None or empty are left out; sequences repeat their name. Raises the GphotosError that the
    service met.
    """
    try:
        connection = _Connection(address.socket_path(config), timeout)
    except ConfigError:  # nobody can listen there; `service run` says so
        return None
    headers = {
        PROTOCOL_HEADER: PROTOCOL,
        DATA_DIR_HEADER: quote(address.data_dir_id(config)),
        ZONE_HEADER: quote(os.fsencode(zone())),
        "Connection": "close",
    }
    query = urlencode(_pairs(params or {}))
    try:
        connection.request(method, f"{path}?{query}" if query else path, headers=headers)
        response = connection.getresponse()
        raw = response.read(LARGEST + 1)
        answer = json.loads(raw)
    except (OSError, http.client.HTTPException, ValueError, UsageError):
        return None
    finally:
        connection.close()
    if not isinstance(answer, dict) or response.status in ANSWER_YOURSELF:
        return None
    if response.status >= 400:
        raise _error(answer)
    return answer


def _pairs(params: Params) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in params.items():
        if value is None or value is False or value == "":
            continue
        if isinstance(value, bool):
            pairs.append((name, "1"))
        elif isinstance(value, (str, int)):
            pairs.append((name, str(value)))
        else:
            pairs.extend((name, str(one)) for one in value)
    return pairs


def _error(answer: Mapping[str, Any]) -> GphotosError:
    text = str(answer.get("error", "The service refused the request."))
    advice = str(answer.get("advice", ""))
    match answer.get("exit_code"):
        case 2:
            return UsageError(text, advice=advice)
        case 3:
            return SignInNeeded(text, account=str(answer.get("account", "default")), advice=advice)
        case 4:
            return TryLater(text, advice=advice, until=_time(answer.get("until")))
        case 5:
            return SomeFailed(text, advice=advice)
        case _:
            return GphotosError(text, advice=advice)


def _time(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path
        self.answer_s = timeout

    def connect(self) -> None:
        """Raises OSError, or UsageError for what is not a socket of this user."""
        if not address.owned_by_us(self.path):
            raise ConnectionRefusedError(str(self.path))
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(min(CONNECT_S, self.answer_s))
        self.sock.connect(os.fspath(self.path))
        if not address.peer_is_us(self.sock):
            raise ConnectionRefusedError(str(self.path))
        self.sock.settimeout(self.answer_s)
