"""Failures become sentences and exit codes; a bug keeps its traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest

from gphotos_search.cli import errors
from gphotos_search.cli.errors import log_bugs_to, sentences
from gphotos_search.errors import (
    ConfigError,
    GphotosError,
    SignInNeeded,
    SomeFailed,
    TryLater,
    UsageError,
)

Raises = Callable[[BaseException], int]


@pytest.fixture
def code_of() -> Raises:
    def call(error: BaseException) -> int:
        @sentences
        def fail() -> None:
            raise error

        with pytest.raises(SystemExit) as left:
            fail()
        assert isinstance(left.value.code, int)
        return left.value.code

    return call


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("Not so."), 2),
        (ConfigError("file", ["Not so."]), 2),
        (SignInNeeded("Not so.", account="work"), 3),
        (TryLater("Not so."), 4),
        (SomeFailed("Not so."), 5),
        (GphotosError("Not so.", advice="Do this."), 1),
    ],
)
def test_expected_trouble(
    code_of: Raises, capsys: pytest.CaptureFixture[str], error: GphotosError, code: int
) -> None:
    assert code_of(error) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"{error}\n" + (f"{error.advice}\n" if error.advice else "")


def test_a_bug_keeps_its_traceback(
    code_of: Raises, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    log_bugs_to(tmp_path / "data" / "log")
    assert code_of(ZeroDivisionError("of ours")) == 1
    told = capsys.readouterr().err
    kept = tmp_path / "data" / "log" / "bugs.log"
    assert "ZeroDivisionError: of ours" in told
    assert str(kept) in told
    assert "ZeroDivisionError: of ours" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0
    code_of(ZeroDivisionError("again"))
    assert kept.read_text().count("ZeroDivisionError") == 2


def test_a_bug_before_any_configuration_is_shown(
    code_of: Raises, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(ZeroDivisionError("early")) == 1
    assert "ZeroDivisionError: early" in capsys.readouterr().err


def test_the_log_of_bugs_does_not_grow_for_ever(
    code_of: Raises, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "KEEP_BYTES", 10)
    log_bugs_to(tmp_path)
    for _ in range(3):
        code_of(ZeroDivisionError("x"))
    assert (tmp_path / "bugs.log").read_text().count("ZeroDivisionError") == 1


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()])
def test_an_interruption_is_calm(
    code_of: Raises, capsys: pytest.CaptureFixture[str], error: BaseException
) -> None:
    assert code_of(error) == 130
    assert "nothing is lost" in capsys.readouterr().err
