"""Watched folders: what counts as a change, when it is told, and places that come and go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.config import Config, ServiceConfig, StorageConfig
from gphotos_search.service import follow, watch
from gphotos_search.service.current import Current
from gphotos_search.service.follow import Relevant
from gphotos_search.service.mounts import remote_type
from gphotos_search.service.settling import Settling
from gphotos_search.service.watch import Watcher
from tests.service.conftest import eventually
from tests.service.stand_in import Library

ROOT = Path(__file__).parents[2]
EVENTS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 60)), max_size=40)


@given(EVENTS, st.integers(1, 5), st.integers(5, 20))
def test_every_change_is_told_once_quiet_or_too_long_in_coming(
    events: list[tuple[str, int]], quiet_s: int, longest_s: int
) -> None:
    settling = Settling(quiet_s, longest_s)
    waiting: dict[str, list[int]] = {}
    for now in range(100):
        for name, _ in (event for event in events if event[1] == now):
            settling.heard(name, now)
            waiting.setdefault(name, []).append(now)
        expected = {
            name
            for name, heard in waiting.items()
            if now - heard[-1] >= quiet_s or now - heard[0] >= longest_s
        }
        assert (settling.wait_s(now, 9) <= 0) is bool(expected)
        assert settling.due(now) == expected
        for name in expected:
            del waiting[name]
    assert not waiting
    assert settling.wait_s(100, 9) == 9


def test_a_copy_that_never_pauses_is_looked_at_now_and_then() -> None:
    settling = Settling(5, 300)
    told = []
    for second in range(1000):
        settling.heard("a", second)
        told += [second for _ in settling.due(second)]
    assert told == [300, 601, 902]


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("a.jpg", True),
        ("2019/Trip to Rome/a.jpg", True),
        ("", True),
        (".stfolder/x", False),
        (".syncthing.a.jpg.tmp", False),
        ("2019/.hidden", False),
        ("@eaDir/a.jpg", False),
        ("takeout-20240712T112341Z-003.zip", True),
        ("takeout-20240712T112341Z-003.zip.crdownload", False),
        ("takeout-20240712T112341Z-003.zip.part", False),
        ("data/catalog.db-wal", False),
        ("private/a.jpg", False),
        ("database/a.jpg", True),
    ],
)
def test_what_is_worth_a_look(path: str, matters: bool) -> None:
    root = Path("/photos")
    relevant = Relevant(root, root / "data", ["private"])
    assert relevant(str(root / path)) is matters
    assert Relevant(root, root)(str(root / "a.jpg")), "the whole place is in our own folder"


def test_network_file_systems_are_known_by_their_mounts(tmp_path: Path) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
        "30 22 0:40 / /mnt/nas rw shared:1 - nfs4 nas:/photos rw\n"
        "31 22 0:41 / /mnt/my\\040photos rw - fuse.rclone drive: rw\n"
        "32 30 0:42 / /mnt/nas/local rw - ext4 /dev/sdb1 rw\n"
        "nonsense\n"
    )
    kinds = {
        place: remote_type(Path(place), mounts)
        for place in ("/home", "/mnt/nas", "/mnt/nas/a/b", "/mnt/nas/local/a", "/mnt/nasty")
    }
    assert kinds == {
        "/home": "",
        "/mnt/nas": "nfs4",
        "/mnt/nas/a/b": "nfs4",
        "/mnt/nas/local/a": "",
        "/mnt/nasty": "",
    }
    assert remote_type(Path("/mnt/my photos/2019"), mounts) == "fuse.rclone"
    assert remote_type(tmp_path, tmp_path / "missing") == ""


Start = Callable[..., tuple[Library, list[set[str]]]]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """start(source=place, …): a running watcher, and what it says has changed."""
    monkeypatch.setattr(follow, "LOOK_EVERY_S", 0.1)
    monkeypatch.setattr(watch, "PLACES_EVERY_S", 0.1)
    started: list[Watcher] = []

    def begin(config: Config | None = None, **places: Path) -> tuple[Library, list[set[str]]]:
        config = config or Config(storage=StorageConfig(data_dir=tmp_path / "data"))
        library = Library(config, {"places": {name: str(path) for name, path in places.items()}})
        told: list[set[str]] = []

        def changed(names: Collection[str]) -> None:
            told.append(set(names))

        watcher = Watcher(Current(config, library), changed, Settling(0.3, 3.0))
        started.append(watcher)
        watcher.start()
        return library, told

    yield begin
    for watcher in started:
        began = time.monotonic()
        watcher.stop()
        assert time.monotonic() - began < 5
        assert not watcher._thread.is_alive()


def hears(told: list[set[str]], name: str) -> None:
    """It is told, once, and nothing of another source with it."""
    eventually(lambda: told)
    time.sleep(0.6)
    assert told == [{name}]
    told.clear()


def test_a_place_is_looked_at_when_it_appears_changes_and_goes(
    start: Start, tmp_path: Path
) -> None:
    here, later = tmp_path / "here", tmp_path / "later"
    here.mkdir()
    _, told = start(here=here, later=later)
    hears(told, "here")
    (here / ".hidden").write_text("x")
    (here / "sub" / "deep").mkdir(parents=True)
    for number in range(5):  # one burst
        (here / "sub" / "deep" / f"{number}.jpg").write_text("x")
        time.sleep(0.05)
    hears(told, "here")
    (here / "sub" / "deep" / "0.jpg").rename(here / "moved.jpg")
    hears(told, "here")
    (here / "moved.jpg").read_text()
    (here / ".hidden").unlink()
    time.sleep(1)
    assert told == []
    later.mkdir()
    hears(told, "later")
    shutil.rmtree(later)  # as when a disk is taken out
    hears(told, "later")
    later.mkdir()  # and put back
    hears(told, "later")
    (later / "a.jpg").write_text("x")
    hears(told, "later")


def test_another_folder_in_the_same_place_is_noticed(start: Start, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    _, told = start(here=here)
    hears(told, "here")
    here.rename(tmp_path / "old")
    (tmp_path / "new").mkdir()
    (tmp_path / "new").rename(here)
    eventually(lambda: told)
    time.sleep(1.5)
    told.clear()
    (tmp_path / "old" / "a.jpg").write_text("x")
    time.sleep(1)
    assert told == []
    (here / "a.jpg").write_text("x")
    hears(told, "here")


def test_sources_that_are_imported_paused_and_forgotten_meanwhile(
    start: Start, tmp_path: Path
) -> None:
    library, told = start()
    (tmp_path / "new").mkdir()
    library.orders["places"] = {"new": str(tmp_path / "new")}
    hears(told, "new")
    library.orders["places"] = {}
    time.sleep(1)
    (tmp_path / "new" / "a.jpg").write_text("x")
    time.sleep(1)
    assert told == []


def test_links_are_followed_and_our_own_folder_is_left_out(start: Start, tmp_path: Path) -> None:
    (tmp_path / "real" / "data").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    config = Config(storage=StorageConfig(data_dir=tmp_path / "link" / "data"))
    _, told = start(config, linked=tmp_path / "link")
    hears(told, "linked")
    (tmp_path / "real" / "data" / "catalog.db-wal").write_text("x")
    time.sleep(1)
    assert told == []
    (tmp_path / "real" / "a.jpg").write_text("x")
    hears(told, "linked")


def test_with_idle_exit_nothing_is_watched(start: Start, tmp_path: Path) -> None:
    config = Config(
        storage=StorageConfig(data_dir=tmp_path / "data"),
        service=replace(ServiceConfig(), idle_exit=timedelta(minutes=5)),
    )
    _, told = start(config, here=tmp_path)
    time.sleep(1)
    assert told == []


NO_MORE_WATCHES = """
import logging, sys, threading
from pathlib import Path
from gphotos_search.service.follow import Follower
logging.basicConfig(level=logging.INFO)
heard = threading.Event()
follower = Follower(Path(sys.argv[1]), Path("/nowhere"), (), heard.set)
follower.join(10)
print(follower._thread.is_alive(), heard.is_set())
"""


def test_the_limit_of_watches_is_told_once_and_is_not_the_end(tmp_path: Path) -> None:
    """In a user namespace of its own, so that nobody else meets the limit."""
    lower = "echo 0 > /proc/sys/user/max_inotify_instances && exec"
    words = [sys.executable, "-c", NO_MORE_WATCHES, str(tmp_path)]
    command = ["unshare", "-Ur", "sh", "-c", f'{lower} "$@"', "sh"]
    try:
        possible = subprocess.run([*command, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare here")
    if possible.returncode:
        pytest.skip("namespaces are not allowed here")
    done = subprocess.run(
        [*command, *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.split() == ["False", "False"]
    assert done.stderr.count("is looked at when a sync is due") == 1, done.stderr
    assert "Traceback" not in done.stderr
