"""What people install holds what the program needs, and is no larger than promised."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
NEEDED = (
    "catalog/migrations/versions/0001_first.py",
    "catalog/migrations/versions/0003_sentences.py",
    "demo/LICENSES.md",
    "demo/encoder/config.json",
    "demo/encoder/model.safetensors",
    "demo/encoder/preprocessor_config.json",
    "demo/encoder/tokenizer.json",
    "demo/library/library.json",
    "google/discovery/drive.v3.json",
    "google/discovery/photoslibrary.v1.json",
    "google/discovery/photospicker.v1.json",
    "places/LICENSES.md",
    "places/data/cities.npy",
    "py.typed",
)
LARGEST = 25 << 20


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    program = f"from hatchling.build import build_wheel; build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_it_holds_everything_and_stays_small(wheel: Path) -> None:
    assert wheel.stat().st_size < LARGEST
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {f"gphotos_search/{name}" for name in NEEDED} <= names
    pictures = ROOT / "gphotos_search" / "demo" / "library"
    assert {f"gphotos_search/demo/library/{file.name}" for file in pictures.iterdir()} <= names
    assert any(name.startswith("gphotos_search/service/units/") for name in names)
    assert not any(name.startswith(("tests/", "training/", "benchmarks/")) for name in names)
