"""What `status` says of each export: its archives, what was paired, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gphotos_search.cli.terminal import clean

Told = Mapping[str, Any]  # as `status --json` has it
ARCHIVES_NAMED = 10  # of those with trouble


def place_lines(source: Told) -> Iterator[str]:
    """Where a source on this machine looks."""
    yield from (f"  reads {clean(place)}" for place in source.get("places", ()))


def export_lines(source: Told) -> Iterator[str]:
    """Every export, what waits, and the reminder."""
    exports = source.get("exports", ())
    barren = [each for each in exports if not (each["files"] or each["left_out"]["count"])]
    for export in exports:
        if export not in barren:
            yield from _export(export, of_takeout=source["type"] != "folder")
    rest = [archive for export in barren for archive in export["archives"]]
    yield from _archives([one for one in rest if one["state"] in ("damaged", "waiting")])
    if without := sum(one["state"] == "present" for one in rest):
        yield f"  {without:,} without photos: {_some_names(rest)}"
    for one in source.get("unfinished", ()):
        yield f"  left for later: {clean(Path(one['path']).name)}, {clean(one['reason'])}"
    if source.get("reminder"):
        yield f"  {source['reminder']}"


def _export(export: Told, *, of_takeout: bool) -> Iterator[str]:
    archives = export["archives"]
    if of_takeout:
        made = f" of {export['exported_at'][:10]}" if export["exported_at"] else ""
        parts = "1 archive" if len(archives) == 1 else f"{len(archives):,} archives"
        yield (
            f"  {clean(export['export'])}{made}: {parts}, {export['items']:,} items;"
            f" {export['paired']:,} of {export['files']:,} files with a sidecar"
        )
        yield from _counted(export["unpaired"], "without a sidecar")
        yield from _counted(export["sidecars_alone"], "sidecars alone")
    yield from _counted(export["left_out"]["reasons"], "left out")
    yield from _first(export["left_out"])
    yield from _archives(archives)


def _counted(reasons: Mapping[str, int], label: str) -> Iterator[str]:
    yield from (f"    {number:,} {label}: {clean(why)}" for why, number in reasons.items())


def _first(left_out: Told) -> Iterator[str]:
    paths = [clean(one["path"]) for one in left_out["first"]]
    if more := left_out["count"] - len(paths):
        paths.append(f"and {more:,} more")
    if left_out["first"]:
        yield f"      {', '.join(paths)}"


def _archives(archives: list[Told]) -> Iterator[str]:
    gone = [one for one in archives if one["state"] == "gone"]
    if gone and len(gone) == len(archives):
        yield "    no longer on this disk; its photos stay searchable"
        gone = []
    damaged = [one for one in archives if one["state"] == "damaged"]
    waiting = [one for one in archives if one["state"] == "waiting"]
    told = [
        *(f"    damaged: {clean(one['message'])}" for one in damaged),
        *(f"    gone from this disk: {_name(one)}" for one in gone),
        *(f"    not read to its end yet: {_name(one)}" for one in waiting),
    ]
    yield from told[:ARCHIVES_NAMED]
    if more := len(told) - ARCHIVES_NAMED:
        yield from [f"    and {more:,} more archives"] if more > 0 else []


def _some_names(archives: list[Told]) -> str:
    names = [_name(one) for one in archives if one["state"] == "present"]
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _name(archive: Told) -> str:
    return clean(Path(archive["path"]).name)
