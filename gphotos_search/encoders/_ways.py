"""The ways to compute an image tower: which library runs it, in which precision.

What can be chosen from is what this machine has; what is chosen is measured (trial.py).
Nothing here imports one of these libraries.
"""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from gphotos_search.encoders import _device
from gphotos_search.errors import ConfigError

if TYPE_CHECKING:
    from gphotos_search.config import ModelConfig

NEEDS = {
    "torch": ("torch",),
    "onnx": ("onnxruntime", "onnx", "onnxscript"),
    "openvino": ("openvino", "nncf", "onnx", "onnxscript"),
}
TITLES = {"torch": "torch", "onnx": "ONNX Runtime", "openvino": "OpenVINO"}
CAN = {
    "torch": ("fp32", "bf16", "fp16"),
    "onnx": ("fp32", "int8"),
    "openvino": ("fp32", "bf16", "int8"),
}
# Products of 8-bit numbers in one instruction: x86 three times, and 64-bit ARM. Without them
# OpenVINO's int8 was measured to be no faster than its fp32, and sums of full 8-bit weights
# overflow in ONNX Runtime.
INT8_FLAGS = {"avx512_vnni", "avx_vnni", "amx_int8", "asimddp"}


@dataclass(frozen=True, slots=True)
class Way:
    """One library in one precision."""

    runtime: str
    precision: str

    def __str__(self) -> str:
        return f"{self.precision} by {TITLES[self.runtime]}"

    @property
    def kind(self) -> str:
        """What an encoder's id ends with: vectors of two kinds mix only where both agree with fp32.

        Two libraries round one precision alike, but int8 of OpenVINO is calibrated and ONNX
        Runtime's is not.
        """
        return "openvino-int8" if self == Way("openvino", "int8") else self.precision

    @property
    def export(self) -> str:
        """The kind of file that has to be made of the checkpoint first; "" for none."""
        if self.runtime == "torch":
            return ""
        return f"{self.runtime}-int8" if self.precision == "int8" else "onnx-fp32"


def of_kind(kind: str) -> list[Way]:
    """Every way to vectors of this kind, the one that needs the least first."""
    ways = [Way(runtime, precision) for runtime in CAN for precision in CAN[runtime]]
    return [way for way in ways if way.kind == kind]


def allowed(model: ModelConfig, way: Way) -> bool:
    """Whether `model` wishes nothing else, and this machine has what it needs."""
    return (
        model.precision in ("auto", way.precision)
        and model.runtime in ("auto", way.runtime)
        and installed(way.runtime)
        and (way.runtime == "torch" or _device.device_name(model.device) == "cpu")
    )


def candidates(model: ModelConfig) -> list[Way]:
    """What `model` leaves to be chosen from on this machine; what torch does comes first."""
    device = _device.device_name(model.device)
    found = [Way("torch", "fp32")]
    if _device.bf16_possible(model.device):
        found.append(Way("torch", "bf16"))
    if device == "cpu":
        found += [Way("onnx", "fp32"), Way("onnx", "int8")]
        wished = model.runtime == "openvino"
        if _device.bf16_possible(model.device):
            found.append(Way("openvino", "bf16"))
        if wished or INT8_FLAGS & _device.cpu_flags():
            found.append(Way("openvino", "int8"))
    else:
        found.append(Way("torch", "fp16"))
    return [way for way in found if allowed(model, way)]


def check(model: ModelConfig) -> None:
    """Raises ConfigError for a wish that this machine, or any, cannot grant."""
    if model.precision == "int8" and _device.device_name(model.device) != "cpu":
        raise ConfigError(
            "configuration",
            ["model.precision: int8 is computed on the processor only"],
            advice='Set model.device = "cpu", or model.precision = "auto".',
        )
    if model.runtime == "auto":
        return
    title = TITLES[model.runtime]
    if model.precision not in ("auto", *CAN[model.runtime]):
        problem = f"{title} does not run in {model.precision}"
        advice = f"It runs in: {', '.join(CAN[model.runtime])}."
    elif model.runtime != "torch" and _device.device_name(model.device) != "cpu":
        problem = f"{title} is used on the processor only"
        advice = 'Set model.device = "cpu" or model.runtime = "torch".'
    elif not installed(model.runtime):
        problem = f"{title} is not installed"
        extra = "[openvino]" if model.runtime == "openvino" else ""
        advice = f"Run: pip install 'gphotos-search{extra}', or set model.runtime = \"auto\"."
    else:
        return
    raise ConfigError("configuration", [f"model.runtime: {problem}"], advice=advice)


@cache
def installed(runtime: str) -> bool:
    return all(find_spec(package) is not None for package in NEEDS[runtime])


def cores() -> int:
    """How many a model may use: those of this process, fewer where OMP_NUM_THREADS says so."""
    own = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(own, int(asked)) if asked.isdigit() and int(asked) else own


def fast_int8() -> bool:
    """Whether 8-bit weights can be used whole; ARM without the flag adds in 16 bits too."""
    return bool(INT8_FLAGS & _device.cpu_flags()) or platform.machine() in ("arm64", "aarch64")


def machine(model: ModelConfig) -> str:
    """What a measured choice depends on: the device, the processor's kind and the versions."""
    from importlib.metadata import PackageNotFoundError, version  # it costs a query 20 ms

    kind = [_device.device_name(model.device), platform.machine(), str(cores())]
    kind += sorted(cpu for cpu in _device.cpu_flags() if cpu.startswith(("avx", "amx", "asimd")))
    for package in ("torch", "onnxruntime", "openvino"):
        try:
            kind.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return ", ".join(kind)
