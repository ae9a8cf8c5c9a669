"""A line typed at the prompt as the arguments that a shell would have passed. Pure.

Quotation marks stay on words of the query, where they mean "exactly this"; a shell would have taken
them off. On the value of an option they only keep its words together.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gphotos_search.cli.argv import SEARCH, Options, arrange

QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»"}
# In single quotes, which a shell takes off: only round a whole argument, else an apostrophe.
SINGLE = re.compile(r"'([^']*)'(?=\s|$)")


def arguments(line: str) -> list[str]:
    """The line parted at spaces that stand in no quotes; a quote that is never closed reaches to
    the end. Quotation marks stay."""
    parts: list[str] = []
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
        elif whole := SINGLE.match(line, at):
            parts.append(whole[1])
            at = whole.end()
        else:
            end = _end(line, at)
            parts.append(line[at:end])
            at = end
    return parts


def _end(line: str, at: int) -> int:
    """Where the argument that begins at `at` is over."""
    while at < len(line) and not line[at].isspace():
        closing = QUOTES.get(line[at])
        if closing is not None:
            closed = [place for mark in {closing, "”"} if (place := line.find(mark, at + 1)) > 0]
            at = min(closed, default=len(line) - 1)
        at += 1
    return at


def for_search(parts: Sequence[str], options: Options) -> tuple[list[str], list[str]]:
    """Arguments for the search command of click, and words that look like a misspelt option.

    Raises UsageError for an option without its value.
    """
    plain: list[str] = []
    for number, part in enumerate(parts):
        before = parts[number - 1] if number else ""
        valued = before in options.valued and "--" not in parts[:number]
        joined = part.partition("=")[0] in options.valued
        plain.append(_unquoted(part) if valued or joined else part)
    arranged = arrange([SEARCH, *plain], (), Options((), ()), options)
    return arranged.argv[1:], arranged.doubtful


def _unquoted(part: str) -> str:
    marks = {*QUOTES, *QUOTES.values()}
    return "".join(letter for letter in part if letter not in marks)
