"""A person who clicks Allow: opens the consent page and follows it back to the program."""

from __future__ import annotations

import logging
import threading

import requests

log = logging.getLogger(__name__)


def approve(url: str) -> None:
    """Returns at once; the browser works in the background, as a real one does.

    The program that waits for the redirect may call this from the thread it waits in.
    """
    threading.Thread(target=_follow_quietly, args=(url,), name="browser", daemon=True).start()


def follow(url: str) -> str:
    """Opens the page, follows every redirect and returns the text of the last page.

    Raises requests.RequestException, also for a page that says no (a refused consent request).
    """
    with requests.Session() as session:
        session.trust_env = False  # a proxy has no way to this machine's loopback
        answer = session.get(url, timeout=30)
        answer.raise_for_status()
        return answer.text


def _follow_quietly(url: str) -> None:
    try:
        follow(url)
    except requests.RequestException as error:
        log.warning("the browser could not finish the sign-in: %s", type(error).__name__)
