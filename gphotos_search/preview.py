"""What a round would do, from the same listings."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing

from gphotos_search import parts
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError
from gphotos_search.round import SourceReport, SyncReport
from gphotos_search.sync.run import ListingReport, preview_listing


def preview(
    config: Config, catalog: Catalog, configs: Sequence[SourceConfig], stop: threading.Event
) -> SyncReport:
    """What a round would list, add and update; writes nothing but the quota it uses."""
    report = SyncReport()
    for source_config in configs:
        listing, error = ListingReport(), None
        try:
            part = parts.load("sources", source_config.type)
            with closing(part.open_source(source_config, config, catalog, stop=stop)) as source:
                preview_listing(catalog, source, listing, stop)
        except GphotosError as trouble:
            error = trouble
        report.sources.append(SourceReport(source_config.name, listing, error))
    return report
