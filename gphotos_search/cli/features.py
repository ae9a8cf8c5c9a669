"""`import-features` and `export-features`: vectors in NumPy's format, their ids beside them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.errors import STOPPED
from gphotos_search.cli.progress import shown
from gphotos_search.cli.sync import stoppable
from gphotos_search.cli.terminal import clean
from gphotos_search.config.values import model
from gphotos_search.errors import SomeFailed, UsageError

if TYPE_CHECKING:
    from gphotos_search.app import App
    from gphotos_search.config import SourceConfig
    from gphotos_search.features.pair import Pair
    from gphotos_search.features.take_in import TakenIn
    from gphotos_search.progress import Progress

PUBLISHED = "openai/clip-vit-base-patch32"  # what the Unsplash data set's features were made with
NAMED = 3  # rows that are told by their numbers
FILE = click.Path(path_type=Path)


@click.command("import-features")
@click.argument("features", metavar="FEATURES.npy", type=FILE)
@click.argument("ids", metavar="IDS.csv", type=FILE)
@click.option("--url-template", metavar="URL", default="", help="A photo's link, with {id} in it.")
@click.option("--encoder", metavar="NAME", default=PUBLISHED, help="The model that made them.")
@click.option("--name", metavar="SOURCE", default="", help="The source that takes them.")
@click.option("--dry-run", is_flag=True, help="Only check both files and say what would be done.")
@pass_settings
def import_features(settings: Settings, /, features: Path, ids: Path, **options: Any) -> None:
    """Index vectors that were computed elsewhere, without a sign-in and without a picture.

    FEATURES.npy has a row for each photo, as numpy.save writes it (float16, float32 or float64),
    IDS.csv a line: the id alone, or a table with a header and a column photo_id. Safe to stop and
    to repeat: it goes on where it was, and takes over what a newer pair changes or adds.
    """
    config = settings.config_or_defaults
    made_by, dry_run = _model(options["encoder"]), options["dry_run"]
    from gphotos_search.app import App
    from gphotos_search.features.pair import open_pair
    from gphotos_search.features.take_in import source_for, take_in

    with App(config) as app, stoppable() as stop:
        source = source_for(config, app.catalog, options["name"], features)
        with shown() as progress:
            links = options["url_template"]
            pair = open_pair(features, ids, template=links, stop=stop, say=progress.say)
            _heed(stop, progress)
            for line in _remarks(pair):
                progress.say(clean(line))
            if dry_run:
                lines = list(_foretold(app, pair, source, made_by, stop))
                _heed(stop, progress)
            else:
                done = take_in(
                    config, app.catalog, pair, source, made_by, progress=progress, stop=stop
                )
                lines = list(_told(done, source.name))
    for line in lines:
        click.echo(line)
    if dry_run:
        click.echo("Nothing was written.", err=True)
        raise SystemExit(_code(pair))
    for line in _what_next(done, "" if config.model.name == made_by else made_by):
        click.echo(line, err=True)
    raise SystemExit(STOPPED if done.stopped else _code(pair))


@click.command("export-features")
@click.argument("features", metavar="FEATURES.npy", type=FILE)
@click.argument("ids", metavar="IDS.csv", type=FILE)
@click.option(
    "--dtype",
    type=click.Choice(["float16", "float32"]),
    default="float16",
    help="float16 is what is stored; float32 only takes more room.",
)
@click.option("--overwrite", is_flag=True, help="Replace files that are there.")
@pass_settings
def export_features(
    settings: Settings, /, features: Path, ids: Path, dtype: str, overwrite: bool
) -> None:
    """Write the vectors of everything indexed, and a table of their ids, for other programs.

    FEATURES.npy gets a row of unit length for each photo, IDS.csv its line: photo_id, source, link,
    time and what else is known. Both files are whole, or not there.
    """
    config = settings.config
    from gphotos_search.app import App
    from gphotos_search.features.hand_out import hand_out

    with App(config) as app, stoppable() as stop, shown() as progress:
        done = hand_out(
            app.catalog,
            features,
            ids,
            dtype=dtype,
            overwrite=overwrite,
            progress=progress,
            stop=stop,
        )
    if done is None:
        click.echo("Stopped; nothing was written.", err=True)
        raise SystemExit(STOPPED)
    rows = "1 row" if done.count == 1 else f"{done.count:,} rows"
    click.echo(f"{rows} of {done.dim:,} numbers ({dtype}) in {features}, their ids in {ids}.")
    click.echo(f"Made by: {done.model}. To import them elsewhere: --encoder {done.model}", err=True)


def _model(said: str) -> str:
    try:
        return model(said)
    except ValueError as error:
        raise UsageError(f"--encoder: {error}.") from None


def _heed(stop: threading.Event, progress: Progress) -> None:
    """End here where that was asked for while the files were looked through: what was found by
    then is not all."""
    if stop.is_set():
        progress.say("Stopped before both files were looked through; nothing was written.")
        raise SystemExit(STOPPED)


def _remarks(pair: Pair) -> Iterator[str]:
    """What a person may not expect of the two files, once."""
    judged, ids = pair.judged, pair.ids
    bad = int(judged.bad.sum())
    if bad:
        first = (judged.bad.nonzero()[0][:NAMED] + 1).tolist()
        more = ", …" if bad > len(first) else ""
        listed = ", ".join(f"{row:,}" for row in first)
        kinds = f"{judged.zero:,} zero, {bad - judged.zero:,} not finite"
        yield f"{bad:,} rows cannot be used and are left out ({kinds}): row {listed}{more}"
    if nameless := int(ids.nameless.sum()):
        yield f"{nameless:,} lines of {ids.path.name} have no id; their rows are left out."
    if again := int(ids.again.sum()):
        yield f"{again:,} lines of {ids.path.name} repeat an id; the first row of each counts."
    if not judged.unit and judged.longest:
        yield (
            f"The rows are {judged.shortest:.3g} to {judged.longest:.3g} long: they are brought to"
            " length 1."
        )
    if ids.columns.unused:
        yield f"Not used of {ids.path.name}: {', '.join(ids.columns.unused)}"


def _foretold(
    app: App, pair: Pair, source: SourceConfig, encoder: str, stop: threading.Event
) -> Iterator[str]:
    from gphotos_search.features.space import space_of
    from gphotos_search.features.take_in import foresee

    config, matrix = app.config, pair.matrix
    dim = matrix.dim
    space = space_of(config, app.catalog, encoder, dim, fetch=False, say=lambda _line: None)
    new, there = foresee(app.catalog, pair, source, stop)
    yield (
        f"{clean(source.name)}: {matrix.count:,} rows of {dim:,} numbers"
        f" ({matrix.dtype.name}) of {clean(encoder)}: {new:,} new, {there:,} there already."
    )
    if not space.checked:
        yield (
            f"Not checked: whether {clean(encoder)} makes rows of {dim:,} numbers. It is not on"
            " this machine yet."
        )


def _told(done: TakenIn, source: str) -> Iterator[str]:
    if done.same:
        yield f"{clean(source)}: imported before; both files are what they were."
    else:
        yield f"{clean(source)}: {done.added:,} new, {done.changed:,} changed."
    if done.kept:
        kept = "1 photo that is" if done.kept == 1 else f"{done.kept:,} photos that are"
        yield f"{clean(source)}: {kept} not in these files stay as they were."
    if not done.stopped:
        yield f"{done.indexed:,} searchable."


def _what_next(done: TakenIn, other_model: str) -> Iterator[str]:
    if done.stopped:
        yield "Stopped on the way; the same command goes on from here."
    elif done.indexed:
        if done.resumed:
            yield f"Went on from row {done.resumed + 1:,}, where the last run stopped."
        if other_model and not done.same:
            yield f"New photos are embedded with {other_model} too, as long as model.name stays."
        yield 'Search with: gphotos-search "two dogs in the snow"'


def _code(pair: Pair) -> int:
    left_out = (pair.judged.bad | pair.ids.nameless).any()
    return SomeFailed.exit_code if left_out else 0
