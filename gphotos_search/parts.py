"""A name in the config becomes the module of that name in sources/, encoders/ or engines/."""

from __future__ import annotations

from importlib import import_module, util
from pkgutil import iter_modules
from types import ModuleType

from gphotos_search.errors import UsageError


def names(kind: str) -> tuple[str, ...]:
    """The parts of a kind ("sources", "encoders", "engines") that this release ships."""
    package = import_module(f"gphotos_search.{kind}")
    found = (module.name for module in iter_modules(package.__path__))
    return tuple(sorted(name for name in found if name != "base" and not name.startswith("_")))


def load(kind: str, name: str) -> ModuleType:
    """The module of one part. Raises UsageError for a name this release does not ship."""
    if not name.isidentifier() or util.find_spec(f"gphotos_search.{kind}.{name}") is None:
        known = ", ".join(names(kind))
        raise UsageError(f'This release has no "{name}" among its {kind}; it has: {known}.')
    return import_module(f"gphotos_search.{kind}.{name}")
