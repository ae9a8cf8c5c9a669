"""Every runtime agrees with transformers' own model; what is made for it is whole or not there."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
import transformers

from gphotos_search.config import ModelConfig
from gphotos_search.encoders import _ways, open_encoder
from gphotos_search.encoders._checkpoint import DEMO
from gphotos_search.encoders._exports import MADE, PARTIAL
from gphotos_search.encoders._int8 import per_column
from gphotos_search.encoders._trial import gate
from gphotos_search.encoders._ways import Way
from gphotos_search.errors import ConfigError, ModelUnavailable
from gphotos_search.probes import PHRASES
from tests import tiny
from tests.contracts.encoder import pictures
from tests.encoders.exported import Made, make, photographs

PICTURES = 96


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make("demo", tmp_path_factory.mktemp("runtimes"))


@pytest.fixture(scope="module")
def pixels(demo: Made) -> list[Any]:
    return photographs(demo.open(precision="fp32"), PICTURES)


@pytest.fixture(scope="module")
def exact(pixels: list[Any]) -> Any:
    """As the documentation of transformers has it."""
    model: Any = transformers.CLIPModel.from_pretrained(DEMO, dtype=torch.float32)
    with torch.inference_mode():
        rows = model.get_image_features(torch.from_numpy(np.stack(pixels))).pooler_output
    return torch.nn.functional.normalize(rows, dim=-1).numpy()


def cosine(left: Any, right: Any) -> float:
    return float((left * right).sum(axis=1).min())


@pytest.mark.parametrize("runtime", ["torch", "onnx"])
def test_fp32_is_that_of_transformers(
    runtime: str, demo: Made, pixels: list[Any], exact: Any
) -> None:
    encoder = demo.open(precision="fp32", runtime=runtime)
    assert encoder.way == Way(runtime, "fp32")
    assert cosine(encoder.encode_images(pixels), exact) >= 0.9999


@pytest.mark.parametrize("way", [Way("torch", "bf16"), Way("onnx", "int8")], ids=str)
def test_fewer_bits_pass_the_gate_on_photographs(
    way: Way, demo: Made, pixels: list[Any], exact: Any
) -> None:
    encoder = demo.open(precision=way.precision)
    assert encoder.way == way
    assert encoder.id.endswith(f":{way.precision}")
    figures = gate(exact, encoder.encode_images(pixels), encoder.encode_texts(PHRASES))
    print(way, figures)  # noqa: T201 - what the gate demands, and what it found
    assert figures.passed


@pytest.mark.parametrize("way", [Way("onnx", "fp32"), Way("onnx", "int8")], ids=str)
def test_a_vector_does_not_depend_on_the_pictures_beside_it(
    way: Way, demo: Made, pixels: list[Any]
) -> None:
    """A run that is repeated has other batches, and must come to the same vectors."""
    encoder = demo.open(precision=way.precision, runtime=way.runtime)
    together = encoder.encode_images(pixels[:16])
    assert cosine(together, encoder.encode_images(pixels[:16:-1] + pixels[:16])[-16:]) >= 0.9999
    assert cosine(together[:1], encoder.encode_images(pixels[:1])) >= 0.9999


def test_a_tower_of_another_family(tmp_path: Path) -> None:
    made = Made(str(tiny.siglip(tmp_path / "model")), tmp_path / "runtimes")
    plain, other = made.open(precision="fp32"), made.open(precision="fp32", runtime="onnx")
    pixels = [plain.prepare(picture) for picture in pictures()]
    assert cosine(other.encode_images(pixels), plain.encode_images(pixels)) >= 0.9999
    few = made.open(precision="int8").encode_images(pixels)
    assert cosine(few, plain.encode_images(pixels)) >= 0.99


def test_openvino(demo: Made, pixels: list[Any], exact: Any, tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    pytest.importorskip("nncf")
    own = demo.copy(tmp_path / "runtimes")
    encoder = own.open(precision="fp32", runtime="openvino")
    assert encoder.way == Way("openvino", "fp32")
    assert cosine(encoder.encode_images(pixels), exact) >= 0.9999
    few = own.open(precision="int8", runtime="openvino")
    assert few.way == Way("onnx", "int8")  # until pictures have calibrated it
    assert few.exports is not None
    assert few.id.endswith(":int8")
    few.exports.make("openvino-int8", pixels[:16])
    assert few.ready(Way("openvino", "int8"))
    few = own.open(precision="int8", runtime="openvino")
    assert few.way == Way("openvino", "int8")
    assert few.id.endswith(":openvino-int8")  # calibrated or not, int8 of two libraries differs
    figures = gate(exact, few.encode_images(pixels), few.encode_texts(PHRASES))
    print(figures)  # noqa: T201
    assert figures.cosine >= 0.97  # the trial decides whether that is enough


def test_a_gate_sees_wrong_vectors(exact: Any) -> None:
    draw = np.random.default_rng(5)
    words = exact[:8]
    assert gate(exact, exact, words).passed
    near = exact + draw.normal(0, 0.02, exact.shape).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    assert not gate(exact, near, words).passed
    assert gate(exact, exact[::-1].copy(), words).pictures < 0.95


def test_release_frees_the_tower(demo: Made, pixels: list[Any]) -> None:
    encoder = demo.open(precision="int8")
    before = encoder.encode_images(pixels[:2])
    tower = weakref.ref(encoder._images)
    encoder.release()
    gc.collect()
    assert tower() is None
    assert cosine(before, encoder.encode_images(pixels[:2])) >= 0.9999


@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "stale"])
def test_a_damaged_file_is_made_anew(
    harm: str, demo: Made, pixels: list[Any], tmp_path: Path
) -> None:
    own = demo.copy(tmp_path / "runtimes")
    whole = own.exports().find("onnx-int8")
    assert whole is not None
    content = bytearray(whole.read_bytes())
    if harm == "stale":
        told = json.loads((whole.parent / MADE).read_text())
        (whole.parent / MADE).write_text(json.dumps(told | {"make": "another"}))
    elif harm == "gone":
        whole.unlink()
    else:
        content[len(content) // 2] ^= 1
        whole.write_bytes(content if harm == "flip" else content[:-9])
    assert own.exports().find("onnx-int8") is None
    if harm == "flip":
        rows = own.open(precision="int8").encode_images(pixels[:8])
        assert cosine(rows, demo.open(precision="int8").encode_images(pixels[:8])) >= 0.999


def test_a_process_that_is_stopped_leaves_nothing(demo: Made, tmp_path: Path) -> None:
    own = demo.copy(tmp_path / "runtimes")
    exports = own.exports()
    exports.keep(["onnx-fp32"])
    for wait in (0.0, 0.3, 0.8, 1.2):
        with exports.start(["onnx-int8"]):
            time.sleep(wait)
        assert not list(exports.folder.glob(f"*{PARTIAL}"))
    assert own.exports().find("onnx-fp32") is not None


BEGIN = """
import sys, time
from gphotos_search.config import ModelConfig
from gphotos_search.encoders import open_encoder
from pathlib import Path
made = open_encoder(ModelConfig(name="demo", precision="fp32"), runtimes=Path(sys.argv[1]))
print(made.exports.start(["onnx-fp32"])._process.pid, flush=True)
time.sleep(60)
"""


def test_it_ends_with_the_process_that_wanted_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BEGIN, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().strip()
        parent.kill()
    if not Path("/proc/self").exists():
        pytest.skip("this system does not list processes as files")
    until = time.monotonic() + 60
    while (child / "exe").exists() and time.monotonic() < until:
        time.sleep(0.2)
    left = Made("demo", tmp_path).exports()
    assert left.find("onnx-fp32") is None
    left.start([])
    assert not list(left.folder.glob(f"*{PARTIAL}"))


def test_a_model_that_cannot_be_exported_says_so(tmp_path: Path) -> None:
    folder = tiny.clip(tmp_path / "model")
    made = Made(str(folder), tmp_path / "runtimes")
    encoder = made.open(precision="int8")
    (folder / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelUnavailable, match="could not be exported"):
        encoder.encode_images([np.zeros((3, 32, 32), np.float32)])


def test_without_a_folder_for_exports_torch_answers(demo: Made, pixels: list[Any]) -> None:
    plain = open_encoder(ModelConfig(name="demo", precision="int8"))
    assert plain.id == demo.open(precision="int8").id
    full = demo.open(precision="fp32").encode_images(pixels[:2])
    assert cosine(plain.encode_images(pixels[:2]), full) >= 0.9999


def test_a_runtime_that_is_not_installed(
    demo: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_ways, "installed", lambda runtime: runtime == "torch")
    assert Made("demo", tmp_path).open(precision="auto").way == Way("torch", "fp32")
    with pytest.raises(ConfigError, match=r"model\.runtime: OpenVINO is not installed") as told:
        demo.open(runtime="openvino")
    assert "gphotos-search[openvino]" in told.value.advice
    open_encoder(ModelConfig(name="demo", runtime="openvino"))  # who only searches needs none


@pytest.mark.parametrize(
    "runtime, precision", [("torch", "int8"), ("onnx", "bf16"), ("openvino", "fp16")]
)
def test_what_a_runtime_cannot_do(runtime: str, precision: str, demo: Made) -> None:
    with pytest.raises(ConfigError, match=f"does not run in {precision}"):
        demo.open(runtime=runtime, precision=precision)


def test_weights_are_rounded_column_by_column() -> None:
    weights = np.array([[1.0, 0.0, -0.02], [-0.5, 0.0, 0.01]], np.float32)
    packed, scale = per_column(weights, 63)
    assert np.abs(packed).max() == 63
    assert np.allclose(packed * scale, weights, atol=scale.max() / 2)


LAYERS, SIDE = 16, 1024
QUANTISED = """
import sys
from pathlib import Path
import onnx
from gphotos_search.encoders._export import quantise

