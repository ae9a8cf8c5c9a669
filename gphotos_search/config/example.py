"""A configuration as text: every setting with its value and one line of why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from gphotos_search.config.reading import settings_of
from gphotos_search.config.settings import TABLES, Config, Setting, SourceConfig

HEAD = """\
# gphotos-search reads this file from --config, else $GPHOTOS_SEARCH_CONFIG, else
# $XDG_CONFIG_HOME/gphotos-search/config.toml (~/.config where that is not set).
# Durations are written "90m", "6h" or "2d"; "~" is your home; other relative paths start here.
"""
FIRST_SOURCE = {"name": "photos", "type": "google_library"}
COLUMN = 44  # where remarks begin, when the setting leaves room


def whole_example() -> str:
    """config.example.toml: every setting, active, with its default."""
    parts = [HEAD]
    for name, kind in TABLES.items():
        lines = [_line(key, known.raw, known.why) for key, known in settings_of(kind).items()]
        parts.append("\n".join([_heading(kind), f"[{name}]", *lines]) + "\n")
    parts.append(_source(FIRST_SOURCE))
    return "\n".join(parts)


def first_config(chosen: Mapping[str, Mapping[str, Any]]) -> str:
    """What `init` writes: the chosen values active, every other setting as a remark.

    `chosen` holds TOML values by table and setting; defaults may so improve in later releases.
    """
    parts = [HEAD]
    for name, kind in TABLES.items():
        mine = chosen.get(name, {})
        lines = list(_chosen_lines(settings_of(kind), mine))
        parts.append("\n".join([_heading(kind), f"[{name}]", *lines]) + "\n")
    parts.append(_source(FIRST_SOURCE))
    return "\n".join(parts)


def _chosen_lines(known: Mapping[str, Setting], mine: Mapping[str, Any]) -> Iterator[str]:
    for key, setting in known.items():
        if key in mine:
            yield _line(key, mine[key], setting.why)
        else:
            yield "# " + _line(key, setting.raw, setting.why)


def _source(values: Mapping[str, Any]) -> str:
    """A [[sources]] table; what has no place in it is a remark."""
    lines = [_heading(SourceConfig) + " Repeat the table for another one.", "[[sources]]"]
    for key, setting in settings_of(SourceConfig).items():
        if key in values:
            lines.append(_line(key, values[key], setting.why))
        else:
            lines.append(
                "# " + _line(key, "…" if setting.raw is None else setting.raw, setting.why)
            )
    return "\n".join(lines) + "\n"


def _heading(kind: type) -> str:
    return f"# {(kind.__doc__ or '').strip()}"


def _line(key: str, value: Any, why: str) -> str:
    return f"{f'{key} = {toml(value)}':<{COLUMN}}  # {why}"


def toml(value: Any) -> str:
    """A value as TOML writes it. JSON strings, numbers and lists are TOML too, but for DEL."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def reference() -> str:
    """The tables of docs/reference/config.md."""
    assert {each.name for each in fields(Config)} == {*TABLES, "sources", "file"}
    parts = []
    for name, kind in {**TABLES, "[sources]": SourceConfig}.items():
        rows = [
            f"| `{key}` | {_default(known)} | {known.why} |"
            for key, known in settings_of(kind).items()
        ]
        head = [f"### `[{name}]`", "", (kind.__doc__ or "").strip(), ""]
        parts.append("\n".join([*head, "| setting | default | |", "|---|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _default(known: Setting) -> str:
    if known.raw is None:
        return "needed" if known.required_for else ""
    return f"`{toml(known.raw)}`"
