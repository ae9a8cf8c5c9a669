"""The OAuth client file that a person downloads from the Google Cloud console."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gphotos_search.errors import ConfigError
from gphotos_search.google.hosts import host_of

ADVICE = (
    'Create a client of type "Desktop app" in the Google Cloud console, download its JSON file'
    " and put it there; docs/how-to/google-client.md goes through it step by step."
)
_KEYS = ("client_id", "client_secret", "auth_uri", "token_uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An OAuth client; auth_uri and token_uri are the file's own."""

    client_id: str
    client_secret: str = field(repr=False)
    auth_uri: str
    token_uri: str

    def for_flow(self) -> dict[str, dict[str, str]]:
        """The form google-auth-oauthlib takes."""
        return {"installed": {key: getattr(self, key) for key in _KEYS}}


def load_client(path: Path) -> Client:
    """Raises ConfigError, which names the file, every problem in it and how to get a good one."""
    try:
        body = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise _unusable(path, "there is no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a JSON file"
        raise _unusable(path, f"it cannot be read: {reason}") from None
    section = _section(body)
    if section is None:
        raise _unusable(path, 'it has no "installed" section, so it is no OAuth client file')
    problems = tuple(_problems(section))
    if problems:
        raise _unusable(path, *problems)
    return Client(**{key: section[key] for key in _KEYS})


def _section(body: Any) -> dict[str, Any] | None:
    for key in ("installed", "web"):
        if isinstance(body, dict) and isinstance(body.get(key), dict):
            section: dict[str, Any] = body[key]
            return section
    return None


def _problems(section: dict[str, Any]) -> list[str]:
    problems = [f'"{key}" is missing' for key in _KEYS if not _is_text(section.get(key))]
    for key in ("auth_uri", "token_uri"):
        uri = section.get(key)
        if _is_text(uri) and not host_of(str(uri)):
            problems.append(f'"{key}" must begin with https:// (http:// only for this machine)')
    return problems


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _unusable(path: Path, *problems: str) -> ConfigError:
    return ConfigError(str(path), problems, advice=ADVICE)
