"""Find the file, read it, and report every problem at once."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gphotos_search.config.settings import SOURCE_TYPES, TABLES, Config, Setting, SourceConfig
from gphotos_search.config.values import home
from gphotos_search.errors import ConfigError, UsageError

VARIABLE = "GPHOTOS_SEARCH_CONFIG"


def find(option: str | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """Where the configuration is: `--config`, else $GPHOTOS_SEARCH_CONFIG, else the XDG folder."""
    environ = os.environ if environ is None else environ
    named = option or environ.get(VARIABLE)
    if named:
        return home(named)
    xdg = environ.get("XDG_CONFIG_HOME", "")
    # The XDG rule: a relative path there is invalid and ignored.
    folder = Path(xdg) if xdg.startswith("/") else home("~/.config")
    return folder / "gphotos-search" / "config.toml"


def load(path: Path) -> Config:
    """The validated configuration in this file.

    Raises UsageError when there is none, ConfigError with every problem found.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"There is no configuration at {path} yet.",
            advice="Make one: gphotos-search init. Or try it without an account: "
            "gphotos-search demo",
        ) from None
    except OSError as error:
        raise ConfigError(str(path), [f"cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise ConfigError(str(path), ["is not UTF-8 text"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), [f"is not valid TOML: {error}"]) from None
    return read(document, path)


def read(document: Mapping[str, Any], path: Path) -> Config:
    """One Config from parsed TOML; `path` names it and completes relative paths.

    Raises ConfigError.
    """
    reading = Reading(path.absolute().parent)
    parts: dict[str, Any] = {
        name: kind(**reading.table(name, kind, document.get(name, {})))
        for name, kind in TABLES.items()
    }
    parts["sources"] = reading.sources(document.get("sources", []))
    reading.unknown("", document, {*TABLES, "sources"})
    if reading.problems:
        raise ConfigError(str(path), reading.problems)
    return Config(**parts, file=path.absolute())


class Reading:
    """One pass over a document; `problems` fills on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def table(self, where: str, kind: type, table: object) -> dict[str, Any]:
        """The good values of a table; what is wrong with the others is noted."""
        if not isinstance(table, Mapping):
            self.problems.append(f"{where}: must be a table: write [{where}] and its settings")
            return {}
        known = settings_of(kind)
        good = {}
        for key, value in table.items():
            if key in known:
                try:
                    good[key] = self._complete(known[key].read(value))
                except ValueError as error:
                    self.problems.append(f"{where}.{key}: {error}")
        self.unknown(where, table, known)
        return good

    def _complete(self, value: object) -> object:
        if isinstance(value, Path) and not value.is_absolute():
            return self.folder / value
        return value

    def sources(self, tables: object) -> tuple[SourceConfig, ...]:
        if not isinstance(tables, list):
            self.problems.append("sources: write [[sources]], with two brackets, for each source")
            return ()
        found: list[SourceConfig] = []
        for number, table in enumerate(tables):
            source = self._source(f"sources[{number}]", table)
            if source is not None:
                if source.name in [other.name for other in found]:
                    self.problems.append(
                        f'sources[{number}].name: "{source.name}" is used by another source'
                    )
                found.append(source)
        return tuple(found)

    def _source(self, where: str, table: object) -> SourceConfig | None:
        before = len(self.problems)
        good = self.table(where, SourceConfig, table)
        given = set(table) if isinstance(table, Mapping) else set()
        kind = good.get("type")
        for name, setting in settings_of(SourceConfig).items():
            if name not in given and isinstance(table, Mapping):
                if kind in setting.required_for or setting.required_for == SOURCE_TYPES:
                    self.problems.append(f"{where}.{name}: is needed: {setting.why}")
            elif name in given and kind is not None and kind not in setting.types:
                self.problems.append(f"{where}.{name}: means nothing for a {kind} source")
        return SourceConfig(**good) if len(self.problems) == before else None

    def unknown(self, where: str, table: Mapping[str, Any], known: Iterable[str]) -> None:
        names = list(known)
        for key in table:
            if key not in names:
                path = f"{where}.{key}" if where else key
                what = "setting" if where else "table or setting"
                self.problems.append(f"{path}: no such {what}{_likely(where, key, names)}")


def _likely(where: str, key: str, names: list[str]) -> str:
    """The setting that was probably meant, also where its table's heading is missing."""
    near = get_close_matches(key, names, n=1)
    if not near:
        everywhere = {
            name: f"{table}.{name}" for table, kind in TABLES.items() for name in settings_of(kind)
        }
        exact = [everywhere[key]] if key in everywhere else []
        near = exact or (
            [] if where else [everywhere[n] for n in get_close_matches(key, everywhere, n=1)]
        )
    return f'; did you mean "{near[0]}"?' if near else ""


def settings_of(kind: type) -> dict[str, Setting]:
    """The settings of a table, by name, in the order they are written."""
    described = (each for each in fields(kind) if "setting" in each.metadata)
    return {each.name: each.metadata["setting"] for each in described}
