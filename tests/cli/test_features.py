"""Features from the command line: one command, then a search."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gphotos_search.config.example import toml
from gphotos_search.features.matrix import Matrix
from tests import tiny
from tests.cli.conftest import Ran, Run
from tests.conftest import picture

COUNT = 12
TEMPLATE = "https://unsplash.com/photos/{id}"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tiny.clip(tmp_path / "model")


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """As published: float16, not of unit length, a header."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    rows = np.random.default_rng(1).normal(size=(COUNT, tiny.DIM)) * 10
    np.save(tmp_path / "features.npy", rows.astype(np.float16))
    ids = "".join(f"{number:011x}\n" for number in range(COUNT))
    (tmp_path / "photo_ids.csv").write_text(f"photo_id\n{ids}")
    return str(tmp_path / "features.npy"), str(tmp_path / "photo_ids.csv")


@pytest.fixture
def imported(pair: tuple[str, str], model: Path, run: Run) -> Ran:
    return run("import-features", *pair, "--encoder", str(model), "--url-template", TEMPLATE)


def status(run: Run) -> dict[str, Any]:
    told = json.loads(run("status", "--json").out)
    assert isinstance(told, dict)
    return told


def test_one_command_and_then_a_search(imported: Ran, run: Run) -> None:
    assert imported.code == 0, imported.err
    assert imported.out.splitlines() == ["features: 12 new, 0 changed.", "12 searchable."]
    assert len(re.findall("brought to length 1", imported.err)) == 1
    assert "\nrows read: 12 of 12, " in imported.err
    assert "images" not in imported.err
    assert 'gphotos-search "two dogs in the snow"' in imported.err
    found = run("snow", "--json", "-n", "3")
    assert (found.code, found.err) == (0, "")
    hits = json.loads(found.out)["hits"]
    assert len(hits) == 3
    for hit in hits:
        assert hit["url"] == TEMPLATE.format(id=hit["source_id"])
        assert (hit["filename"], hit["source"]) == (hit["source_id"], "features")
        assert hit["taken_at"] is None
    assert hits[0]["url"] in run("open", "1").out
    assert hits[0]["source_id"] in run("show", "1").out


def test_nothing_is_left_to_sync(imported: Ran, run: Run) -> None:
    (source,) = status(run)["sources"]
    assert (source["type"], source["state"], source["items"]) == ("features", "ok", COUNT)
    assert "features  features, 12 items, ok\n" in run("status").out
    synced = run("sync")
    assert synced.code == 0, synced.err
    assert "Nothing to sync" in synced.err
    assert "0 embedded; 12 searchable." in synced.out
    assert run("sync", "--dry-run").code == 0
    named = run("sync", "--source", "features")
    assert named.code == 2
    assert "nothing to sync" in named.err
    assert "source features: ok" in run("doctor").out
    assert "12 photos are searchable." in run("reindex").out


def test_own_photos_join_them(imported: Ran, tmp_path: Path, model: Path, run: Run) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for colour in ("red", "blue"):
        (folder / f"{colour}.jpg").write_bytes(picture(colour))
    before = status(run)["encoder"]
    added = run("import", str(folder))
    assert added.code == 0, added.err
    assert "2 embedded; 14 searchable." in added.out
    assert status(run)["encoder"] == before
    assert len(run("x", "--ids", "-n", "20", "--no-group").out.split()) == 14
    assert run("sync").code == 0


def test_forgotten_they_are_gone(imported: Ran, run: Run) -> None:
    assert run("sources", "pause", "features").code == 0
    assert run("sources", "resume", "features").code == 0
    gone = run("sources", "forget", "features", "--yes")
    assert "12 removed" in gone.out
    assert status(run)["items"] == 0


def test_again_and_newer(imported: Ran, pair: tuple[str, str], model: Path, run: Run) -> None:
    again = run("import-features", *pair, "--encoder", str(model), "--url-template", TEMPLATE)
    assert "imported before; both files are what they were." in again.out
    rows = np.load(pair[0])[2:6]
    rows[0] *= -1
    np.save(pair[0], rows)
    Path(pair[1]).write_text("photo_id\n" + "".join(f"{n:011x}\n" for n in (2, 3, 4, 99)))
    newer = run("import-features", *pair, "--encoder", str(model))
    assert newer.code == 0, newer.err
    assert "features: 1 new, 1 changed.\nfeatures: 9 photos that are not in these" in newer.out
    assert "13 searchable." in newer.out


def test_a_dry_run_writes_nothing(pair: tuple[str, str], model: Path, run: Run) -> None:
    told = run("import-features", *pair, "--encoder", str(model), "--dry-run")
    assert told.code == 0, told.err
    assert f"12 rows of {tiny.DIM} numbers (float16)" in told.out
    assert "12 new, 0 there already." in told.out
    assert status(run)["sources"] == []
    assert "Not checked" not in told.out
    wide = run("import-features", *pair, "--encoder", "demo", "--dry-run")
    assert wide.code == 2
    assert "The rows have 24 numbers, demo makes 192" in wide.err


