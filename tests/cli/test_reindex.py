"""`reindex` from the command line: the index, another model, and the vectors of former ones."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gphotos_search.app import App
from gphotos_search.config import load
from gphotos_search.config.example import toml
from gphotos_search.embed.run import Embedder
from gphotos_search.lock import exclusive
from gphotos_search.service import priority
from tests import tiny
from tests.cli.conftest import Run
from tests.conftest import picture

PHOTOS = 9


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tiny.clip(tmp_path_factory.mktemp("other") / "b", seed=1))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> Path:
    """A configuration with a folder of nine pictures, synced."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(PHOTOS):
        colour = (20 * number, 255 - 20 * number, 90)
        (pictures / f"IMG_{number}.jpg").write_bytes(picture(colour, (64, 48)))
    config = tmp_path / "config.toml"
    config.write_text(
        f"[storage]\ndata_dir = {toml(str(tmp_path / 'data'))}\n"
        f'[model]\nname = {toml(str(tiny.clip(tmp_path / "a")))}\nprecision = "fp32"\n'
        "batch_size = 2\n"
        f'[[sources]]\nname = "pics"\ntype = "folder"\npath = {toml(str(pictures))}\n'
    )
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(config))
    monkeypatch.setattr(priority, "lower_this_process", lambda: None)  # the tests share theirs
    assert run("sync").code == 0
    return config


def status(run: Run) -> list[str]:
    return run("status").out.splitlines()


def test_another_model_answers_and_the_former_goes(file: Path, other: str, run: Run) -> None:
    done = run("reindex", "--model", other)
    assert done.code == 0
    assert done.out.splitlines() == [
        f"{PHOTOS} embedded; {PHOTOS} searchable with it.",
        f'"{other}" answers searches.',
    ]
    assert f'name = "{other}"' in done.err
    assert str(file) in done.err
    assert "reindex --prune" in done.err
    assert f"embedded {PHOTOS} of {PHOTOS}" in done.err
    former = next(line for line in status(run) if line.startswith("former"))
    assert "clip:a@" in former
    assert len(json.loads(run("anything", "--json", "--no-group").out)["hits"]) == PHOTOS
    pruned = run("reindex", "--prune")
    assert pruned.code == 0
    assert pruned.out.startswith("Dropped clip:a@")
    assert "MB of the disk are free again" in pruned.out
    assert not any(line.startswith("former") for line in status(run))
    assert run("reindex", "--prune").out == "There is nothing to drop.\n"


def test_the_model_of_the_configuration_needs_no_advice(file: Path, other: str, run: Run) -> None:
    run("reindex", "--model", other)
    back = run("reindex", "--model", load(file).model.name)
    assert back.out.splitlines()[0] == f"0 embedded; {PHOTOS} searchable with it."
    assert "permanent" not in back.err


def on_batch(monkeypatch: pytest.MonkeyPatch, number: int, then: Callable[[], None]) -> None:
    """Call `then` once, after so many batches."""
    real, seen = Embedder._store, [0]

    def store(self: Embedder, batch: object) -> None:
        real(self, batch)  # type: ignore[arg-type]
        seen[0] += 1
        if seen[0] == number:
            then()

    monkeypatch.setattr(Embedder, "_store", store)


def test_ctrl_c_leaves_all_well(
    file: Path, other: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as pressed:
        on_batch(pressed, 2, lambda: os.kill(os.getpid(), signal.SIGINT))
        stopped = run("reindex", "--model", other)
    assert stopped.code == 130
    assert "batch in flight" in stopped.err
    assert f"To go on: gphotos-search reindex --model {other}" in stopped.err
    told = next(line for line in status(run) if line.startswith("next"))
    assert "to go" in told
    assert run("reindex").out == f"{PHOTOS} photos are searchable.\n"  # of the one that answers
    again = run("reindex", "--model", other)
    assert again.code == 0, again.err


LOOKS = """
import os, sys
from gphotos_search.cli.main import main
from gphotos_search.service import priority

def lower(real=priority.lower_this_process):
    real()
    from gphotos_search.embed.run import Embedder  # numpy and its threads come now, not before

    def store(self, batch, real=Embedder._store):
        threads = map(int, os.listdir("/proc/self/task"))
        print("nice", *{os.getpriority(os.PRIO_PROCESS, thread) for thread in threads}, flush=True)
        real(self, batch)

    Embedder._store = store

priority.lower_this_process = lower
sys.argv = ["gphotos-search", "reindex", "--model", sys.argv[1]]
main()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at threads as Linux lists them")
def test_another_model_is_filled_at_low_priority(file: Path, other: str) -> None:
    """All of it, also what decodes and computes; others at work here do not notice it."""
    done = subprocess.run(
        [sys.executable, "-c", LOOKS, other], capture_output=True, text=True, check=True
    )
    lowest = max(priority.NICE, os.nice(0))
    told = {line for line in done.stdout.splitlines() if line.startswith("nice")}
    assert told == {f"nice {lowest}"}
    assert f"{PHOTOS} embedded" in done.stdout


def test_what_holds_it_back_is_said(file: Path, other: str, run: Run) -> None:
    config = load(file)
    run("sources", "pause", "pics")
    for path in config.storage.thumbnails.rglob("*.webp"):
        path.unlink()
    waits = run("reindex", "--model", other)
    assert waits.code == 5
    assert '9 photos are still missing of "pics", which is paused' in waits.err
    assert "answers until" in waits.err


def test_who_is_at_work_is_said_at_once(file: Path, other: str, run: Run) -> None:
    lock = load(file).storage.data_dir / "lock"
    with exclusive(lock, purpose="reindex --model"):
        second = run("reindex", "--model", other)
    assert second.code == 4
    assert f"reindex --model, process {os.getpid()}" in second.err


@pytest.mark.parametrize(
    "words, told",
    [
        (("--model", "b", "--prune"), "one at a time"),
        (("--rebuild", "--prune"), "one at a time"),
        (("--model", " "), "needs a name"),
    ],
)
def test_what_makes_no_sense_is_refused(
    words: tuple[str, ...], told: str, file: Path, run: Run
) -> None:
    refused = run("reindex", *words)
    assert refused.code == 2
    assert told in refused.err


def test_an_unknown_model_is_a_sentence(file: Path, run: Run) -> None:
    unknown = run("reindex", "--model", "no such model")
    assert unknown.code == 4
    assert '"no such model" is neither a model id' in unknown.err
    with App(load(file)) as app:
        assert len(app.status()["models"]) == 1


def test_photos_that_were_lost_are_in_the_status(file: Path, other: str, run: Run) -> None:
    config = load(file)
    for path in config.storage.thumbnails.rglob("*.webp"):
        path.unlink()
    (file.parent / "pictures" / "IMG_4.jpg").unlink()
    done = run("reindex", "--model", other)
    assert done.code == 5
    assert "1 photo could not be had again" in done.err
    assert "IMG_4.jpg" in done.err
    missing = next(line for line in status(run) if line.startswith("missing"))
    assert "IMG_4.jpg" in missing
