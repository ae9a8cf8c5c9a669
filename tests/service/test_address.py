"""Where the socket is, and whose it may be."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from gphotos_search.config import Config, ServiceConfig, StorageConfig
from gphotos_search.errors import ConfigError, UsageError
from gphotos_search.service.address import NAME, owned_by_us, socket_path
from gphotos_search.service.client import ask
from gphotos_search.service.listen import listener

HEAVY = ("torch", "numpy", "sqlalchemy", "click", "apscheduler", "faiss", "requests")


def config(data: Path, where: Path | str = "") -> Config:
    return Config(storage=StorageConfig(data_dir=data), service=ServiceConfig(socket=str(where)))


def test_the_setting_wins_then_the_runtime_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert socket_path(config(tmp_path / "data")) == tmp_path / NAME
    assert socket_path(config(tmp_path / "data", "/x/y")) == Path("/x/y")


def test_without_a_runtime_folder_as_under_cron(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    shared = Path(f"/run/user/{os.getuid()}")
    expected = (shared if shared.is_dir() else tmp_path) / NAME
    assert socket_path(config(tmp_path)) == expected


def test_a_path_longer_than_the_kernel_takes(tmp_path: Path) -> None:
    long = config(tmp_path, tmp_path / ("ä" * 60))
    with pytest.raises(ConfigError, match="bytes") as told:
        socket_path(long)
    assert "shorter" in told.value.advice
    assert ask(long, "/v1/health") is None


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_socket_of_another_user_is_refused_by_both_ends(short: Path) -> None:
    path = short / "s"
    with socket.socket(socket.AF_UNIX) as foreign:
        foreign.bind(str(path))
        foreign.listen()
        os.chown(path, 12345, 12345)
        with pytest.raises(UsageError, match="another user"), listener(config(short, path)):
            pass
        assert ask(config(short, path), "/v1/health") is None


def test_a_file_in_its_place_is_kept(short: Path) -> None:
    path = short / "s"
    path.write_text("precious")
    with pytest.raises(UsageError, match="not a socket"), listener(config(short, path)):
        pass
    assert path.read_text() == "precious"
    assert ask(config(short, path), "/v1/health") is None
    path.unlink()
    path.symlink_to(short / "elsewhere")
    with pytest.raises(UsageError, match="not a socket"):
        owned_by_us(path)


def test_a_stale_socket_is_replaced_and_ours_is_removed(short: Path) -> None:
    path = short / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with listener(config(short, path)):
        assert path.exists()
    assert not path.exists()


def test_a_successor_keeps_its_socket(short: Path) -> None:
    path = short / "s"
    with listener(config(short, path)):
        path.unlink()
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(path))
    assert path.exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(short: Path) -> None:
    with (
        pytest.raises(UsageError, match="cannot listen"),
        listener(config(short, "/proc/self/s")),
    ):
        pass


def test_asking_loads_nothing_heavy() -> None:
    code = "import sys, gphotos_search.service.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(done.stdout.split())
