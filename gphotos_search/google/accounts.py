"""Whose account a sign-in is, and links that open in the browser as that person."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from gphotos_search.config import Config
from gphotos_search.errors import GphotosError, SignInNeeded
from gphotos_search.google.scopes import DRIVE
from gphotos_search.google.tokens import Token, TokenStore

TESTING = timedelta(days=7)  # how long a grant lasts while the client's status is "Testing"
PERSONAL = ("photos.google.com", "drive.google.com")  # what they show depends on who is signed in
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def address(url: str, email: str) -> str:
    """`url` so that a browser with several accounts opens it as `email`; the same where that is ""
    or the link is not a person's own."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    personal = parts.scheme == "https" and parts.netloc in PERSONAL
    if not email or not personal or any(name == "authuser" for name, _ in query):
        return url
    return urlunsplit(parts._replace(query=urlencode([*query, ("authuser", email)])))


def email_of(store: TokenStore, account: str) -> str:
    """What is known of the account's address; "" where nothing is.

    No permission we ask for tells it but Drive's. So an account without that one is known by the
    name that the person gave it, if it is an e-mail address.
    """
    with suppress(SignInNeeded):
        if (token := store.load(account)).email:
            return token.email
    return account if _EMAIL.fullmatch(account) else ""


def learn_email(config: Config, account: str) -> str:
    """Ask Drive for the address, where its permission was granted, and keep it; "" otherwise.

    Never fails: nothing but the comfort of links depends on it.
    """
    from gphotos_search.google.credentials import AccountCredentials
    from gphotos_search.google.drive import DriveApi
    from gphotos_search.google.patience import Patience, RetryPolicy

    store = TokenStore(config.storage.tokens)
    with suppress(GphotosError):
        if DRIVE not in store.load(account).scopes:
            return ""
        patience = Patience(RetryPolicy(attempts=2, total_s=5))
        api = DriveApi(config.google.drive_url, AccountCredentials(store, account), patience)
        with closing(api):
            email = api.email()
        if _EMAIL.fullmatch(email):
            with store.lock(account):
                store.save(replace(store.load(account), email=email))
            return email
    return ""


def ended_as_testing(token: Token, now: datetime | None = None) -> bool:
    """Whether the end of a grant looks like that of a client whose status is "Testing": it was
    good until some moment of its first seven days, and they are over."""
    if token.signed_in_at is None:
        return False
    last_good = (token.expiry or token.signed_in_at) - timedelta(hours=1)
    week = token.signed_in_at + TESTING
    return last_good <= week <= (now or datetime.now(UTC))
