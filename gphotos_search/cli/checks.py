"""What `doctor` looks at. Each check returns findings and mends nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from gphotos_search.config import Config, SourceConfig
from gphotos_search.config.settings import GOOGLE_TYPES
from gphotos_search.errors import GphotosError, ModelUnavailable

if TYPE_CHECKING:
    from gphotos_search.app import App

LOW_SPACE = 1 << 30  # bytes; a first model and its index take about as much


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `code` 0 is good or only a remark; `remedy` says what to do."""

    subject: str
    told: str
    code: int = 0
    remedy: str = ""


def trouble(subject: str, error: GphotosError) -> Finding:
    return Finding(subject, str(error), error.exit_code, error.advice)


def client_file(config: Config, sources: Sequence[SourceConfig]) -> Iterator[Finding]:
    if not any(source.type in GOOGLE_TYPES for source in sources):
        return
    from gphotos_search.google.clientfile import load_client

    try:
        load_client(config.google.client_secret)
    except GphotosError as error:
        yield trouble("client file", error)
    else:
        yield Finding("client file", str(config.google.client_secret))


def sources(status: dict[str, Any]) -> Iterator[Finding]:
    """What the last run of each source met."""
    if not status["sources"]:
        yield Finding("sources", "none", 2, "Give it your photos: gphotos-search import PATH")
    codes = {"needs-sign-in": 3, "scope-missing": 3, "try-later": 4, "error": 4}
    for source in status["sources"]:
        told = f"{source['state']}, {source['items']:,} items"
        code = codes.get(source["state"], 0)
        yield Finding(f"source {source['name']}", told, code, source["message"])


def model(config: Config, app: App) -> Iterator[Finding]:
    """Whether the weights that searches and syncs need are on this machine; downloads nothing."""
    from gphotos_search import encoders, models

    active = models.active(app.catalog)
    try:
        with _offline():
            if active is None:
                encoder = encoders.open_encoder(config.model)
            else:
                encoder = models.for_search(
                    config.model, active, say=lambda line: click.echo(line, err=True)
                )
    except ModelUnavailable as error:
        if active is not None:
            yield trouble("model", error)
        else:
            told = f"{config.model.name} is not on this machine yet; the first sync fetches it"
            yield Finding("model", told)
    except GphotosError as error:
        yield trouble("model", error)
    else:
        yield Finding("model", encoder.id)


@contextmanager
def _offline() -> Iterator[None]:
    name = "HF_HUB_OFFLINE"  # read at each request by the part that would download
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def index(config: Config, app: App, status: dict[str, Any]) -> Iterator[Finding]:
    """The file against its checksum and the catalogue; reads all of it."""
    from gphotos_search import index as vector_index
    from gphotos_search import models

    active = models.active(app.catalog)
    if active is None:
        yield Finding("index", "empty", 0, "Run: gphotos-search sync")
        return
    problems = vector_index.verify(
        app.catalog, config.storage.index, active.id, active.dim, config.index.engine
    )
    if problems:
        yield Finding("index", "; ".join(problems), 4, "Run: gphotos-search reindex")
    else:
        yield Finding("index", f"sound, {status['indexed']:,} photos searchable")


def service(config: Config) -> Iterator[Finding]:
    from gphotos_search.service.client import ask

    about = ask(config, "/v1/health", timeout=5)
    if about is None:
        remedy = "To sync in the background: gphotos-search service install"
        yield Finding("service", "not running; searches load the model themselves", 0, remedy)
    else:
        yield Finding("service", f"running, process {about.get('pid')}")


def disk(config: Config) -> Iterator[Finding]:
    folder = config.storage.data_dir
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    told = f"{free / (1 << 30):.1f} GiB free for {config.storage.data_dir}"
    if free < LOW_SPACE:
        yield Finding("disk", told, 4, "Free some space, or move storage.data_dir.")
    else:
        yield Finding("disk", told)
