"""`auth login`, `auth status`, `auth logout`: the Google accounts of this machine."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.errors import sentences
from gphotos_search.cli.numbers import Whole
from gphotos_search.cli.terminal import has_screen
from gphotos_search.config import Config, SourceConfig
from gphotos_search.config.settings import GOOGLE_TYPES
from gphotos_search.errors import SignInNeeded

if TYPE_CHECKING:
    from gphotos_search.google.signin import SignedIn

account_option = click.option(
    "--account", default="default", show_default=True, help="Which of several Google accounts."
)


@click.group()
def auth() -> None:
    """Sign in to Google, see what a sign-in covers, sign out."""


@auth.command()
@account_option
@click.option(
    "--for",
    "types",
    multiple=True,
    type=click.Choice(GOOGLE_TYPES),
    help="Ask also for what this type of source needs; may be repeated.",
)
@click.option("--no-browser", is_flag=True, help="Only print the link; open no browser.")
@click.option(
    "--port",
    type=Whole(0, 65535),
    default=0,
    help="Where the browser comes back to; a fixed one can be forwarded with ssh -L.",
)
@pass_settings
@sentences
def login(
    settings: Settings, account: str, types: Sequence[str], no_browser: bool, port: int
) -> None:
    """Sign in to a Google account in a browser.

    Asks for what the sources of the account need, and no more; what was granted before stays.
    """
    from gphotos_search.cli.accounts import all_sources
    from gphotos_search.google import accounts, scopes
    from gphotos_search.google.signin import sign_in

    config = settings.config
    sources = all_sources(config)
    asked = scopes.wanted(sources, account, types)
    for scope in asked:
        _say(f"The permission {scopes.short(scope)} shows {scopes.WHAT_IT_SHOWS[scope]}.")
    done = sign_in(
        config,
        account,
        asked,
        open_browser=None if no_browser or not has_screen() else _open_browser,
        port=port,
        say=_say,
    )
    email = accounts.learn_email(config, done.account)
    click.echo(f'Signed in as "{done.account}"' + (f" ({email})." if email else "."))
    _forget_the_refusal(config, done)
    for scope in done.missing:
        click.echo(
            f"Not granted: {scopes.short(scope)}. {_who_waits(sources, done.account, scope)} until"
            " you sign in again and leave the box ticked; everything else works.",
            err=True,
        )


@auth.command()
@pass_settings
@sentences
def status(settings: Settings) -> None:
    """Which accounts are signed in, until when, and which sources each one serves."""
    from gphotos_search.cli.accounts import all_sources, described
    from gphotos_search.google import scopes
    from gphotos_search.google.tokens import TokenStore

    config = settings.config
    sources = all_sources(config)
    store = TokenStore(config.storage.tokens)
    named = {s.account for s in sources if s.type in scopes.NEEDED}
    accounts = sorted(named.union(store.accounts()))
    for account in accounts:
        for line in described(store, sources, account):
            click.echo(line)
    if not accounts:
        click.echo("No account is signed in. Run: gphotos-search auth login")
    click.echo(scopes.WHAT_THE_LIBRARY_API_REACHES)
    click.echo(scopes.THE_WAY_TO_EVERYTHING)


@auth.command()
@account_option
@pass_settings
@sentences
def logout(settings: Settings, account: str) -> None:
    """End the access at Google and remove the sign-in from this machine; the index stays."""
    from gphotos_search.google.credentials import revoke
    from gphotos_search.google.tokens import TokenStore

    store = TokenStore(settings.config.storage.tokens)
    with store.lock(account):
        try:
            token = store.load(account)
        except SignInNeeded:
            removed = store.delete(account)  # a file that cannot be read is removed all the same
            click.echo(f'"{account}" was not signed in.' if not removed else _removed(account))
            return
        revoked = revoke(token)
        store.delete(account)
    click.echo(_removed(account))
    if not revoked:
        click.echo(
            "Google could not be reached, so the access itself was not ended there; do it at"
            " https://myaccount.google.com/permissions",
            err=True,
        )


def _forget_the_refusal(config: Config, done: SignedIn) -> None:
    """What a sync noted about the sign-in before this one must not stand in `status` any more."""
    if not config.storage.catalog.exists():
        return
    from gphotos_search.catalog.store import Catalog
    from gphotos_search.google import scopes
    from gphotos_search.status import signed_in_again

    catalog = Catalog.open(config.storage.data_dir)
    try:
        covered = [type_ for type_ in scopes.NEEDED if scopes.covers(done.granted, type_)]
        signed_in_again(catalog, done.account, covered)
    finally:
        catalog.close()


def _who_waits(sources: Sequence[SourceConfig], account: str, scope: str) -> str:
    from gphotos_search.google import scopes

    waiting = [
        f'"{source.name}"'
        for source in sources
        if source.account == account and scopes.NEEDED.get(source.type) == scope
    ]
    if not waiting:
        return "Sources that need it wait"
    return f"{', '.join(waiting)} {'waits' if len(waiting) == 1 else 'wait'}"


def _removed(account: str) -> str:
    return f'The sign-in of "{account}" was removed from this machine; what is indexed stays.'


def _say(line: str) -> None:
    click.echo(line)  # not rich: a link must stay whole on its line
    sys.stdout.flush()  # the person acts on it while we wait


_open_browser: Callable[[str], object] = webbrowser.open
