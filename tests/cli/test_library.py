"""A whole library from the command line: sync, search, look, check, against the emulator."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gphotos_search.config import Config
from gphotos_search.config.example import toml
from gphotos_search.demo.emulator import Emulator
from tests.cli.conftest import Ran, Run
from tests.library import agree, with_tiny_model

ANSWER = {"query", "encoder", "took_ms", "hits"}
HIT = (
    *("rank", "media_id", "source", "source_id", "score", "filename", "mime_type"),
    *("taken_at", "url", "thumbnail", "path", "folded"),
)


def written(config: Config, file: Path) -> Path:
    """The config as a file a person could have written."""
    google, model = config.google, config.model
    file.write_text(
        f"[storage]\ndata_dir = {toml(str(config.storage.data_dir))}\n"
        f"[google]\nclient_secret = {toml(str(google.client_secret))}\n"
        f"library_url = {toml(google.library_url)}\nmedia_hosts = {toml(google.media_hosts)}\n"
        f"[model]\nname = {toml(model.name)}\nprecision = {toml(model.precision)}\n"
        '[search]\ntimezone = "UTC"\n'
        '[[sources]]\nname = "photos"\ntype = "google_library"\n'
    )
    return file


@pytest.fixture
def library(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """An account of seven items, signed in, configured by $GPHOTOS_SEARCH_CONFIG."""
    whole = with_tiny_model(config, tmp_path)
    monkeypatch.setenv("GPHOTOS_SEARCH_CONFIG", str(written(whole, tmp_path / "config.toml")))
    agree(whole)
    return whole


@pytest.fixture
def synced(library: Config, run: Run) -> Ran:
    return run("sync")


def test_before_the_first_sync_everything_says_so(library: Config, run: Run) -> None:
    found = run("snow")
    assert (found.code, found.out) == (0, "")
    assert "gphotos-search sync" in found.err
    assert run("status").code == 0
    assert run("reindex").code == 0
    assert "photos" in run("sources", "list").out


def test_a_dry_run_writes_nothing(library: Config, run: Run) -> None:
    told = run("sync", "--dry-run")
    assert told.code == 0, told.err
    assert told.out == "photos: 7 listed, 7 new, 0 changed; nothing was written.\n"
    assert json.loads(run("status", "--json").out)["items"] == 0


def test_sync_then_every_form_of_an_answer(synced: Ran, run: Run) -> None:
    assert synced.code == 0, synced.err
    assert synced.out.endswith("7 embedded; 7 searchable.\n")
    assert "\033" not in synced.out + synced.err

    text = run("red", "car", "-n", "3")
    assert text.code == 0
    rows = text.out.splitlines()
    assert [row.split()[0] for row in rows] == ["1", "2", "3"]
    assert all(
        re.search(r" \d{4}-\d\d-\d\d  (IMG|VID)_\d{4}\.\w+ +https://\S+$", row) for row in rows
    )

    answer = json.loads(run("red", "car", "--json").out)
    assert set(answer) == ANSWER
    assert answer["query"] == "red car"
    assert [tuple(hit) for hit in answer["hits"]] == [HIT] * 7
    scores = [hit["score"] for hit in answer["hits"]]
    assert scores == sorted(scores, reverse=True)

    ids = run("red", "car", "--ids").out.split()
    assert ids == [str(hit["media_id"]) for hit in answer["hits"]]
    nul = run("red", "car", "--ids", "-0").out
    assert nul == "".join(f"{each}\0" for each in ids)
    paths = run("red", "car", "--paths")
    assert (paths.code, paths.out) == (0, "")
    assert "7 of 7 hits have no file" in paths.err


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (["--type", "video"], {"VID_0007.MP4"}),
        (["--after", "2024-06-29"], {"IMG_0000.JPG", "IMG_0001.JPG"}),
        (["--before", "2024-06-25"], {"VID_0007.MP4"}),
        (["--after", "2024-06-25", "--before", "2024-06-26"], {"IMG_0005.JPG"}),
        (["--year", "2023", "--month", "6"], set()),
    ],
)
def test_filters(synced: Ran, run: Run, filters: list[str], names: set[str]) -> None:
    answer = json.loads(run("anything", "--json", *filters).out)
    assert {hit["filename"] for hit in answer["hits"]} == names


def test_mistakes_are_told_in_the_words_of_the_command(synced: Ran, run: Run) -> None:
    for argv, word in (
        (["x", "--source", "fotos"], "fotos"),
        (["x", "--after", "soon"], "after"),
        (["x", "--json", "--ids"], "--json"),
        (["x", "-0"], "-0"),
        (["sync", "--source", "fotos"], "fotos"),
        (["show", "99"], "no item 99"),
    ):
        told = run(*argv)
        assert (told.code, told.out) == (2, ""), argv
        assert word in told.err


def test_status_and_doctor(synced: Ran, run: Run, config: Config) -> None:
    status = json.loads(run("status", "--json").out)
    counted = {name: status[name] for name in ("items", "embedded", "indexed", "pending", "failed")}
    assert counted == {"items": 7, "embedded": 7, "indexed": 7, "pending": 0, "failed": 0}
    assert [source["state"] for source in status["sources"]] == ["ok"]
    assert "7 photos and videos: 7 searchable" in run("status").out

    healthy = run("doctor")
    assert healthy.code == 0, healthy.out
    assert "ok       index: sound, 7 photos searchable" in healthy.out

    for file in config.storage.index.rglob("*"):
        if file.is_file() and file.suffix != ".json":
            file.write_bytes(b"")
    config.google.client_secret.unlink()
    ill = run("doctor")
    assert ill.code == 4, ill.out
    assert re.search(r"problem +index: .*\n +Run: gphotos-search reindex", ill.out)
    assert "problem  client file: " in ill.out
    assert run("reindex").out == "7 photos are searchable.\n"
    assert "index: sound" in run("doctor").out


def test_doctor_minds_who_can_read_a_token(synced: Ran, run: Run, config: Config) -> None:
    token = config.storage.tokens / "default.json"
    token.chmod(0o644)
    told = run("doctor")
    assert told.code == 2
    assert f"chmod 600 {token}" in told.out


def test_one_item(synced: Ran, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (media_id,) = run("x", "--ids", "--type", "video").out.split()
    shown = run("show", media_id).out
    assert re.search(r"^file name +VID_0007.MP4$", shown, re.MULTILINE)
    assert re.search(r"^taken +2024-06-23 12:00:00 \(2024-06-23T12:00:00Z\)$", shown, re.MULTILINE)

    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    link = run("open", media_id).out
    assert re.fullmatch(r"https://\S+\n", link)


def test_without_a_sign_in_the_index_stays_searchable(
    synced: Ran, run: Run, google: Emulator, config: Config
) -> None:
    (config.storage.tokens / "default.json").unlink()
    told = run("sync")
    assert told.code == 3, told.err
    assert "gphotos-search auth login" in told.err
    found = run("red", "car", "--ids")
    assert found.code == 0
    assert len(found.out.split()) == 7
    assert "gphotos-search auth login" in found.err
    assert run("status").code == 0
    assert run("doctor").code == 3
