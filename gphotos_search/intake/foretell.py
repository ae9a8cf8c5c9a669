"""What a sync would take in, from listings alone: the catalogue is left as it is.

Everything is listed and paired by the same code as in a sync, in a catalogue that is thrown away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from gphotos_search.catalog import archives, exports, members, sources
from gphotos_search.catalog.archives import ArchiveRow
from gphotos_search.catalog.exports import ExportSummary
from gphotos_search.catalog.store import Catalog
from gphotos_search.intake.placing import Placing
from gphotos_search.intake.take_in import TakeIn, Wanted
from gphotos_search.sources.base import Foretold
from gphotos_search.takeout.endings import sort_of

Before = Mapping[str, members.Known]  # members that were read before, by the archive's path
LOCKED = "it lies in the locked folder"


def foretell(
    catalog: Catalog,
    name: str,
    wanted: Iterable[Wanted],
    *,
    taking: Callable[[Catalog, int], TakeIn],
    placing: Placing,
    say: Callable[[str], None],
) -> list[Foretold]:
    """One entry for each export among `wanted`, for the source of that name, known or not.

    `taking` makes the look at everything, over the catalogue and source it is given; `placing` is
    the one it was made with.
    """
    by_export: dict[str, list[Wanted]] = {}
    for each in wanted:
        by_export.setdefault(each.export, []).append(each)
    with catalog.reading() as tx:
        row = sources.get(tx, name)
        known = archives.of(tx, row.id) if row else {}
        before = {path: members.known(tx, archive.id) for path, archive in known.items()}
    same = {
        export
        for export, some in by_export.items()
        if all(_unchanged(each, known) for each in some)
    }
    found = _all_told(catalog, row.id, placing, before, same) if row and same else []
    news = [each for export, some in by_export.items() if export not in same for each in some]
    if any(each.kind == "tgz" for each in news):
        say("A .tgz has to be read once from its beginning to its end; that takes a while.")
    if news:
        with TemporaryDirectory() as folder, closing(Catalog.open(Path(folder))) as scratch:
            with scratch.transaction() as tx:
                pk = sources.ensure(tx, name, "takeout", "default").id
            taking(scratch, pk).run(news)
            every = set(by_export)
            found += _all_told(scratch, pk, placing, before, every)
    return found


def _unchanged(each: Wanted, known: Mapping[str, ArchiveRow]) -> bool:
    row = known.get(str(each.path))
    if row is None or each.kind == "tree":
        return False
    return row.state == "paired" and (row.size, row.stamp) == each.measure()


def _all_told(
    catalog: Catalog,
    source_pk: int,
    placing: Placing,
    before: Before,
    wanted: set[str],
) -> list[Foretold]:
    with catalog.reading() as tx:
        placing.refresh(tx, source_pk)
        summaries = [one for one in exports.of(tx, source_pk) if one.export in wanted]
        names = {row.id: exports.media_of(tx, row.id) for one in summaries for row in one.archives}
    return [_told(one, names, placing, before) for one in summaries]


def _told(
    summary: ExportSummary,
    names: Mapping[int, Iterable[exports.MediaFile]],
    placing: Placing,
    before: Before,
) -> Foretold:
    count = {"photos": 0, "videos": 0, "new": 0}
    left_out = dict(summary.left_out.reasons)
    for archive in summary.archives:
        seen = before.get(archive.path, {})
        for file in names[archive.id]:
            if placing.of(summary.export, file.directory).kind == "locked":
                left_out[LOCKED] = left_out.get(LOCKED, 0) + 1
                continue
            count["videos" if sort_of(file.name) == "video" else "photos"] += 1
            count["new"] += seen.get((file.directory, file.name)) != (file.size, file.stamp)
    paths = {archive.path for archive in summary.archives}
    return Foretold(
        export=summary.export,
        exported_at=summary.exported_at,
        archives=len(paths),
        known=len(paths & before.keys()),
        photos=count["photos"],
        videos=count["videos"],
        new=count["new"],
        paired=summary.paired,
        unpaired=summary.unpaired,
        alone=summary.alone,
        left_out=left_out,
        trouble=tuple(
            f"{Path(row.path).name}: {row.message}" for row in summary.archives if row.message
        ),
    )
