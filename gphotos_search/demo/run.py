"""The main job on the embedded default: sign in, sync, search, all by the product's own code."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from gphotos_search.app import App
from gphotos_search.config import Config, load
from gphotos_search.demo.browser import approve
from gphotos_search.demo.emulator import LIVELY, Emulator, Library
from gphotos_search.errors import UsageError
from gphotos_search.google.scopes import LIBRARY as LIBRARY_SCOPE
from gphotos_search.google.signin import sign_in
from gphotos_search.media import Answer, Query
from gphotos_search.progress import Progress
from gphotos_search.sync.report import SyncReport

LIBRARY = Path(__file__).parent / "library"
QUERIES = (
    "donut birthday cake",
    "snowball fight",
    "dog on the beach",
    "christmas tree",
    "guitar concert",
)

CONFIG = """\
# Written by `gphotos-search demo`. Searching needs nothing but this file; the emulator of Google
# Photos that it points at runs only while the demo does, so a later `sync` cannot reach it.
[storage]
data_dir = "{home}/data"

[google]
client_secret = "{home}/client_secret.json"
library_url = "{url}/"
media_hosts = ["{host}"]

[model]
name = "demo"   # knows drawings, not photographs; delete this line for the real model

[[sources]]
name = "demo"
type = "google_library"
"""


def prepare(home: Path, google: Emulator) -> Config:
    """Write the demo's config and OAuth client file into `home`; what they make.

    Raises UsageError where it cannot.
    """
    file = home / "config.toml"
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        google.write_client_file(home / "client_secret.json")
        file.write_text(CONFIG.format(home=home, url=google.url, host=google.media_host))
    except OSError as error:
        raise UsageError(
            f"The demo cannot write to {home}: {error.strerror}.",
            advice="Choose another folder: gphotos-search demo --home FOLDER",
        ) from None
    return load(file)


def run(
    home: Path,
    *,
    say: Callable[[str], None],
    progress: Callable[[], AbstractContextManager[Progress]],
    show: Callable[[Answer], None],
) -> SyncReport:
    """Sign in to the emulator, sync its library, answer five queries; the report of the sync.

    `progress` is open during the sync only. Running it again in the same home re-embeds nothing.
    Raises what the commands it stands for raise.
    """
    with Emulator(Library.from_folder(LIBRARY), quirks=LIVELY) as google:
        config = prepare(home.resolve(), google)
        say("Signing in to the emulator of Google Photos; a scripted browser clicks Allow …")
        sign_in(config, "default", (LIBRARY_SCOPE,), open_browser=approve, say=_not_for_a_person)
        with App(config) as app:
            say("Syncing …")
            with progress() as listener:
                report = app.sync(progress=listener)
            say(f"{report.embedded:,} embedded; {report.indexed:,} searchable.")
            for words in QUERIES:
                show(app.search(Query.of(words, limit=3)))
    return report


def _not_for_a_person(line: str) -> None:
    """The sign-in's instructions: here nobody has to open a link."""
