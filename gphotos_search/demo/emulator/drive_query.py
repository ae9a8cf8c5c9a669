"""The search expressions of `files.list`, as far as a reader of archives needs them.

https://developers.google.com/workspace/drive/api/guides/search-files
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

_TEXT = r"'((?:[^'\\]|\\.)*)'"
_TERMS: dict[str, Callable[[File, str], bool]] = {
    rf"name contains {_TEXT}": lambda file, text: _has_prefix(file.name, text),
    rf"name ?= ?{_TEXT}": lambda file, text: file.name == text,
    rf"mimeType ?= ?{_TEXT}": lambda file, text: file.mime_type == text,
    rf"{_TEXT} in parents": lambda file, text: file.parent == text,
    r"trashed ?= ?(true|false)": lambda file, text: file.trashed is (text == "true"),
}


class File(Protocol):
    """What a search can ask about."""

    @property
    def name(self) -> str: ...
    @property
    def mime_type(self) -> str: ...
    @property
    def parent(self) -> str: ...
    @property
    def trashed(self) -> bool: ...


def matches(query: str, file: File) -> bool:
    """Whether every condition holds. Raises ValueError for a query we do not know."""
    rest, held = query.strip(), True
    while rest:
        for pattern, holds in _TERMS.items():
            found = re.match(rf"{pattern}(?:\s+and\s+(?=\S)|\s*$)", rest)
            if found:
                held = holds(file, re.sub(r"\\(.)", r"\1", found[1])) and held
                rest = rest[found.end() :]
                break
        else:
            raise ValueError(query)
    return held


def _has_prefix(name: str, text: str) -> bool:
    """`contains` finds beginnings of words only."""
    begins = rf"(?:^|[^0-9A-Za-z]){re.escape(text)}"
    return re.search(begins, name, re.IGNORECASE) is not None
