"""The forms that an answer can take: text, JSON, lines, a table, ids, paths, pictures, a page."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from gphotos_search.cli import output, tables, terminal, whereabouts
from gphotos_search.cli.context import Settings
from gphotos_search.errors import UsageError
from gphotos_search.search.query import zone_of

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON."),
    click.option("--jsonl", is_flag=True, help="Print one hit a line, each as JSON."),
    click.option("--tsv", is_flag=True, help="Print a table: names, then one hit a line."),
    click.option("--ids", is_flag=True, help="Print media ids only, one a line."),
    click.option("--paths", is_flag=True, help="Print paths of files on this machine only."),
    click.option("-0", "--null", is_flag=True, help="End each path or id with NUL, for xargs -0."),
    click.option("--show", is_flag=True, help="Draw the pictures in this terminal."),
    click.option(
        "--html",
        metavar="FILE",
        type=click.Path(dir_okay=False, path_type=Path),
        help="Write a page with the pictures.",
    ),
)
NAMES = {
    "as_json": "--json",
    **{name: f"--{name}" for name in ("jsonl", "tsv", "ids", "paths", "show", "html")},
}


def options(command: Command) -> Command:
    """Gives a command the options that choose a form."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def check(options: Mapping[str, Any]) -> None:
    """Before anything is searched. Raises UsageError for what does not go together or nowhere."""
    asked = [said for name, said in NAMES.items() if options[name]]
    if len(asked) > 1:
        raise UsageError(f"Of {' and '.join(asked)} only one can be had at a time.")
    if options["null"] and not (options["ids"] or options["paths"]):
        raise UsageError("-0 goes with --paths or --ids.")
    if options["show"]:
        from gphotos_search.cli import screen

        screen.look()
    if options["html"]:
        from gphotos_search.cli.gallery import check as check_place

        check_place(options["html"])


def present(settings: Settings, told: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """An answer, the documented JSON without its warnings, in the form that was asked for."""
    to, hits = settings.terminal, told["hits"]
    if options["as_json"]:
        output.print_json(told, to)
    elif options["jsonl"]:
        tables.print_json_lines(hits, to)
    elif options["tsv"]:
        tables.print_table(hits, to)
    elif options["ids"]:
        output.print_each([str(hit["media_id"]) for hit in hits], null=options["null"], to=to)
    elif options["paths"]:
        output.print_paths(whereabouts.with_files(settings, hits), null=options["null"], to=to)
    elif options["show"]:
        _draw(settings, told)
    elif options["html"]:
        _write_page(settings, told, options["html"])
    else:
        output.print_text(told, settings.zone, whereabouts.notes(settings, hits), to)


def _draw(settings: Settings, told: Mapping[str, Any]) -> None:
    from gphotos_search.cli import screen, sheet

    hits = told["hits"]
    if not hits:
        click.echo("Nothing found.", err=True)
        return
    found = _pictures(settings, told)
    zone, links = zone_of(settings.config.search), terminal.hyperlinks(sys.stdout)
    for block in sheet.blocks(hits, found, screen.look(), zone, hyperlinks=links):
        click.echo(block, nl=False)


def _write_page(settings: Settings, told: Mapping[str, Any], file: Path) -> None:
    from gphotos_search.cli.gallery import page, write

    found = _pictures(settings, told, to_keep=True)
    write(file, page(told, found, zone_of(settings.config.search)))
    count = len(told["hits"])
    click.echo(f"{count} {'photo' if count == 1 else 'photos'} in {file}", err=True)


def _pictures(
    settings: Settings, told: Mapping[str, Any], *, to_keep: bool = False
) -> dict[int, bytes]:
    """By media id; why some are missing goes to stderr."""
    from gphotos_search.cli import pictures

    found = pictures.find(told["hits"], settings.library, to_keep=to_keep)
    for line in found.told:
        click.echo(line, err=True)
    return found.pictures
