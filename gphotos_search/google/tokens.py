"""The sign-ins of this machine: one file per account, for its owner's eyes only."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gphotos_search.config.values import account as account_name
from gphotos_search.errors import SignInNeeded, TryLater, UsageError
from gphotos_search.google.hosts import host_of
from gphotos_search.lock import exclusive

LOCK_WAIT_S = 120.0  # a refresh asks three times with 30 s of patience each


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One account's grant. `scopes` is what Google granted, whatever was asked for."""

    account: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_uri: str
    client_id: str
    client_secret: str = field(repr=False)
    scopes: tuple[str, ...]
    expiry: datetime | None = None  # aware, UTC; None counts as expired
    refused: str = ""  # why Google ended the grant; no request is made with it any more
    email: str = ""  # of the account, where Google told it
    signed_in_at: datetime | None = None  # aware, UTC
    grant_ends_at: datetime | None = None  # aware, UTC; Google says so for clients in "Testing"


class TokenStore:
    """data_dir/tokens: 0700, files 0600, replaced whole so that a crash keeps the old one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, account: str) -> Path:
        """Raises UsageError for a name that is not plainly the name of an account."""
        try:
            account_name(account)
        except ValueError as error:
            raise UsageError(f"This cannot name an account: {error}.") from None
        return self.folder / f"{account}.json"

    def accounts(self) -> tuple[str, ...]:
        """The accounts that were signed in on this machine, also those Google has refused since."""
        return tuple(sorted(p.stem for p in self.folder.glob("*.json") if p.stem[0] != "."))

    def lock(self, account: str) -> AbstractContextManager[None]:
        """Held while an account's file is read, renewed and written. Raises Locked."""
        path = self.path(account).with_suffix(".lock")
        return exclusive(path, purpose=f"signing in {account}", wait_s=LOCK_WAIT_S)

    def load(self, account: str) -> Token:
        """Raises SignInNeeded when there is no sign-in or its file cannot be understood."""
        path = self.path(account)
        try:
            return _parse(account, json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise SignInNeeded(
                f'The account "{account}" is not signed in.', account=account
            ) from None
        except (OSError, ValueError, KeyError, TypeError):
            raise SignInNeeded(
                f"The sign-in stored in {path} cannot be read.", account=account
            ) from None

    def save(self, token: Token) -> None:
        """All of the file or none of it. Raises TryLater when it cannot be written."""
        path = self.path(token.account)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.folder.chmod(0o700)
            _replace(path, json.dumps(_as_json(token), indent=1).encode())
        except OSError as error:
            raise TryLater(f"The sign-in cannot be saved to {path}: {error.strerror}.") from error

    def delete(self, account: str) -> bool:
        """False when there was none."""
        try:
            self.path(account).unlink()
        except FileNotFoundError:
            return False
        return True


def _as_json(token: Token) -> dict[str, Any]:
    return {
        "token": token.access_token,
        "refresh_token": token.refresh_token,
        "token_uri": token.token_uri,
        "client_id": token.client_id,
        "client_secret": token.client_secret,
        "scopes": list(token.scopes),
        "expiry": _iso(token.expiry),
        "refused": token.refused,
        "email": token.email,
        "signed_in_at": _iso(token.signed_in_at),
        "grant_ends_at": _iso(token.grant_ends_at),
    }


def _parse(account: str, body: dict[str, Any]) -> Token:
    """Raises KeyError, TypeError or ValueError for anything that is not our own form."""
    texts = {key: body[key] for key in ("refresh_token", "token_uri", "client_id", "client_secret")}
    if not all(isinstance(value, str) for value in texts.values()):
        raise TypeError("a field is not text")
    if not host_of(texts["token_uri"]):
        raise ValueError("token_uri is neither https nor on this machine")
    return Token(
        account=account,
        access_token=str(body.get("token") or ""),
        scopes=tuple(str(scope) for scope in body["scopes"]),
        expiry=_moment(body.get("expiry")),
        refused=str(body.get("refused") or ""),
        email=str(body.get("email") or ""),
        signed_in_at=_moment(body.get("signed_in_at")),
        grant_ends_at=_moment(body.get("grant_ends_at")),
        **texts,
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)  # made 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
