"""The scripted browser finishes a sign-in as a person would."""

from __future__ import annotations

import logging
import threading
import webbrowser
from pathlib import Path

import pytest
from google.auth.transport.requests import AuthorizedSession
from google_auth_oauthlib.flow import InstalledAppFlow
from oauthlib.oauth2 import AccessDeniedError

from gphotos_search.demo.browser import approve
from gphotos_search.demo.emulator import READ_SCOPE, Emulator

APPEND_SCOPE = "https://www.googleapis.com/auth/photoslibrary.appendonly"


class ScriptedBrowser(webbrowser.BaseBrowser):
    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        approve(url)
        return True


@pytest.fixture
def _browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    webbrowser.register("scripted", None, ScriptedBrowser())


@pytest.mark.usefixtures("_browser")
def test_the_installed_app_flow_signs_in_and_reads(google: Emulator, client_file: Path) -> None:
    flow = InstalledAppFlow.from_client_secrets_file(str(client_file), [READ_SCOPE])
    credentials = flow.run_local_server(
        port=0, prompt="consent", browser="scripted", timeout_seconds=30
    )
    assert credentials.refresh_token
    assert credentials.token_uri == f"{google.url}/token"
    with AuthorizedSession(credentials) as session:  # type: ignore[no-untyped-call]
        page = session.get(f"{google.url}/v1/mediaItems").json()
    assert [item["id"] for item in page["mediaItems"]] == google.library.ids
    assert google.log.counts() == {"auth": 1, "token": 1, "list": 1}


@pytest.mark.usefixtures("_browser")
def test_a_person_who_cancels_ends_the_flow(google: Emulator, client_file: Path) -> None:
    google.oauth.person.denies = True
    flow = InstalledAppFlow.from_client_secrets_file(str(client_file), [READ_SCOPE])
    with pytest.raises(AccessDeniedError):
        flow.run_local_server(port=0, browser="scripted", timeout_seconds=30)


@pytest.mark.usefixtures("_browser")
def test_an_unticked_scope_is_missing_from_the_grant(google: Emulator, client_file: Path) -> None:
    google.oauth.person.unticks = frozenset({READ_SCOPE})
    flow = InstalledAppFlow.from_client_secrets_file(str(client_file), [READ_SCOPE, APPEND_SCOPE])
    with pytest.raises(Warning, match="Scope has changed") as caught:
        flow.run_local_server(port=0, browser="scripted", timeout_seconds=30)
    assert caught.value.new_scope == [APPEND_SCOPE]  # type: ignore[attr-defined]


def test_the_browser_reports_trouble_without_the_address(
    google: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        approve(f"{google.url}/auth?client_id=secret-word")
        for thread in threading.enumerate():
            if thread.name == "browser":
                thread.join(10)
    assert "could not finish" in caplog.text
    assert "secret-word" not in caplog.text
