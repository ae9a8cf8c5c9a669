"""`include` and `exclude` of a folder source: patterns like those of a .gitignore.

    *.gif           a name, at any depth
    private         a file or folder of this name, and everything in it
    2019/*/raw      with a slash inside: a path from the root of the source
    /raw            the same for a single name
    drafts/         folders only
    **/cache, a/**  any number of folders

`*` and `?` stop at "/", `[abc]` and `[!abc]` are sets. Upper and lower case are one, and so are the
ways of writing an accent. There is no "!": what is to be left in goes to `include`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


class Patterns:
    """Several patterns asked at once. An empty one matches nothing."""

    def __init__(self, patterns: Iterable[str]) -> None:
        rules = [_regex(unicodedata.normalize("NFC", one)) for one in patterns if one.strip("/ ")]
        self._rule = re.compile("|".join(rules), re.IGNORECASE | re.DOTALL) if rules else None

    def __bool__(self) -> bool:
        return self._rule is not None

    def match(self, path: str) -> bool:
        """Of a relative NFC path; a folder's ends with "/". True also below a matched folder."""
        return self._rule is not None and self._rule.match(path) is not None


def _regex(pattern: str) -> str:
    folders_only = pattern.endswith("/")
    body = pattern.strip("/")
    anchored = "/" in body or pattern.startswith("/")
    end = "/" if folders_only else "(?:/|$)"
    return ("" if anchored else "(?:.*/)?") + _glob(body) + end


def _glob(body: str) -> str:
    out, at = "", 0
    while at < len(body):
        closing = body.find("]", at + 2)
        if body.startswith("**/", at):
            out, at = out + "(?:.*/)?", at + 3
        elif body.startswith("**", at):
            out, at = out + ".*", at + 2
        elif body[at] == "[" and closing > 0:
            out, at = out + _set(body[at + 1 : closing]), closing + 1
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(body[at]) or re.escape(body[at])
            at += 1
    return out


def _set(inside: str) -> str:
    """What stands between brackets. A range that runs backwards holds nothing, as in a shell."""
    negated = inside[0] in "!^" and len(inside) > 1
    inside = inside[1:] if negated else inside
    out, at = "", 0
    while at < len(inside):
        ranged = inside[at + 1 : at + 2] == "-" and at + 2 < len(inside)
        first, last = inside[at], inside[at + 2 if ranged else at]
        if first <= last:
            out += re.escape(first) + (f"-{re.escape(last)}" if ranged else "")
        at += 3 if ranged else 1
    if negated:
        return f"[^/{out}]"
    return f"[{out}]" if out else "(?!)"
