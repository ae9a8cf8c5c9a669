"""Listing Drive, and every refusal that Google documents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gphotos_search.catalog.store import Catalog
from gphotos_search.config import Config
from gphotos_search.demo.emulator import READ_SCOPE, Emulator, Fault
from gphotos_search.errors import GphotosError, ScopeMissing, SignInNeeded, TryLater
from gphotos_search.google.drive import ARCHIVE, ArchiveGone, ArchiveRefused, DriveApi
from gphotos_search.google.scopes import DRIVE
from tests.google.drive_side import NAME, Reader, content, name, open_reader


@pytest.fixture
def api(reader: Reader) -> DriveApi:
    return reader.api


def names(api: DriveApi) -> list[str]:
    return [file.name for file in api.archives().files]


@pytest.mark.parametrize(
    "good",
    [
        "takeout-20240712T112341Z-003.zip",
        "takeout-20250921T1994402Z-3-009.zip",
        "takeout-20250921T199440Z-3-009.tgz",
        "takeout-20250921T199440Z-1000.tar.gz",
        "takeout-20240712T112341Z-003 (1).zip",
        "Takeout-20240712T112341Z-003(2).ZIP",
    ],
)
def test_names_of_archives(good: str) -> None:
    assert ARCHIVE.fullmatch(good)


@pytest.mark.parametrize(
    "bad",
    [
        "takeout-notes.txt",
        "takeout-20240712T112341Z-003.zip.part",
        "takeout-20240712T112341Z-003/../../x.zip",
        "Copy of takeout-20240712T112341Z-003.zip",
        "takeout-20240712T112341Z-003.zip\n",
        "takeout-２0240712T112341Z-003.zip",
    ],
)
def test_names_of_other_things(bad: str) -> None:
    assert not ARCHIVE.fullmatch(bad)


def test_only_archives_of_ones_own_from_any_folder(google: Emulator, api: DriveApi) -> None:
    google.drive.put(name(10), content(50))
    google.drive.put(name(2), content(50), parent="moved elsewhere")
    google.drive.put("diary.zip", content(50))
    google.drive.put("takeout-notes.txt", content(50))
    google.drive.put(name(3), content(50), trashed=True)
    google.drive.put(name(4), content(50), owned=False)  # anybody can share a file with us
    assert names(api) == [name(2), name(10)]


def test_what_is_read_of_a_file(google: Emulator, api: DriveApi) -> None:
    made = datetime(2026, 11, 1, 12, tzinfo=UTC)
    file_id = google.drive.put(NAME, content(70), created_at=made)
    google.drive.put(name(2), content(70), delivering=True)
    whole, coming = api.archives().files
    assert (whole.file_id, whole.size, len(whole.md5)) == (file_id, 70, 32)
    assert whole.revision
    assert whole.described
    assert whole.unchanged_since == made
    assert not coming.described
    google.drive.change(file_id, modified_at=made + timedelta(days=2))
    assert api.archive(file_id).unchanged_since == made + timedelta(days=2)


def test_every_page_is_read(google: Emulator, api: DriveApi) -> None:
    google.drive.page_size_max = 2
    for number in range(1, 6):
        google.drive.put(name(number), content(9))
    assert names(api) == [name(number) for number in range(1, 6)]
    assert google.log.count("drive.list") == 3


def test_a_search_that_was_not_complete_says_so(google: Emulator, api: DriveApi) -> None:
    assert api.archives().complete
    google.drive.incomplete = True
    assert not api.archives().complete


def test_a_token_that_is_too_old_begins_the_listing_again(google: Emulator, api: DriveApi) -> None:
    google.drive.page_size_max = 1
    for number in (1, 2, 3):
        google.drive.put(name(number), content(9))

    def grow_old(kind: str, _request: object) -> None:
        if google.log.count("drive.list") == 1:
            google.drive.page_generation = 1

    google.before = grow_old
    assert names(api) == [name(1), name(2), name(3)]
    google.before = lambda _kind, _request: setattr(
        google.drive, "page_generation", google.drive.page_generation + 1
    )
    with pytest.raises(TryLater):
        api.archives()


@pytest.mark.parametrize("reason", ["userRateLimitExceeded", "rateLimitExceeded"])
@pytest.mark.parametrize("status", [403, 429])
def test_too_many_requests_are_waited_out(
    status: int, reason: str, google: Emulator, api: DriveApi, naps: list[float]
) -> None:
    google.drive.put(NAME, content(9))
    google.faults.add(Fault(kind="drive.list", status=status, reason=reason))
    assert names(api) == [NAME]
    assert 30 <= naps[0] <= 44


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_outages_are_waited_out(
    status: int, google: Emulator, api: DriveApi, naps: list[float]
) -> None:
    google.faults.add(Fault(kind="drive.list", status=status, times=2))
    assert names(api) == []
    assert len(naps) == 2
    google.faults.add(Fault(kind="drive.list", status=status, times=None))
    with pytest.raises(TryLater, match="Tried several times"):
        api.archives()


@pytest.mark.parametrize(
    ("status", "reason", "expected", "word"),
    [
        (401, "authError", SignInNeeded, "auth login"),
        (403, "insufficientPermissions", ScopeMissing, "takeout-"),
        (403, "accessNotConfigured", SignInNeeded, "Google Drive API is not enabled"),
        (403, "insufficientFilePermissions", ArchiveRefused, "does not allow"),
        (403, "cannotDownloadAbusiveFile", ArchiveRefused, "malware"),
        (403, "downloadQuotaExceeded", TryLater, "for some hours"),
        (404, "notFound", ArchiveGone, "no longer in Drive"),
        (400, "badRequest", GphotosError, "HTTP 400"),
    ],
)
def test_refusals(
    status: int,
    reason: str,
    expected: type[GphotosError],
    word: str,
    google: Emulator,
    api: DriveApi,
) -> None:
    file_id = google.drive.put(NAME, content(9))
    google.faults.add(Fault(kind="drive.get", status=status, reason=reason, times=None))
    with pytest.raises(expected) as caught:
        api.archive(file_id)
    assert word in f"{caught.value} {caught.value.advice}"
    if isinstance(caught.value, TryLater):
        assert caught.value.until is not None
        assert caught.value.until > datetime.now(UTC) + timedelta(hours=1)


def test_a_file_in_the_bin_is_gone(google: Emulator, api: DriveApi) -> None:
    file_id = google.drive.put(NAME, content(9))
    google.drive.change(file_id, trashed=True)
    with pytest.raises(ArchiveGone):
        api.archive(file_id)


def test_without_the_permission_nothing_is_asked(
    google: Emulator, config: Config, catalog: Catalog
) -> None:
    reader = open_reader(google, config, catalog, scopes=(READ_SCOPE,))
    with pytest.raises(ScopeMissing, match=r"drive\.readonly"):
        reader.api.archives()
    assert google.log.count("drive.list") == 0
    reader.api.close()


def test_a_permission_that_google_took_back(google: Emulator, api: DriveApi) -> None:
    google.grants.replace_scopes([READ_SCOPE])
    with pytest.raises(ScopeMissing):
        api.archives()


def test_the_address_of_the_account(google: Emulator, api: DriveApi) -> None:
    assert api.email() == google.drive.email


def test_a_revoked_grant_needs_a_sign_in(google: Emulator, api: DriveApi) -> None:
    google.revoke_grant()
    with pytest.raises(SignInNeeded, match="no longer accepts"):
        api.archives()


@pytest.mark.parametrize("effect", ["html", "truncate", "reset"])
def test_answers_that_are_none(effect: str, google: Emulator, api: DriveApi) -> None:
    google.drive.put(NAME, content(9))
    google.faults.add(Fault(kind="drive.list", effect=effect))  # type: ignore[arg-type]
    assert names(api) == [NAME]


def test_it_reads_with_the_scope_it_asks_for() -> None:
    assert DRIVE.endswith("/auth/drive.readonly")
