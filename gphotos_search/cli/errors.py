"""Failures become a sentence, advice and an exit code; a bug keeps its traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from gphotos_search import __version__
from gphotos_search.errors import GphotosError, TryLater
from gphotos_search.redact import redact

P = ParamSpec("P")
R = TypeVar("R")

STOPPED = 130  # 128 + SIGINT, as shells count
KEEP_BYTES = 1_000_000  # the log of bugs starts anew beyond this

_log_folder: list[Path] = []  # the last one wins; empty until a configuration was read


def log_bugs_to(folder: Path) -> None:
    """Tracebacks go to a file in this folder from now on."""
    _log_folder.append(folder)


def sentences(function: Callable[P, R]) -> Callable[P, R]:
    """Turn what `function` raises into lines on stderr and SystemExit with the documented code."""

    @wraps(function)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except GphotosError as error:
            raise SystemExit(_expected(error)) from None
        except click.ClickException as error:
            error.show()
            raise SystemExit(error.exit_code) from None
        except click.exceptions.Exit as done:
            raise SystemExit(done.exit_code) from None
        except (KeyboardInterrupt, click.Abort):
            click.echo("\nStopped; nothing is lost.", err=True)
            raise SystemExit(STOPPED) from None
        except BrokenPipeError:
            _forget_stdout()
            raise SystemExit(0) from None
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise SystemExit(_expected(_disk_full(error))) from None
            raise SystemExit(_bug(error)) from None

    return told


def _expected(error: GphotosError) -> int:
    click.echo(str(error), err=True)
    if error.advice:
        click.echo(error.advice, err=True)
    return error.exit_code


def _disk_full(error: OSError) -> GphotosError:
    _forget_stdout()  # it may be what is full, and would be written once more at exit
    where = f": {error.filename} cannot be written" if error.filename else ""
    return TryLater(f"The disk is full{where}.", advice="Free some space and run again.")


def _forget_stdout() -> None:
    # The reader of the pipe went away, which is its right; Python would complain again at exit.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _bug(error: Exception) -> int:
    """Show the traceback, keep a copy, and say that this is ours to mend."""
    trace = redact("".join(traceback.format_exception(error)))
    click.echo(trace, err=True, nl=False)
    click.echo("This is a bug in gphotos-search. It only ever reads your photos.", err=True)
    kept = _keep(trace)
    if kept is not None:
        click.echo(f"The traceback is also in: {kept}", err=True)
    return 1


def _keep(trace: str) -> Path | None:
    if not _log_folder:
        return None
    path = _log_folder[-1] / "bugs.log"
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        full = path.exists() and path.stat().st_size > KEEP_BYTES
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if full else os.O_APPEND)
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as log:
            when = datetime.now(UTC).isoformat(timespec="seconds")
            log.write(f"{when} gphotos-search {__version__}\n{trace}\n")
        return path
    return None
