"""Sign-ins as a finished consent leaves them, without a browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gphotos_search.config import Config
from gphotos_search.demo.emulator import READ_SCOPE, Emulator
from gphotos_search.demo.emulator.oauth import CLIENT_ID, CLIENT_SECRET
from gphotos_search.google.tokens import Token, TokenStore

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def store_sign_in(
    google: Emulator,
    config: Config,
    *scopes: str,
    account: str = "default",
    expiry: datetime | None = None,
) -> TokenStore:
    """tokens/<account>.json holds a live grant; `expiry` LONG_AGO makes the first use refresh."""
    asked = list(scopes or (READ_SCOPE,))
    answer = google.sign_in(asked)
    store = TokenStore(config.storage.tokens)
    store.save(
        Token(
            account=account,
            access_token=str(answer["access_token"]),
            refresh_token=str(answer["refresh_token"]),
            token_uri=f"{google.url}/token",
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            scopes=tuple(asked),
            expiry=expiry or datetime.now(UTC) + timedelta(hours=1),
        )
    )
    return store
