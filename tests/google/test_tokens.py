from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from gphotos_search.errors import SignInNeeded, TryLater, UsageError
from gphotos_search.google.tokens import TokenStore


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_token_comes_back_as_it_was(store: TokenStore) -> None:
    token = store.load("default")
    store.save(replace(token, account="second", scopes=("a", "b"), refused="gone"))
    again = store.load("second")
    assert again == replace(token, account="second", scopes=("a", "b"), refused="gone")
    assert store.accounts() == ("default", "second")


def test_only_the_owner_may_read_it(store: TokenStore) -> None:
    store.folder.chmod(0o755)
    store.path("default").chmod(0o644)
    old = os.umask(0)
    try:
        store.save(store.load("default"))
    finally:
        os.umask(old)
    assert mode(store.folder) == 0o700
    assert mode(store.path("default")) == 0o600


def test_no_secret_is_in_its_repr(store: TokenStore) -> None:
    token = store.load("default")
    for secret in (token.access_token, token.refresh_token, token.client_secret):
        assert secret
        assert secret not in repr(token)


def test_a_failed_write_keeps_the_old_file(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = store.path("default").read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TryLater, match="No space left"):
        store.save(replace(store.load("default"), access_token="new"))
    assert store.path("default").read_bytes() == before
    assert [path.name for path in store.folder.iterdir()] == ["default.json"]


@pytest.mark.parametrize(
    "account", ["", ".", "..", "../x", "a/b", "/etc/passwd", "a\0b", "a b", ".hidden", "x\n"]
)
def test_a_name_cannot_lead_elsewhere(account: str, store: TokenStore) -> None:
    with pytest.raises(UsageError):
        store.load(account)
    with pytest.raises(UsageError):
        store.delete(account)


def test_no_sign_in_says_how_to_get_one(store: TokenStore) -> None:
    with pytest.raises(SignInNeeded) as caught:
        store.load("me@example.com")
    assert caught.value.advice == "Run: gphotos-search auth login --account me@example.com"


@pytest.mark.parametrize(
    "change",
    [
        {"refresh_token": None},
        {"scopes": None},
        {"expiry": "soon"},
        {"token_uri": "http://evil.example/token"},
        {"client_id": 5},
    ],
)
def test_a_damaged_file_needs_a_new_sign_in(change: dict[str, object], store: TokenStore) -> None:
    path = store.path("default")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(SignInNeeded, match="cannot be read"):
        store.load("default")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_so_does_garbage(content: bytes, store: TokenStore) -> None:
    store.path("default").write_bytes(content)
    with pytest.raises(SignInNeeded):
        store.load("default")


def test_deleting_says_whether_there_was_one(store: TokenStore) -> None:
    assert store.delete("default")
    assert not store.delete("default")
