"""Logs to stderr for a journal or a terminal, with everything secret taken out of every line."""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import TextIO
from urllib.parse import urlsplit

SECRET_NAMES = (
    r"access_token|refresh_token|id_token|page_?token|token|code|code_verifier|client_secret"
    r"|assertion|key|password|authorization"
)
SECRETS = (
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 ..."),
    (re.compile(rf"\b({SECRET_NAMES})(=)[^&\s\"'<>,)\]}}]+", re.IGNORECASE), r"\1\2..."),
    (
        re.compile(rf"([\"'](?:{SECRET_NAMES})[\"']\s*:\s*)([\"'])[^\"']*\2", re.IGNORECASE),
        r"\1\2...\2",
    ),
    (re.compile(r"(\bwith url: )\S+"), r"\1..."),  # urllib3 splits host and path
    (re.compile(r"\bya29\.[\w.-]+|\b1//[\w-]{10,}|\bGOCSPX-[\w-]+|\b4/0[\w-]{10,}"), "..."),
)
URL = re.compile(r"\bhttps?://[^\s\"'<>]+", re.IGNORECASE)
# A baseUrl is a secret as a whole: whoever has it sees the photo. Paths are kept only where we know
# that they name a method or a page.
OPEN_HOSTS = (
    ".googleapis.com",
    ".accounts.google.com",
    ".console.cloud.google.com",
    ".developers.google.com",
    ".support.google.com",
    ".github.com",
    ".huggingface.co",
)

SYSLOG = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))


def redact(text: str) -> str:
    """`text` without tokens, codes, secrets, and paths or queries of links that open a photo."""
    text = URL.sub(lambda found: _shortened(found.group()), text)
    for pattern, kept in SECRETS:
        text = pattern.sub(kept, text)
    return text


def _shortened(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
        place = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")
    except ValueError:
        return "http://..."
    path = parts.path
    if path.strip("/") and not f".{host}".endswith(OPEN_HOSTS):
        path = "/..."
    return place + path + ("?..." if parts.query or parts.fragment else "")


class Redacting(logging.Formatter):
    """Redacts the finished text: message, arguments and traceback alike."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__("%(message)s" if journal else "%(asctime)s %(levelname)s %(message)s")
        self.journal = journal

    def format(self, record: logging.LogRecord) -> str:
        text = redact(super().format(record))
        if not self.journal:
            return text
        # sd-daemon(3): the level goes before every line, or a traceback becomes "info".
        level = next((code for least, code in SYSLOG if record.levelno >= least), 7)
        return "\n".join(f"<{level}>{line}" for line in text.splitlines() or [""])


def _is_journal(stream: TextIO) -> bool:
    # Terminals started by a user manager inherit the variable, so the stream must be the one it
    # names: systemd.exec(5), $JOURNAL_STREAM.
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{found.st_dev}:{found.st_ino}"


def configure(stream: TextIO | None = None) -> None:
    """Sends the whole process's logs to `stream` (stderr), replacing what was set up before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(Redacting(journal=_is_journal(handler.stream)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("gphotos_search").setLevel(logging.INFO)
    logging.captureWarnings(True)
