"""Items per second of a whole sync from the emulator, against the loop that tutorials write.

Both read the same pictures over HTTP from the same emulator (a process of its own) and run the same
CLIP B/32 geometry with random weights. The naive loop: one download, one picture, one call of the
Hugging Face processor and CLIPModel at a time, float32. Ours: `App.sync` as the command runs it.

    python -m benchmarks.sync --items 200 --precision bf16 --memory 1000 20000

`--memory` prints the peak memory of the syncing process at those counts (small encoder).
Figures are medians of `--repeat` runs in one process: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from benchmarks.geometry import save_clip_b32
from benchmarks.machine import describe
from gphotos_search.app import App
from gphotos_search.config import Config, GoogleConfig, ModelConfig, SourceConfig, StorageConfig
from gphotos_search.demo.browser import approve
from gphotos_search.google.scopes import LIBRARY
from gphotos_search.google.signin import sign_in
from gphotos_search.progress import Silent

SOURCE = SourceConfig(name="photos", type="google_library")
SERVE = """
import sys, time
from pathlib import Path
from gphotos_search.demo.emulator import Emulator, Library
with Emulator(Library.synthetic(int(sys.argv[1]))) as google:
    google.write_client_file(Path(sys.argv[2]))
    print(google.url, flush=True)
    time.sleep(86400)
"""


@contextmanager
def emulator(items: int, client_file: Path) -> Iterator[str]:
    """The emulator in a process of its own, so that its work is not counted as ours."""
    command = [sys.executable, "-c", SERVE, str(items), str(client_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


def config_for(home: Path, url: str, client_file: Path, model: ModelConfig) -> Config:
    host = urlsplit(url).hostname or ""
    return Config(
        storage=StorageConfig(data_dir=home, keep_thumbnails="never"),
        google=GoogleConfig(
            client_secret=client_file,
            library_url=f"{url}/",
            media_hosts=(host,),
            daily_requests=10**9,
            daily_media=10**9,
        ),
        model=model,
        sources=(SOURCE,),
    )


def agree(config: Config) -> None:
    sign_in(config, "default", [LIBRARY], open_browser=approve, say=lambda _line: None)


def naive(config: Config, folder: Path) -> float:
    """Seconds an item, as the tutorials do it."""
    import torch
    from PIL import Image
    from transformers import CLIPModel
    from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

    model = CLIPModel.from_pretrained(folder, dtype=torch.float32)
    processor = CLIPImageProcessorPil.from_pretrained(folder)
    token = json.loads((config.storage.tokens / "default.json").read_text())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    started, count, page_token = time.perf_counter(), 0, ""
    while True:
        answer: dict[str, Any] = requests.get(
            f"{config.google.library_url}v1/mediaItems",
            params={"pageSize": "100", "pageToken": page_token},
            headers=headers,
            timeout=60,
        ).json()
        for item in answer.get("mediaItems", []):
            body = requests.get(f"{item['baseUrl']}=w512-h512", timeout=60).content
            picture = Image.open(BytesIO(body)).convert("RGB")
            pixels = processor(images=picture, return_tensors="pt")
            features = model.get_image_features(**pixels).pooler_output
            features = features / features.norm(dim=-1, keepdim=True)
            count += 1
        page_token = answer.get("nextPageToken", "")
        if not page_token:
            return (time.perf_counter() - started) / count


def ours(config: Config) -> tuple[float, float]:
    """Seconds an item of a first sync, and the seconds of a second one with nothing new."""
    with App(config) as app:
        started = time.perf_counter()
        report = app.sync(progress=Silent())
        first = time.perf_counter() - started
        assert report.exit_code == 0, report
        started = time.perf_counter()
        again = app.sync(progress=Silent())
        assert again.embedded == 0
        return first / report.embedded, time.perf_counter() - started


def compare(items: int, precision: str, repeat: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        checkpoint = save_clip_b32(home / "model")
        model = ModelConfig(name=str(checkpoint), precision=precision)  # type: ignore[arg-type]
        with emulator(items, home / "client.json") as url:
            plain, fast, second = [], [], []
            for run in range(repeat):
                config = config_for(home / f"data{run}", url, home / "client.json", model)
                agree(config)
                plain.append(naive(config, checkpoint))
                one, again = ours(config)
                fast.append(one)
                second.append(again)
    loop, sync = statistics.median(plain), statistics.median(fast)
    print(f"| items | precision | naive loop | sync | ratio | second sync |\n|{'---|' * 6}")
    print(
        f"| {items} | {precision} | {1 / loop:.1f}/s | {1 / sync:.1f}/s | {loop / sync:.1f}× "
        f"| {statistics.median(second):.2f} s |"
    )


def memory(counts: list[int]) -> None:
    """Resident memory at the end of a first sync with the small encoder of the package."""
    print(f"\n| items | peak resident memory, MB |\n|{'---|' * 2}")
    for count in counts:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.sync", "--one", str(count)],
            capture_output=True,
            text=True,
            check=True,
        )
        print(f"| {count} | {done.stdout.strip()} |", flush=True)


def one(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        with emulator(count, home / "client.json") as url:
            config = config_for(home / "data", url, home / "client.json", ModelConfig(name="demo"))
            agree(config)
            with App(config) as app:
                app.sync(progress=Silent())
    print(peak_memory_mb())


def peak_memory_mb() -> int:
    """Of this program alone: ru_maxrss would count the parent's memory at the fork as well."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    options.add_argument("--items", type=int, default=200)
    options.add_argument("--precision", default="auto", choices=["auto", "fp32", "bf16"])
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--memory", type=int, nargs="*", default=[])
    options.add_argument("--one", type=int, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.one:
        one(chosen.one)
        return
    print(describe())
    if chosen.items:
        compare(chosen.items, chosen.precision, chosen.repeat)
    if chosen.memory:
        memory(chosen.memory)


if __name__ == "__main__":
    main()
