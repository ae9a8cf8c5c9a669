"""Which processor runs the image tower, and in which precision. Imports torch only when needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gphotos_search.errors import ConfigError

if TYPE_CHECKING:
    import torch

BATCH = {"cpu": 16, "mps": 32, "cuda": 128}  # pictures; larger ones leave a CPU's second cache
BF16_FLAGS = {"amx_bf16", "avx512_bf16", "bf16"}  # x86 twice, and 64-bit ARM


def device_name(asked: str) -> str:
    """ "cpu", "cuda" or "mps". Raises ConfigError when the one asked for is not there."""
    if asked == "cpu" or (asked == "auto" and not accelerator_possible()):
        return "cpu"
    import torch

    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if asked == "auto":
        return next((name for name, there in present.items() if there), "cpu")
    if not present.get(asked.partition(":")[0], False):
        raise ConfigError(
            "configuration",
            [f'model.device: this machine has no "{asked}" that torch {torch.__version__} can use'],
            advice='Set model.device to "auto" or "cpu".',
        )
    return asked


def accelerator_possible() -> bool:
    """Cheap signs of a GPU, so that a machine without one never imports torch to learn it."""
    drivers = ("/proc/driver/nvidia/version", "/dev/dxg", "/dev/kfd")
    return sys.platform == "darwin" or any(Path(driver).exists() for driver in drivers)


def bf16_possible(asked: str) -> bool:
    """Whether bfloat16 could be fast on the device asked for; measuring it costs a tower."""
    if asked in {"auto", "cuda"} and accelerator_possible() and sys.platform != "darwin":
        import torch

        if torch.cuda.is_available():
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return asked in {"auto", "cpu"} and bool(BF16_FLAGS & cpu_flags())


def cpu_flags(source: Path = Path("/proc/cpuinfo")) -> set[str]:
    """The first processor's feature flags; empty where the system does not list them."""
    try:
        with source.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if line.startswith(("flags", "Features")):
                    return set(line.partition(":")[2].split())
    except OSError:
        pass
    return set()


def dtype(precision: str) -> torch.dtype:
    import torch

    kinds: dict[str, Any] = {
        "fp32": torch.float32,
        "bf16": torch.bfloat16,
        "fp16": torch.float16,
    }
    chosen: torch.dtype = kinds[precision]
    return chosen
