"""`auth` and `doctor` with several permissions and accounts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gphotos_search.catalog import quota as counted
from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import READ_SCOPE, Emulator, Fault
from gphotos_search.google.quota import project_day
from gphotos_search.google.scopes import DRIVE, PICKER
from tests.cli.conftest import Ran, Run
from tests.cli.test_auth import sign_in
from tests.signed_in import store_sign_in

CONFIG = """
[storage]
data_dir = "{data}"
[google]
client_secret = "{client}"
library_url = "{url}/"
picker_url = "{url}/picker/"
drive_url = "{url}/drive/v3/"
media_hosts = ["127.0.0.1"]
[model]
name = "demo"
[[sources]]
name = "photos"
type = "google_library"
[[sources]]
name = "exports"
type = "drive_takeout"
[[sources]]
name = "picked"
type = "google_picker"
account = "second"
"""

Call = Callable[..., Ran]


@pytest.fixture
def config_file(google: Emulator, config: Config, tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    data, client = config.storage.data_dir, config.google.client_secret
    path.write_text(CONFIG.format(data=data, client=client, url=google.url))
    return path


@pytest.fixture
def call(run: Run, config_file: Path) -> Call:
    return lambda *argv: run("--config", str(config_file), *argv)


def order(out: str) -> list[str]:
    """The subjects of a report, in their order."""
    return [line[9:].split(":")[0] for line in out.splitlines() if not line.startswith(" ")]


def test_login_says_what_each_permission_shows(config_file: Path, google: Emulator) -> None:
    ran = sign_in(config_file)
    assert ran.code == 0, ran.err
    assert "drive.readonly shows every file of your Drive; only archives named takeout-" in ran.out
    assert "photoslibrary.readonly.appcreateddata shows photos that this same" in ran.out
    assert "photospicker" not in ran.out
    assert f'Signed in as "default" ({google.drive.email}).' in ran.out


def test_an_unticked_box_names_the_source_that_waits(config_file: Path, google: Emulator) -> None:
    google.oauth.person.unticks = frozenset({DRIVE})
    ran = sign_in(config_file)
    assert ran.code == 0
    assert 'Not granted: drive.readonly. "exports" waits until' in ran.err


def test_login_for_a_type_that_no_source_has_yet(config_file: Path, google: Emulator) -> None:
    ran = sign_in(config_file, "--account", "third", "--for", "drive_takeout")
    assert ran.code == 0
    assert google.grants.granted == {DRIVE}


def test_status_tells_how_long_a_sign_in_lasts(
    call: Call, google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config, READ_SCOPE, DRIVE)
    ends = datetime.now(UTC) + timedelta(days=5)
    token = replace(store.load("default"), grant_ends_at=ends, email="someone@gmail.com")
    store.save(replace(token, signed_in_at=datetime.now(UTC) - timedelta(days=2)))
    out = call("auth", "status").out
    assert re.search(r"default \(someone@gmail.com\): signed in since \d{4}-", out)
    assert f'ends {ends.astimezone():%Y-%m-%d %H:%M}: the Google client is in "Testing"' in out
    assert "In production" in out
    assert "source exports (drive_takeout): covered" in out


def test_status_of_a_grant_that_ended_after_seven_days(
    call: Call, google: Emulator, config: Config
) -> None:
    store = store_sign_in(google, config, DRIVE)
    began = datetime.now(UTC) - timedelta(days=8)
    dead = replace(store.load("default"), refused="It is over.", signed_in_at=began, expiry=began)
    store.save(dead)
    out = call("auth", "status").out
    assert "It ended after seven days" in out
    assert "docs/how-to/google-client.md, step 4" in out


def test_doctor_checks_in_order(call: Call, google: Emulator, config: Config) -> None:
    store_sign_in(google, config, READ_SCOPE, DRIVE)
    store_sign_in(google, config, PICKER, account="second")
    ran = call("doctor")
    assert ran.code == 0, ran.out
    assert order(ran.out) == [
        "configuration",
        "client file",
        "account default",
        "account second",
        "Google Drive API (default)",
        "Photos Library API (default)",
        "Google Photos Picker API (second)",
        "permission photos",
        "permission exports",
        "permission picked",
        "quota",
        "catalogue",
        "source photos",
        "source exports",
        "source picked",
        "model",
        "index",
        "service",
        "disk",
    ]
    assert ran.out.count("enabled, answers") == 3


def test_doctor_finds_an_api_that_is_not_enabled(
    call: Call, google: Emulator, config: Config
) -> None:
    store_sign_in(google, config, READ_SCOPE, DRIVE)
    store_sign_in(google, config, PICKER, account="second")
    google.faults.add(Fault(kind="drive.about", status=403, reason="accessNotConfigured"))
    ran = call("doctor")
    assert ran.code == 3
    assert "problem  Google Drive API (default): The Google Drive API is not enabled" in ran.out
    assert "https://console.cloud.google.com/apis/library" in ran.out


def test_doctor_without_a_network(call: Call, google: Emulator, config: Config) -> None:
    store_sign_in(google, config, READ_SCOPE, DRIVE)
    store_sign_in(google, config, PICKER, account="second")
    google.stop()
    ran = call("doctor")
    assert ran.code == 0
    assert ran.out.count("could not be asked") == 3


def test_doctor_finds_a_permission_that_is_missing(
    call: Call, google: Emulator, config: Config
) -> None:
    store_sign_in(google, config, READ_SCOPE)
    store_sign_in(google, config, PICKER, account="second")
    ran = call("doctor")
    assert ran.code == 3
    assert "problem  permission exports: not granted: drive.readonly" in ran.out
    assert "Run: gphotos-search auth login --account default" in ran.out
    assert google.log.count("drive.about") == 0


def test_doctor_tells_what_is_left_of_the_day(call: Call, google: Emulator, config: Config) -> None:
    store_sign_in(google, config, READ_SCOPE, DRIVE)
    store_sign_in(google, config, PICKER, account="second")
    catalog = Catalog.open(config.storage.data_dir)
    with catalog.transaction() as tx:
        counted.spend(tx, "media", project_day(datetime.now(UTC)), 75_000, 75_000)
    catalog.close()
    ran = call("doctor")
    assert ran.code == 4
    assert re.search(r"problem +quota: 9,99\d of 10,000 requests and 0 of 75,000 pic", ran.out)


def test_doctor_as_json(call: Call, google: Emulator, config: Config) -> None:
    ran = call("doctor", "--json")
    assert ran.code == 3
    told = json.loads(ran.out)["checks"]
    assert [tuple(one) for one in told] == [("subject", "told", "code", "remedy")] * len(told)
    assert any(one["subject"] == "account second" and one["code"] == 3 for one in told)
