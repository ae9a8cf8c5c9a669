from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gphotos_search.errors import ConfigError
from gphotos_search.google.clientfile import load_client

GOOD = {
    "client_id": "1-x.apps.googleusercontent.com",
    "client_secret": "GOCSPX-hush",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token",
}


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_client(path)
    error = caught.value
    assert error.exit_code == 2
    assert str(path) in str(error)
    assert "docs/how-to/google-client.md" in error.advice
    assert "hush" not in str(error)
    return str(error)


@pytest.mark.parametrize("section", ["installed", "web"])
def test_both_kinds_of_file_are_read(section: str, tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(json.dumps({section: GOOD}))
    client = load_client(path)
    assert client.token_uri == GOOD["token_uri"]
    assert "hush" not in repr(client)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.json")
    assert "cannot be read" in refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"installed": 5}', "\udcff"])
def test_what_is_no_client_file_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    refusal(path)


@pytest.mark.parametrize(
    "change, word",
    [
        ({"client_id": ""}, "client_id"),
        ({"client_secret": None}, "client_secret"),
        ({"token_uri": "http://oauth2.googleapis.com/token"}, "https"),
        ({"token_uri": "https://user@evil.example/token"}, "https"),
        ({"auth_uri": "http://accounts.google.com/auth"}, "https"),
    ],
)
def test_every_problem_is_named(change: dict[str, Any], word: str, tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(json.dumps({"installed": {**GOOD, **change}}))
    assert word in refusal(path)


def test_http_is_accepted_for_this_machine(tmp_path: Path) -> None:
    path = tmp_path / "client.json"
    path.write_text(json.dumps({"installed": {**GOOD, "token_uri": "http://127.0.0.1:1/token"}}))
    assert load_client(path).token_uri == "http://127.0.0.1:1/token"
