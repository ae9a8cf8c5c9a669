"""Runs the emulator alone: python -m gphotos_search.demo.emulator --library FOLDER"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gphotos_search.demo.emulator import LIVELY, REGULAR, Emulator, Library


def main() -> None:
    """Prints the address on stdout, serves until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m gphotos_search.demo.emulator")
    photos = parser.add_mutually_exclusive_group(required=True)
    photos.add_argument("--library", type=Path, help="a folder that holds library.json")
    photos.add_argument("--synthetic", type=int, metavar="N", help="N made-up pictures")
    parser.add_argument(
        "--drive", type=Path, help="a folder whose files lie in Drive since yesterday"
    )
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--client-file", type=Path, help="write a client_secret.json there")
    parser.add_argument("--quirks", action="store_true", help="short, empty and repeated pages")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    library = (
        Library.from_folder(chosen.library)
        if chosen.library
        else Library.synthetic(chosen.synthetic)
    )
    quirks = LIVELY if chosen.quirks else REGULAR
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with Emulator(library, seed=chosen.seed, quirks=quirks, port=chosen.port) as google:
        for file in sorted(chosen.drive.iterdir()) if chosen.drive else ():
            google.drive.put(file.name, file, created_at=datetime.now(UTC) - timedelta(days=1))
        if chosen.client_file:
            google.write_client_file(chosen.client_file)
        sys.stdout.write(f"{google.url}\n")
        sys.stdout.flush()
        stop.wait()


if __name__ == "__main__":
    main()
