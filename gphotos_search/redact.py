"""Text without secrets: for logs, and for the tracebacks that people paste into reports."""

from __future__ import annotations

import re
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
