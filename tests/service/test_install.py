"""Units for this environment: written, enabled, verified by systemd, taken away again."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gphotos_search.config import Config, ServiceConfig, SyncConfig
from gphotos_search.errors import TryLater, UsageError
from gphotos_search.service import install as module
from gphotos_search.service.install import UNITS, command, install, render, uninstall

ROOT = Path(__file__).parents[2]
GENERIC = ["%h/.local/bin/gphotos-search"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, a program folder without systemctl, and a program to start."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program = programs / "gphotos-search"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(sys, "argv", [str(program)])
    return tmp_path / "home"


def folder(home: Path) -> Path:
    return home / ".config" / "systemd" / "user"


def with_systemctl(home: Path, script: str = "exit 0") -> Path:
    """A systemctl that notes what it is told."""
    log = home.parent / "told"
    program = home.parent / "bin" / "systemctl"
    program.write_text(f'#!/bin/sh\necho "$@" >> {log}\n{script}\n')
    program.chmod(0o755)
    return log


def config(tmp: Path, **service: object) -> Config:
    return Config(file=tmp / "config.toml", service=ServiceConfig(**service))  # type: ignore[arg-type]


def test_the_units_of_the_repository_are_those_of_the_package() -> None:
    for name, text in render(Config(), GENERIC).items():
        assert (ROOT / "systemd" / name).read_text() == text, f"systemd/{name} is out of date"
    assert sorted(UNITS) == sorted(path.name for path in (ROOT / "systemd").iterdir())


def test_without_systemctl_the_files_are_written_and_the_next_step_is_said(home: Path) -> None:
    lines: list[str] = []
    install(config(home), lines.append)
    assert sorted(path.name for path in folder(home).iterdir()) == sorted(UNITS)
    assert "systemctl --user enable --now gphotos-search.service" in "\n".join(lines)
    text = (folder(home) / "gphotos-search.service").read_text()
    program = home.parent / "bin" / "gphotos-search"
    assert f"ExecStart={program} --config {home}/config.toml service run" in text
    uninstall(lines.append)
    assert list(folder(home).iterdir()) == []
    uninstall(lines.append)
    assert "nothing to do" in lines[-1]


def test_with_systemctl_they_are_enabled_and_disabled(home: Path) -> None:
    told, lines = with_systemctl(home), list[str]()
    install(config(home), lines.append)
    assert told.read_text().splitlines() == [
        "--user daemon-reload",
        "--user enable --now gphotos-search.service gphotos-search-reindex.timer",
        "--user try-restart gphotos-search.service",
    ]
    assert "loginctl enable-linger" in lines[-1]
    told.unlink()
    uninstall(lines.append)
    first, last = told.read_text().splitlines()
    assert first.startswith("--user disable --now gphotos-search.service")
    assert last == "--user daemon-reload"


def test_a_service_that_leaves_when_idle_is_started_by_its_socket(home: Path) -> None:
    told = with_systemctl(home)
    install(config(home, idle_exit=timedelta(minutes=10)), lambda _: None)
    enabled = told.read_text().splitlines()[1].split()
    assert {"gphotos-search.socket", "gphotos-search-sync.timer"} < set(enabled)
    assert "gphotos-search.service" not in enabled


def test_a_service_manager_that_refuses_is_a_sentence_with_the_way_on(home: Path) -> None:
    with_systemctl(home, "echo 'Failed to connect to bus' >&2; exit 1")
    with pytest.raises(TryLater, match="Failed to connect to bus") as told:
        install(config(home), lambda _: None)
    assert "systemctl --user daemon-reload" in told.value.advice
    assert (folder(home) / "gphotos-search.service").exists()


def test_a_unit_of_somebody_else_is_kept(home: Path) -> None:
    folder(home).mkdir(parents=True)
    theirs = folder(home) / "gphotos-search.socket"
    theirs.write_text("[Socket]\n")
    with pytest.raises(UsageError, match="nothing was changed"):
        install(config(home), lambda _: None)
    assert list(folder(home).iterdir()) == [theirs]
    uninstall(lambda _: None)
    assert theirs.read_text() == "[Socket]\n"


def test_no_program_no_unit(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["something-else"])
    monkeypatch.setattr(sys, "executable", str(home / "bin" / "python"))
    with pytest.raises(UsageError, match="is not there"):
        install(config(home), lambda _: None)


def test_odd_paths_are_quoted_for_systemd() -> None:
    quoted = module._quoted
    assert quoted("/usr/bin/gphotos-search") == "/usr/bin/gphotos-search"
    assert quoted('/a b/50%/$x/"q"\\') == '"/a b/50%%/$$x/\\"q\\"\\\\"'
    with pytest.raises(UsageError):
        quoted("/a\nb")


CRON = SyncConfig(cron="*/15 3-5 1,15 * mon-fri")
VERIFIED = [
    (Config(), "bin"),
    (Config(sync=CRON, service=ServiceConfig(socket="/tmp/a%b c")), "my programs 100%"),
    (Config(sync=SyncConfig(every=timedelta(minutes=90))), "odd \"name\" $HOME 'x'"),
]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("wanted, name", VERIFIED, ids=["default", "cron", "interval"])
def test_systemd_accepts_the_units(
    wanted: Config, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = tmp_path / name
    odd.mkdir()
    program = odd / "gphotos-search"
    program.symlink_to("/bin/true")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(sys, "argv", [str(program)])
    words = command(replace(wanted, file=tmp_path / "$config 100%.toml"))
    for unit, text in render(wanted, words).items():
        (tmp_path / unit).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", *(str(tmp_path / unit) for unit in UNITS)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
