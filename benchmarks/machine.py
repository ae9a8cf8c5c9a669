"""The machine and the versions, for the header of every table."""

from __future__ import annotations

import datetime
import os
import platform
from importlib.metadata import version
from pathlib import Path

TOLD_FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8")


def describe() -> str:
    """One line: date, processor, its vector extensions, cores, versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    fields = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    flags = set(fields.get("flags", "").split())
    name = fields.get("model name", platform.processor() or platform.machine())
    extensions = " ".join(flag for flag in TOLD_FLAGS if flag in flags) or "no vector extensions"
    packages = " ".join(f"{name} {version(name)}" for name in ("torch", "transformers", "numpy"))
    today = datetime.datetime.now(datetime.UTC).date()
    return f"{today} · {name} ({extensions}) · {os.cpu_count()} cores · {packages}\n"
