"""What `auth status` says of one account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from gphotos_search.config import Config, SourceConfig
from gphotos_search.errors import GphotosError, SignInNeeded
from gphotos_search.google import scopes
from gphotos_search.google.accounts import ended_as_testing
from gphotos_search.google.tokens import Token, TokenStore

OUT_OF_TESTING = (
    'Set the publishing status of your Google client to "In production" and sign in again'
    " (docs/how-to/google-client.md, step 4)."
)


def all_sources(config: Config) -> tuple[SourceConfig, ...]:
    """Those of the config and those that were remembered; no catalogue is made for the question."""
    if not config.storage.catalog.exists():
        return config.sources
    from gphotos_search import remembered
    from gphotos_search.catalog.store import Catalog

    catalog = Catalog.open(config.storage.data_dir)
    try:
        return remembered.all_sources(config, catalog)
    finally:
        catalog.close()


def described(store: TokenStore, sources: Sequence[SourceConfig], account: str) -> Iterator[str]:
    """The account, how long it lasts, what it was granted, and which sources that serves."""
    try:
        token = store.load(account)
    except GphotosError as error:
        yield f"{account}: {error}"
        yield f"  {error.advice}"
        return
    yield from _state(token)
    granted = ", ".join(scopes.short(scope) for scope in token.scopes) or "nothing"
    yield f"  granted: {granted}"
    for source in sources:
        if source.account == account and source.type in scopes.NEEDED:
            yield f"  source {source.name} ({source.type}): {_verdict(token, source)}"


def _state(token: Token) -> Iterator[str]:
    whose = f" ({token.email})" if token.email else ""
    if token.refused:
        yield f"{token.account}{whose}: {token.refused}"
        if ended_as_testing(token):
            yield '  It ended after seven days, as sign-ins of clients in "Testing" do.'
            yield f"  {OUT_OF_TESTING}"
        yield f"  {SignInNeeded('', account=token.account).advice}"
        return
    since = f" since {_day(token.signed_in_at)}" if token.signed_in_at else ""
    yield f"{token.account}{whose}: signed in{since}"
    if token.grant_ends_at is not None:
        verb = "ends" if token.grant_ends_at > datetime.now(UTC) else "ended"
        yield f'  {verb} {_day(token.grant_ends_at)}: the Google client is in "Testing"'
        yield f"  {OUT_OF_TESTING}"


def _verdict(token: Token, source: SourceConfig) -> str:
    if scopes.covers(token.scopes, source.type):
        return "covered"
    return f"not covered: needs {scopes.short(scopes.NEEDED[source.type])}"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
