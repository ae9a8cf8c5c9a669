"""Which zone a process says it lives in."""

from __future__ import annotations

from pathlib import Path

import pytest

from gphotos_search.service import clock


@pytest.mark.parametrize(
    "said, name",
    [("Europe/Vienna", "Europe/Vienna"), (":Europe/Vienna", "Europe/Vienna"), ("UTC", "UTC")],
)
def test_the_variable_wins(said: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", said)
    assert clock.zone() == name


def test_else_the_machine_s(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    local = tmp_path / "localtime"
    monkeypatch.setattr(clock, "LOCALTIME", str(local))
    monkeypatch.setenv("TZ", "")
    assert clock.zone() == clock.NO_NAME
    monkeypatch.delenv("TZ")
    assert clock.zone() == ""
    local.symlink_to("../usr/share/zoneinfo/Europe/Vienna")
    assert clock.zone() == "Europe/Vienna"
    local.unlink()
    local.symlink_to("/elsewhere/clock")
    assert clock.zone() == "/elsewhere/clock"
    local.unlink()
    local.write_bytes(b"TZif")
    assert clock.zone() == ""
