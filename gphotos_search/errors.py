"""Expected trouble. `str(error)` says what happened and what is safe, `advice` what to do next.

Anything that is not a GphotosError is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime


class GphotosError(Exception):
    """The root of every failure we expect; `exit_code` is the command line's contract."""

    exit_code = 1
    advice = ""

    def __init__(self, message: str, *, advice: str | None = None) -> None:
        super().__init__(message)
        if advice is not None:
            self.advice = advice


class UsageError(GphotosError):
    """The words on the command line do not make a request we can serve."""

    exit_code = 2


class ConfigError(GphotosError):
    """The configuration cannot be used; holds every problem found, each with its path."""

    exit_code = 2
    advice = "Correct the file and run the command again; config.example.toml shows every setting."

    def __init__(self, file: str, problems: Iterable[str], *, advice: str | None = None) -> None:
        self.file = file
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'s' if len(self.problems) != 1 else ''}"
        lines = "\n".join(f"  {problem}" for problem in self.problems)
        super().__init__(f"{file}: {count}\n{lines}", advice=advice)


class DataFolderUnusable(GphotosError):
    """storage.data_dir cannot be made or written: as good as a wrong setting."""

    exit_code = 2


class CatalogTooNew(GphotosError):
    """The catalogue was written by a newer release; we do not touch it."""

    exit_code = 2
    advice = "Update gphotos-search, or point storage.data_dir at another folder."


class ModelUnavailable(GphotosError):
    """The weights of the configured model are not on this machine and cannot be had now."""

    exit_code = 4


class ModelNotHere(ModelUnavailable):
    """They may well be had later: the hub cannot be reached now."""


class SignInNeeded(GphotosError):
    """Google no longer accepts our token, or there is none."""

    exit_code = 3
    advice = "Run: gphotos-search auth login"

    def __init__(
        self, message: str, *, account: str = "default", advice: str | None = None
    ) -> None:
        self.account = account
        if advice is None and account != "default":
            advice = f"Run: gphotos-search auth login --account {account}"
        super().__init__(message, advice=advice)


class ScopeMissing(SignInNeeded):
    """The token is good but does not cover what this source needs."""


class TryLater(GphotosError):
    """Network, quota or a lock: a later run goes on. `until` is known for quotas."""

    exit_code = 4
    advice = "Nothing is lost: the next run continues where this one stopped."

    def __init__(
        self, message: str, *, until: datetime | None = None, advice: str | None = None
    ) -> None:
        self.until = until
        super().__init__(message, advice=advice)


class Locked(TryLater):
    """Another process of ours is writing."""

    advice = "Wait for it to finish, or stop it; searching works meanwhile."


class CursorRejected(GphotosError):
    """A stored page token is no longer accepted: the listing restarts from its beginning."""

    exit_code = 4


class ItemFailed(GphotosError):
    """One item could not be fetched or decoded: noted on the item while the run goes on.

    `permanent` is True where trying again cannot help (a picture that is not one).
    """

    exit_code = 5

    def __init__(self, message: str, *, permanent: bool = False) -> None:
        self.permanent = permanent
        super().__init__(message)


class LinkExpired(ItemFailed):
    """The short-lived link died (401, 403 or 404 from the media host): renew it and retry once."""


class TooManyRemovals(GphotosError):
    """A listing lacks more items than sync.max_removed allows; nothing was removed."""

    exit_code = 5
    advice = "If the photos are really gone, run: gphotos-search sync --allow-removals"


class SomeFailed(GphotosError):
    """The run finished, but some items failed; each is recorded with its reason."""

    exit_code = 5
    advice = "See them with: gphotos-search status. `gphotos-search sync` retries them all."


URGENCY = (3, 4, 5)  # with several sources the most urgent code wins


def most_urgent(codes: Iterable[int]) -> int:
    """The exit code of a run over several sources: 0 when all are, else 3 before 4 before 5."""
    seen = {code for code in codes if code}
    for code in URGENCY:
        if code in seen:
            return code
    return min(seen, default=0)