def peak():
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").open())
    return int(status["VmHWM"].split()[0]) * 1024

before = peak()
quantise(Path(sys.argv[1]), Path(sys.argv[2]), whole_bits=True)
print("torch" in sys.modules, peak() - before)
"""


def test_int8_never_holds_the_floats(tmp_path: Path) -> None:
    """Neither they nor what exported them lie under it: the peak is about that of the result."""
    if not Path("/proc/self/status").exists():
        pytest.skip("this system does not tell the peak of a process")
    floats = layers(tmp_path / "model.onnx")
    command = [sys.executable, "-c", QUANTISED, str(floats), str(tmp_path / "small.onnx")]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert told[0] == "False"
    assert int(told[1]) < 1.5 * LAYERS * SIDE * SIDE * 4
    onnx.checker.check_model(tmp_path / "small.onnx")


def layers(file: Path) -> Path:
    """Products with large weights, which lie beside the graph as the exporter leaves them."""
    draw = np.random.default_rng(2)
    nodes, weights, last = [], [], "x"
    for number in range(LAYERS):
        numbers = draw.normal(size=(SIDE, SIDE)).astype(np.float32)
        weights.append(onnx.numpy_helper.from_array(numbers, f"w{number}"))
        nodes += [
            onnx.helper.make_node("MatMul", [last, f"w{number}"], [f"m{number}"], f"m{number}"),
            onnx.helper.make_node("Softmax", [f"m{number}"], [f"s{number}"]),
        ]
        last = f"s{number}"
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, SIDE])
        for name in ("x", last)
    ]
    graph = onnx.helper.make_graph(nodes, "layers", ends[:1], ends[1:], weights)
    onnx.save(onnx.helper.make_model(graph), file, save_as_external_data=True, size_threshold=0)
    return file
