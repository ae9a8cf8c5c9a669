"""Logs to stderr for a journal or a terminal, with everything secret taken out of every line."""

from __future__ import annotations

import logging
import os
import sys
from typing import TextIO

from gphotos_search.redact import redact

SYSLOG = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7))


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