def test_a_dry_run_looks_at_a_model_of_the_hub_where_it_is_here(
    pair: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    told = run("import-features", *pair, "--dry-run")
    assert told.code == 0, told.err
    assert "12 new, 0 there already.\nNot checked: whether openai/clip-vit-base-patch32" in told.out

    storage = tmp_path / "hub" / "hub" / "models--openai--clip-vit-base-patch32"
    tiny.clip(storage / "snapshots" / ("a" * 40))
    (storage / "refs").mkdir()
    (storage / "refs" / "main").write_text("a" * 40)
    told = run("import-features", *pair, "--dry-run")
    assert (told.code, "Not checked" in told.out) == (0, False)
    np.save(pair[0], np.ones((COUNT, tiny.DIM + 1), np.float32))
    wide = run("import-features", *pair, "--dry-run")
    assert wide.code == 2
    assert "The rows have 25 numbers, openai/clip-vit-base-patch32 makes 24" in wide.err


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_stop_while_the_files_are_looked_through(
    pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch, run: Run, dry_run: bool
) -> None:
    stop_at_look(monkeypatch, 1)
    told = run("import-features", *pair, *(["--dry-run"] if dry_run else []))
    assert (told.code, told.out) == (130, "")
    assert "nothing was written" in told.err
    assert "cannot be had now" not in told.err  # the model was not asked for
    assert status(run)["sources"] == []


def test_a_stop_while_a_dry_run_looks_what_is_there(
    imported: Ran, pair: tuple[str, str], model: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    stop_at_look(monkeypatch, 2)  # the first one is the check
    told = run("import-features", *pair, "--encoder", str(model), "--dry-run")
    assert (told.code, told.out) == (130, "")


def stop_at_look(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Ctrl-C in the middle of that look into the matrix."""
    real, looks = Matrix.block, [0]

    def block(self: Matrix, start: int, stop: int) -> Any:
        looks[0] += 1
        if looks[0] == number:
            signal.raise_signal(signal.SIGINT)
        return real(self, start, stop)

    monkeypatch.setattr(Matrix, "block", block)


def test_the_model_may_come_later(pair: tuple[str, str], run: Run) -> None:
    done = run("import-features", *pair)
    assert done.code == 0, done.err
    assert "searching them needs the model" in done.err
    found = run("snow")
    assert found.code == 4
    assert "openai/clip-vit-base-patch32" in found.err
    assert status(run)["encoder"] == "features:openai/clip-vit-base-patch32"


def test_another_model_than_the_librarys_is_refused(
    imported: Ran, pair: tuple[str, str], run: Run
) -> None:
    other = run("import-features", *pair, "--name", "more")
    assert other.code == 2
    assert "openai/clip-vit-base-patch32 mean something else" in other.err
    assert [source["name"] for source in status(run)["sources"]] == ["features"]


def test_rows_that_cannot_be_used_are_told(pair: tuple[str, str], model: Path, run: Run) -> None:
    rows = np.load(pair[0])
    rows[3], rows[5] = 0, np.nan
    np.save(pair[0], rows)
    done = run("import-features", *pair, "--encoder", str(model))
    assert done.code == 5
    assert "2 rows cannot be used and are left out (1 zero, 1 not finite): row 4, 6" in done.err
    assert "10 searchable." in done.out


def test_slips_are_told_in_a_sentence(
    pair: tuple[str, str], tmp_path: Path, model: Path, run: Run
) -> None:
    features, ids = pair
    short = tmp_path / "short.csv"
    short.write_text("photo_id\na\n")
    slips = {
        (ids, features): "no matrix saved by numpy.save",
        (features, str(short)): "12 rows, .* lists 1 id:",
        (features, ids, "--url-template", "https://unsplash.com/"): "has no {id}",
        (features, ids, "--url-template", "https://unsplash.com/{{id}}"): "other braces than {id}",
        (features, ids, "--encoder", "./model"): "write the whole path",
        (features, ids, "--encoder", "/none/such"): "folder that does not exist",
        (features, ids, "--name", "-x"): "--name: ",
        (features,): "Missing argument 'IDS.csv'",
    }
    for argv, said in slips.items():
        told = run("import-features", *argv)
        assert told.code in (2, 4), argv
        assert re.search(said, told.err), (argv, told.err)
        assert "Traceback" not in told.err
    assert status(run)["items"] == 0


def test_a_name_of_another_source_is_refused(
    pair: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    (tmp_path / "pictures").mkdir()
    file = tmp_path / "config.toml"
    file.write_text(
        f"[storage]\ndata_dir = {toml(str(tmp_path / 'data'))}\n[[sources]]\n"
        f'name = "features"\ntype = "folder"\npath = {toml(str(tmp_path / "pictures"))}\n'
    )
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(file))
    told = run("import-features", *pair, "--name", "features")
    assert (told.code, "type folder" in told.err) == (2, True)
    done = run("import-features", *pair)
    assert "features-2: 12 new" in done.out


def test_out_and_in_again(imported: Ran, tmp_path: Path, model: Path, run: Run) -> None:
    out = (str(tmp_path / "out.npy"), str(tmp_path / "out.csv"))
    done = run("export-features", *out, "--dtype", "float32")
    assert done.code == 0, done.err
    assert f"12 rows of {tiny.DIM} numbers (float32)" in done.out
    assert f"--encoder {model}" in done.err
    assert "rows written: 12 of 12, " in done.err
    assert "embedded" not in done.err
    assert np.load(out[0]).dtype == np.float32
    there = run("export-features", *out)
    assert (there.code, "--overwrite" in there.err) == (2, True)
    again = run("import-features", *out, "--encoder", str(model), "--name", "features")
    assert again.out.splitlines() == ["features: 0 new, 0 changed.", "12 searchable."]


def test_nothing_to_write_is_said(run: Run, tmp_path: Path, pair: tuple[str, str]) -> None:
    told = run("export-features", str(tmp_path / "o.npy"), str(tmp_path / "o.csv"))
    assert told.code == 2
