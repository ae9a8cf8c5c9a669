"""Imports point one way, and nothing heavy loads before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gphotos_search

ROOT = Path(gphotos_search.__file__).parent

# Lower layers never import higher ones; the first prefix that matches a module names its layer.
LAYERS = (
    ("demo.run", 4),
    ("demo", 4),
    ("service", 4),
    ("cli", 4),
    ("app", 3),
    ("round", 3),
    ("preview", 3),
    ("status", 3),
    ("remembered", 3),
    ("reminders", 3),
    ("forgetting", 3),
    ("imports", 3),
    ("features", 3),
    ("originals", 2),
    ("linking", 2),
    ("picking", 3),
    ("models", 3),
    ("precision", 3),
    ("trial", 3),
    ("refill", 3),
    ("switching", 3),
    ("searching", 3),
    ("sources.base", 1),
    ("encoders.base", 1),
    ("engines.base", 1),
    ("files", 1),
    ("takeout", 1),
    ("places.locate", 2),
    ("places", 1),
    ("catalog", 1),
    ("google", 2),
    ("sources", 2),
    ("intake", 2),
    ("encoders", 2),
    ("engines", 2),
    ("sync", 2),
    ("embed", 2),
    ("search", 2),
    ("index", 2),
    ("improving", 3),
    ("live", 2),
    ("manifest", 2),
    ("renamed", 2),
)
NOUNS = ("media", "errors", "lock", "progress", "parts", "config", "redact", "probes", "timings")


def layer(module: str) -> int:
    name = module.removeprefix("gphotos_search").lstrip(".")
    for prefix, number in LAYERS:
        if name == prefix or name.startswith(f"{prefix}."):
            return number
    assert name == "" or name.split(".")[0] in NOUNS, f"{module} has no layer: add it to the map"
    return 0


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" not in path.parts:
            parts = path.relative_to(ROOT.parent).with_suffix("").parts
            yield ".".join(parts).removesuffix(".__init__"), path


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module, path", list(modules()), ids=str)
def test_imports_point_down(module: str, path: Path) -> None:
    known = dict(modules())
    for imported in imports(path):
        if imported in known and imported != "gphotos_search":
            assert layer(imported) <= layer(module), f"{module} imports {imported}"


def test_the_nouns_import_nothing_of_ours() -> None:
    ours = [name for name in imports(ROOT / "media.py") if name.startswith("gphotos_search")]
    assert ours == []


@pytest.mark.parametrize("words", [["--help"], ["search", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from gphotos_search.cli.main import main\n"
        f"sys.argv = ['gphotos-search', *{words!r}]\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "heavy = {'torch', 'transformers', 'numpy', 'sqlalchemy', 'faiss', 'PIL'}\n"
        "print('loaded:', sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith("loaded: []"), done.stdout
