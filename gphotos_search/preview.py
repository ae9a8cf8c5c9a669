"""What a round would do, from the same listings; and whether it can do anything at all."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

from gphotos_search import parts
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError
from gphotos_search.imports import Import
from gphotos_search.progress import Progress, Silent
from gphotos_search.remembered import known_as
from gphotos_search.sources.base import Foretells, KnowsTrouble
from gphotos_search.sources.folder import Folder
from gphotos_search.sources.takeout import Takeout
from gphotos_search.sync.report import SourceReport, SyncReport, note
from gphotos_search.sync.run import ListingReport, preview_listing


def preview(
    config: Config,
    catalog: Catalog,
    configs: Sequence[SourceConfig],
    stop: threading.Event,
    progress: Progress | None = None,
) -> SyncReport:
    """What a round would list, add and update; writes nothing but the quota it uses."""
    report = SyncReport()
    for source_config in configs:
        listing, error, foretold = ListingReport(), None, None
        try:
            part = parts.load("sources", source_config.type)
            with closing(
                part.open_source(source_config, config, catalog, stop=stop, progress=progress)
            ) as source:
                if isinstance(source, Foretells):
                    foretold = tuple(source.foretell())
                else:
                    preview_listing(catalog, source, listing, stop)
        except GphotosError as trouble:
            error = trouble
        report.sources.append(SourceReport(source_config.name, listing, error, foretold))
    return report


def preview_import(
    config: Config,
    catalog: Catalog,
    imports: Sequence[Import],
    stop: threading.Event,
    progress: Progress | None = None,
) -> SyncReport:
    """What these would bring, each in its own listing; nothing is remembered of them."""
    report, progress = SyncReport(), progress or Silent()
    for each in imports:
        error, foretold = None, None
        paths = [*each.places, *each.covered]
        try:
            if each.source.type == "takeout":
                opened: Takeout | Folder = Takeout(
                    each.source.name, config, catalog, paths, stop=stop, progress=progress
                )
            else:
                opened = Folder(
                    each.source, paths[0], config, catalog, stop=stop, progress=progress
                )
            with closing(opened) as source:
                foretold = tuple(source.foretell())
        except GphotosError as trouble:
            error = trouble
        report.sources.append(SourceReport(each.source.name, ListingReport(), error, foretold))
    return report


def hopeless(
    config: Config, catalog: Catalog, configs: Sequence[SourceConfig]
) -> SyncReport | None:
    """The report of a round in which no source can be read; None when one may be.

    Asked before anything costly: a person who has yet to sign in should not wait for a model of
    600 MB to hear it. Makes no request.
    """
    report = SyncReport()
    for source in configs:
        trouble = _trouble(config, catalog, source)
        if trouble is None:
            return None
        report.sources.append(SourceReport(source.name, ListingReport(), trouble))
    for source, told in zip(configs, report.sources, strict=True):
        with catalog.transaction() as tx:
            row = known_as(tx, source)
        note(catalog, row, told.error, datetime.now(UTC))
    return report if configs else None


def _trouble(config: Config, catalog: Catalog, source: SourceConfig) -> GphotosError | None:
    try:
        part = parts.load("sources", source.type)
        with closing(part.open_source(source, config, catalog)) as opened:
            if isinstance(opened, KnowsTrouble):
                opened.check()
    except GphotosError as error:
        return error
    return None
