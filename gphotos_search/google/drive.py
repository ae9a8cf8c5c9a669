"""The Drive API: which Takeout archives were delivered, and what Google refuses about them.

`drive.readonly` opens the whole Drive; nothing here asks for anything but files whose name is that
of a Takeout archive. Source of the rules:
https://developers.google.com/workspace/drive/api/guides/search-files and .../handle-errors
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from gphotos_search.catalog.drive_files import DriveFile
from gphotos_search.errors import CursorRejected, GphotosError, ScopeMissing, TryLater
from gphotos_search.google.answers import Refusal, not_enabled, passing_or_signed_out
from gphotos_search.google.calls import Calls, service
from gphotos_search.google.credentials import AccountCredentials
from gphotos_search.google.items import instant
from gphotos_search.google.patience import Fault, Patience
from gphotos_search.google.scopes import DRIVE, short

# Also names that a browser or a second export made of it, such as `takeout-…-001 (1).zip`; a
# listed name becomes a file name here, and this leaves it no way out of its folder.
ARCHIVE = re.compile(
    r"takeout-\d{8}T\d+Z(?:-\d+)?-\d{3,}(?:\s?\(\d+\))?\.(?:zip|tgz|tar\.gz)",
    re.IGNORECASE | re.ASCII,
)
QUERY = "name contains 'takeout-' and trashed = false"
FILE_FIELDS = (
    "id,name,size,md5Checksum,headRevisionId,createdTime,modifiedTime,trashed,ownedByMe,"
    "capabilities/canDownload"
)
PAGE_SIZE = 1000  # the largest there is; without one, the whole Drive may come at once
QUOTA_PAUSE = timedelta(hours=6)  # after downloadQuotaExceeded; Google says no time
_MD5 = re.compile(r"[0-9a-fA-F]{32}")


class ArchiveRefused(GphotosError):
    """Google does not hand out one archive; others may still be had."""

    exit_code = 5
    advice = (
        "Download it at https://drive.google.com and run: gphotos-search import PATH"
        " (docs/how-to/takeout.md)."
    )


class ArchiveGone(ArchiveRefused):
    """The archive is no longer in Drive, or the account may not see it."""


class ArchiveWrong(ArchiveRefused):
    """What came is not what Drive's checksum promises."""


@dataclass(frozen=True, slots=True)
class Found:
    """The archives of one poll. Not `complete`: what is missing here may still exist."""

    files: tuple[DriveFile, ...]
    complete: bool


class DriveApi:
    """Read-only. Raises SignInNeeded, ScopeMissing, TryLater, and GphotosError for a request
    that Google calls wrong."""

    def __init__(self, url: str, credentials: AccountCredentials, patience: Patience) -> None:
        self.account = credentials.account
        self._credentials = credentials
        self._calls = Calls(url, credentials, patience)
        api = service("drive.v3.json", url)
        self._files, self._about = api.files(), api.about()

    def check(self) -> None:
        """Raises SignInNeeded or ScopeMissing where the stored sign-in tells that much."""
        if DRIVE not in self._credentials.granted():
            raise scope_missing(self.account)

    def archives(self) -> Found:
        """Every Takeout archive of the account's own, in whatever folder, by its name.

        A listing whose token Google rejects begins once more: the token lives some hours.
        """
        try:
            return self._all_pages()
        except CursorRejected:
            pass
        try:
            return self._all_pages()
        except CursorRejected as error:
            raise TryLater(str(error)) from None

    def archive(self, file_id: str) -> DriveFile:
        """The archive as it is now. Raises ArchiveGone also for one in the bin."""
        raw = self._run(self._files.get(fileId=file_id, fields=FILE_FIELDS))
        file = _file(raw)
        if file is None or raw.get("trashed") is True:
            raise ArchiveGone("The archive was deleted from Drive or renamed.")
        return file

    def email(self) -> str:
        """The address of the account, which `drive.readonly` covers too; "" when untold."""
        user = self._run(self._about.get(fields="user(emailAddress)")).get("user")
        address = user.get("emailAddress") if isinstance(user, dict) else None
        return address if isinstance(address, str) else ""

    def close(self) -> None:
        self._calls.close()

    def _all_pages(self) -> Found:
        files: dict[str, DriveFile] = {}
        complete = True
        for answer in self._pages():
            complete = complete and answer.get("incompleteSearch") is not True
            raws = answer.get("files", [])
            for raw in raws if isinstance(raws, list) else []:
                if (file := _file(raw)) is not None:
                    files[file.file_id] = file
        return Found(tuple(files.values()), complete)

    def _pages(self) -> Iterator[dict[str, Any]]:
        token: str | None = None
        seen: set[str] = set()
        while True:
            request = self._files.list(
                q=QUERY,
                orderBy="name_natural",
                pageSize=PAGE_SIZE,
                pageToken=token,
                spaces="drive",
                fields=f"nextPageToken,incompleteSearch,files({FILE_FIELDS})",
            )
            answer = self._run(request, page_token=token is not None)
            yield answer
            following = answer.get("nextPageToken")
            if not isinstance(following, str) or not following:
                return
            if following in seen:
                raise TryLater("Drive's listing leads back to where it was; it was stopped.")
            seen.add(following)
            token = following

    def _run(self, request: Any, *, page_token: bool = False) -> dict[str, Any]:
        self.check()
        try:
            return self._calls.run(
                request, partial(judge, account=self.account, page_token=page_token)
            )
        except Fault as fault:
            raise fault.give_up() from None


