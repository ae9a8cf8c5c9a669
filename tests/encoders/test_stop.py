"""A stop while another library's form of the model is made, which a run waits for."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from gphotos_search.app import App
from gphotos_search.config import Config, ModelConfig, SourceConfig
from gphotos_search.config.settings import StorageConfig
from gphotos_search.encoders._exports import PARTIAL
from gphotos_search.sync.report import SyncReport
from tests.encoders.exported import LIBRARY


def test_a_stop_waits_for_no_export(tmp_path: Path) -> None:
    config = Config(
        storage=StorageConfig(data_dir=tmp_path / "data"),
        model=ModelConfig(name="demo", device="cpu", precision="int8"),
        sources=(SourceConfig(name="pictures", type="folder", path=LIBRARY),),
    )
    stop = threading.Event()
    left: list[SyncReport] = []
    with App(config) as app:

        def sync() -> None:
            left.append(app.sync(stop=stop))

        running = threading.Thread(target=sync)
        running.start()
        until = time.monotonic() + 60
        while not list(config.storage.runtimes.glob(f"*/*{PARTIAL}")):
            assert time.monotonic() < until
            time.sleep(0.05)
        stop.set()
        running.join(10)  # the child alone takes longer to import torch and to export
        assert not running.is_alive()
    assert left[0].stopped
    assert left[0].embedded == 0
    assert not list(config.storage.runtimes.glob("*/*"))
