"""The hub for real: a server on this machine, the hub's own client, processes that get killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests import tiny
from tests.hub_server import Hub

NAME = "someone/tiny-clip"
CLIENT = """
import json, sys
from pathlib import Path
{before}
from gphotos_search.config import ModelConfig
from gphotos_search.encoders import open_encoder
from gphotos_search.errors import GphotosError
lines = []
try:
    encoder = open_encoder(
        ModelConfig(name={name!r}, revision={revision!r}, text_name={text_name!r}),
        cache_dir=Path({cache!r}), resolved={pin!r}, say=lines.append,
    )
    vector = encoder.encode_texts(["a snowball fight"]).tolist()
    answer = {{"id": encoder.id, "pin": encoder.pin, "vector": vector}}
except GphotosError as error:
    answer = {{"error": str(error), "advice": error.advice, "code": error.exit_code}}
heavy = sorted({{"torch", "transformers", "huggingface_hub"}} & set(sys.modules))
print(json.dumps({{**answer, "lines": lines, "heavy": heavy}}))
"""


class Client:
    """Opens the model in a process of its own."""

    def __init__(self, home: Path) -> None:
        self.cache = home / "hub"
        self._home = home

    def start(
        self,
        hub: Hub | None,
        *,
        name: str = NAME,
        pin: str | None = None,
        revision: str = "",
        text_name: str = "",
        before: str = "",
        offline: bool = False,
    ) -> subprocess.Popen[str]:
        code = CLIENT.format(
            name=name,
            pin=pin,
            revision=revision,
            text_name=text_name,
            cache=str(self.cache),
            before=before,
        )
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
        nobody = {"HOME": str(self._home), "HF_ENDPOINT": "http://127.0.0.1:1"}
        environment = {**kept, **nobody, **(hub.environment() if hub else {})}
        environment |= {"HF_HUB_OFFLINE": "1"} if offline else {}
        return subprocess.Popen(
            [sys.executable, "-c", code],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __call__(self, hub: Hub | None = None, **options: Any) -> dict[str, Any]:
        out, err = self.start(hub, **options).communicate(timeout=120)
        assert out, err
        answer: dict[str, Any] = json.loads(out)
        return answer


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    folder = tiny.clip(tmp_path / "upstream")
    (folder / "README.md").write_text("not needed")
    (folder / "pytorch_model.bin").write_bytes(b"not needed")
    (folder / "open_clip_pytorch_model.bin").write_bytes(b"not needed")
    (folder / "onnx").mkdir()
    (folder / "onnx" / "model.onnx").write_bytes(b"not needed")
    with Hub(NAME, folder) as running:
        yield running


def enlarge(hub: Hub) -> None:
    """Weights large enough that a connection can break in their middle."""
    file = hub.folder / "model.safetensors"
    extra = {"unused": np.arange(6_000_000, dtype=np.float32)}
    save_file(load_file(file) | extra, file)


def resumed_at(hub: Hub) -> list[int]:
    """Where requests for the rest of the weights began."""
    asked = (wanted for _, file, wanted in hub.requests if file == "model.safetensors" and wanted)
    return [int(wanted.removeprefix("bytes=").removesuffix("-")) for wanted in asked]


def test_first_download_then_the_cache_then_offline(hub: Hub, client: Client) -> None:
    first = client(hub)
    assert first["id"] == f"clip:{NAME}@{'a' * 12}:v1:fp32"
    needed = {"config.json", "preprocessor_config.json", "tokenizer.json"}
    assert hub.fetched() == needed | {"tokenizer_config.json", "model.safetensors"}
    assert first["lines"][0].startswith(f"Downloading {NAME}")
    assert first["lines"][-1].endswith("(100%)")
    hub.requests.clear()
    again = client(hub, pin=first["pin"])
    assert hub.requests == []  # a pinned model asks nobody
    assert again["heavy"] == []
    assert again["lines"] == []
    away = client(pin=first["pin"], offline=True)
    assert again["vector"] == away["vector"] == first["vector"]
    assert client(offline=True)["id"] == first["id"]  # without a pin, the hub's last answer counts
    assert client()["id"] == first["id"]  # a hub that cannot be reached is no different


def test_a_commit_upstream_changes_nothing_until_asked(hub: Hub, client: Client) -> None:
    first = client(hub)
    hub.commit = "b" * 40
    assert client(hub, pin=first["pin"])["id"] == first["id"]
    assert client(hub)["id"] == first["id"].replace("a" * 12, "b" * 12)
    assert client(hub, revision="b" * 40, pin=first["pin"])["id"].count("b" * 12) == 1
    other = first["pin"].replace(NAME, "someone/else")
    assert client(hub, pin=other)["id"].count("b" * 12) == 1


def test_a_broken_connection_is_resumed(hub: Hub, client: Client) -> None:
    enlarge(hub)
    hub.cut_once["model.safetensors"] = 15 << 20
    assert "vector" in client(hub)
    assert resumed_at(hub) == [15 << 20]


def test_a_killed_download_is_resumed_by_the_next_run(hub: Hub, client: Client) -> None:
    enlarge(hub)
    hub.stall["model.safetensors"] = 15 << 20
    running = client.start(hub)
    assert hub.stalled.wait(60)
    kept = client.cache / f"models--{NAME.replace('/', '--')}" / "blobs"
    for _ in range(500):
        if any(path.stat().st_size >= 14 << 20 for path in kept.glob("*.part")):
            break
        hub.resume.wait(0.02)
    running.kill()
    running.communicate()
    hub.resume.set()
    hub.requests.clear()
    assert "vector" in client(hub)
    assert [at >= 14 << 20 for at in resumed_at(hub)] == [True]
    assert list(kept.glob("*.part")) == []


def test_sharded_weights(hub: Hub, client: Client) -> None:
    whole = hub.folder / "model.safetensors"
    tensors = load_file(whole)
    names = sorted(tensors)
    parts = {"model-00001-of-00002.safetensors": names[::2]}
    parts |= {"model-00002-of-00002.safetensors": names[1::2]}
    for file, chosen in parts.items():
        save_file({name: tensors[name] for name in chosen}, hub.folder / file, {"format": "pt"})
    index = {"weight_map": {name: file for file, chosen in parts.items() for name in chosen}}
    (hub.folder / "model.safetensors.index.json").write_text(json.dumps(index))
    alone = client(hub)["vector"]
    shutil.rmtree(client.cache)
    whole.unlink()
    assert client(hub)["vector"] == alone
    assert set(parts) <= hub.fetched()


def test_the_older_format_is_taken_only_where_there_is_no_other(hub: Hub, client: Client) -> None:
    import torch

    tensors = load_file(hub.folder / "model.safetensors")
    before = client(hub)["vector"]
    assert "pytorch_model.bin" not in hub.fetched()
    shutil.rmtree(client.cache)
    state = {name: torch.from_numpy(array) for name, array in tensors.items()}
    torch.save(state, hub.folder / "pytorch_model.bin")
    (hub.folder / "model.safetensors").unlink()
    answer = client(hub)
    assert "pytorch_model.bin" in hub.fetched()
    assert np.allclose(answer["vector"], before, atol=1e-6)
    assert answer["heavy"] == ["huggingface_hub"]  # a query reads it without torch


def test_what_cannot_be_had_is_said_with_the_way_out(hub: Hub, client: Client) -> None:
    offline = client(offline=True)
    unreachable = client()
    for answer in (offline, unreachable):
        assert NAME in answer["error"]
        assert str(client.cache) in answer["error"]
        assert f"hf download {NAME}" in answer["advice"]
        assert f"{client.cache}/models--someone--tiny-clip" in answer["advice"]
        assert answer["code"] == 4
    assert "no model" in client(hub, name="someone/unknown")["error"]
    assert "no such revision" in client(hub, revision="v9")["error"]
    full = "import shutil, types; shutil.disk_usage = lambda _: types.SimpleNamespace(free=9000)"
    assert "disk is full" in client(hub, before=full)["error"]
    hub.refusal = (403, "GatedRepo")
    assert "huggingface.co" in client(hub)["advice"]


def test_a_text_tower_is_fetched_once_and_never_asked_for_again(
    hub: Hub, client: Client, tmp_path: Path
) -> None:
    pin = client(hub)["pin"]
    folder = tiny.sentences(tmp_path / "words")
    (folder / "vocab.txt").write_text("not needed")
    with Hub("someone/words", folder) as other:
        first = client(other, pin=pin, text_name=other.name)
        assert first["id"] == f"clip:{NAME}@{'a' * 12}:v1:fp32"  # pictures stay as they are
        dense = {"2_Dense/model.safetensors"}
        assert other.fetched() == dense | {"config.json", "tokenizer.json", "model.safetensors"}
        other.requests.clear()
        again = client(other, pin=pin, text_name=other.name)
        assert again["vector"] == first["vector"]
        assert other.requests == []


def test_an_incomplete_model_on_the_hub_is_refused(hub: Hub, client: Client) -> None:
    (hub.folder / "tokenizer.json").unlink()
    assert "tokenizer.json" in client(hub)["error"]
