"""`gphotos-search service`: the background worker, in this terminal or under systemd."""

from __future__ import annotations

import click

from gphotos_search.cli.context import Settings, pass_settings
from gphotos_search.cli.errors import sentences


@click.group()
def service() -> None:
    """Keep the index up to date in the background, and answer searches at once."""


@service.command()
@pass_settings
@sentences
def run(settings: Settings) -> None:
    """Serve in this terminal until Ctrl-C or SIGTERM; SIGHUP reads the configuration again.

    Syncs as `sync.every` or `sync.cron` says, and answers searches on a unix socket.
    """
    from gphotos_search.app import App
    from gphotos_search.cli.remote import answer
    from gphotos_search.service import logs
    from gphotos_search.service.run import run as serve

    config = settings.config
    logs.configure()
    raise SystemExit(serve(config, App, lambda: Settings(settings.config_option).config, answer))


@service.command()
@pass_settings
@sentences
def install(settings: Settings) -> None:
    """Write systemd user units for this environment, enable and start them."""
    from gphotos_search.service.install import install as write

    write(settings.config, click.echo)


@service.command()
@sentences
def uninstall() -> None:
    """Stop the units and remove them; the index and the settings stay."""
    from gphotos_search.service.install import uninstall as remove

    remove(click.echo)