def judge(refusal: Refusal, account: str, *, page_token: bool = False) -> GphotosError | Fault:
    """The error to raise for a refused Drive call; a Fault where waiting may help."""
    if "downloadQuotaExceeded" in refusal.reasons:
        until = datetime.now(UTC) + QUOTA_PAUSE
        return TryLater(
            "Google lets nobody download this archive for some hours: its download quota is used"
            f" up. The next try is after {until:%Y-%m-%d %H:%M} UTC.",
            until=until,
        )
    if (passing := passing_or_signed_out(refusal, account)) is not None:
        return passing
    if refusal.status == 404:
        return ArchiveGone("The archive is no longer in Drive, or this account may not see it.")
    if refusal.status == 400 and page_token:
        return CursorRejected("Google no longer accepts the place where the listing stopped.")
    if refusal.status == 403:
        return _forbidden(refusal, account)
    return GphotosError(f"Drive refused the request (HTTP {refusal.status}): {refusal.message}")


def _forbidden(refusal: Refusal, account: str) -> GphotosError:
    if refusal.disabled:
        return not_enabled("Google Drive", account)
    if "cannotDownloadAbusiveFile" in refusal.reasons:
        return ArchiveRefused("Google takes the archive for malware and does not hand it out.")
    if refusal.lacks_scope or not refusal.reasons:
        return scope_missing(account)
    return ArchiveRefused(f"Google does not allow this download: {refusal.message or '-'}")


def scope_missing(account: str) -> ScopeMissing:
    return ScopeMissing(
        f'The sign-in of "{account}" does not include the permission to read Drive'
        f" ({short(DRIVE)}).",
        account=account,
        advice=f"Run: gphotos-search auth login --account {account}\n"
        "and leave the box on Google's page ticked. Only archives named takeout-… are read.",
    )


def _file(raw: Any) -> DriveFile | None:
    """None for what is not an archive of this account's own: others can share files with us."""
    if not isinstance(raw, dict) or raw.get("ownedByMe") is False:
        return None
    file_id, name = raw.get("id"), raw.get("name")
    if not isinstance(file_id, str) or not isinstance(name, str) or not ARCHIVE.fullmatch(name):
        return None
    size, md5, revision = raw.get("size"), raw.get("md5Checksum"), raw.get("headRevisionId")
    times = [time for key in ("createdTime", "modifiedTime") if (time := instant(raw.get(key)))]
    return DriveFile(
        file_id=file_id,
        name=name,
        size=int(size) if isinstance(size, str) and re.fullmatch(r"[0-9]{1,18}", size) else 0,
        md5=md5.lower() if isinstance(md5, str) and _MD5.fullmatch(md5) else "",
        revision=revision if isinstance(revision, str) else "",
        unchanged_since=max(times, default=None),
    )
