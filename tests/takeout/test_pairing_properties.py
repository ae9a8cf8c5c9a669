"""Whatever a folder of an export holds: no photo gets another photo's sidecar.

The folders are drawn by `tests.exports`, which shares no code with the pairing. The quick run draws
the same ones each time; the long run draws from a new seed and prints it. A failure prints the line
that repeats it.
"""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import HealthCheck, given, note, seed, settings

from gphotos_search.takeout.base import Assigned, Paired, Sidecar
from gphotos_search.takeout.pairing import pair
from tests.exports import Directory, Photo, directory_of
from tests.exports.names import legal, split, units
from tests.exports.strategies import FEW, directories

QUICK = settings(
    max_examples=300,
    print_blob=True,
    derandomize=True,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
LONG = settings(QUICK, max_examples=5_000, derandomize=False)
SEED = int(os.environ.get("GPHOTOS_SEARCH_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)


def sidecar_of(photo: Photo) -> Sidecar:
    return Sidecar(
        title=photo.title or photo.name,
        description=photo.description,
        taken_at=photo.taken,
        url=photo.url,
    )


def paired(directory: Directory) -> Paired:
    """What the pairing says, after a look that it speaks of every file exactly once."""
    sidecars = {name: sidecar_of(photo) for name, photo in directory.sidecars.items()}
    said = pair(list(directory.media), sidecars)
    assert sorted(one.name for one in said.media) == sorted(directory.media)
    used = {one.sidecar for one in said.media} - {""}
    orphans = [name for name, _ in said.orphans]
    assert len(orphans) == len(set(orphans))
    assert not used & set(orphans)
    assert used | set(orphans) == set(sidecars)
    return said


def check(directory: Directory) -> None:
    for one in paired(directory).media:
        note(f"{one}")
        _check_sidecar(directory, one)
        _check_belonging(directory, one)


def _check_sidecar(directory: Directory, one: Assigned) -> None:
    allowed = directory.allowed(one.name)
    assert one.sidecar in allowed, f"{one.name!r} got {one.sidecar!r}, not one of {set(allowed)}"
    assert bool(one.sidecar) == bool(one.rule)
    if one.role != "other":
        assert bool(one.why_none) != bool(one.sidecar)


def _check_belonging(directory: Directory, one: Assigned) -> None:
    """A clip or copy whose pairing is beyond doubt belongs to the file it was made of."""
    truth = directory.media[one.name]
    if one.belongs_to:
        assert one.belongs_to in directory.media
        assert one.belongs_to != one.name
    if len(directory.allowed(one.name)) > 1 or not one.sidecar:
        return
    if truth.part == "still":
        assert one.role == "media"
    elif truth.still in directory.media:
        assert one.belongs_to == truth.still
        assert one.role == ("clip" if truth.part == "clip" else "media")


@QUICK
@given(directories())
def test_no_file_gets_the_sidecar_of_another_photo(directory: Directory) -> None:
    check(directory)


@QUICK
@given(directories(FEW))
def test_in_a_folder_of_few_files_too(directory: Directory) -> None:
    check(directory)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_no_file_gets_the_sidecar_of_another_photo_in_many_drawn_folders() -> None:
    print(f"GPHOTOS_SEARCH_SEED={SEED}")  # noqa: T201 - shown with a failure
    seed(SEED)(LONG(given(directories())(check)))()


@settings(QUICK, max_examples=100)
@given(directories())
def test_the_order_of_the_names_decides_nothing(directory: Directory) -> None:
    backwards = Directory(
        dict(reversed(list(directory.media.items()))),
        dict(reversed(list(directory.sidecars.items()))),
    )
    said, again = paired(directory), paired(backwards)
    assert set(said.media) == set(again.media)
    assert set(said.orphans) == set(again.orphans)


@settings(QUICK, max_examples=150)
@given(directories())
def test_an_album_of_sidecars_alone_names_the_media_they_are_about(directory: Directory) -> None:
    """The names that lead from an album's sidecars to the files in the year folders."""
    said = dict(paired(Directory({}, directory.sidecars)).orphans)
    assert set(said) == set(directory.sidecars)
    for one in directory.media.values():
        if one.part == "still" and one.sidecar in said and one.straight and _plain(one.photo):
            assert one.name in said[one.sidecar], (one.name, one.sidecar, said[one.sidecar])


def _plain(photo: Photo) -> bool:
    """Neither cut nor spelt differently: the file's name follows from sidecar and title."""
    return legal(photo.name) == photo.title and units(split(photo.name)[0]) < 40


@pytest.mark.parametrize(
    ("photos", "missing", "pairs"),
    [
        pytest.param(
            [Photo(number=1, title="a.jpg"), Photo(number=2, title="a.jpg")],
            {"a.jpg.supplemental-metadata.json"},
            {"a.jpg": "", "a(1).jpg": "a.jpg.supplemental-metadata(1).json"},
            id="the first one's sidecar is in a part that is not here",
        ),
        pytest.param(
            [Photo(number=1, title="a.jpg"), Photo(number=2, title="a.jpg")],
            {"a.jpg.supplemental-metadata.json", "a(1).jpg"},
            {"a.jpg": ""},
            id="a counter is never given up for an equal title",
        ),
        pytest.param(
            [Photo(number=1, title="IMG_123.jpg"), Photo(number=2, title="IMG_1234.jpg")],
            {"IMG_1234.jpg.supplemental-metadata.json", "IMG_123.jpg"},
            {"IMG_1234.jpg": ""},
            id="a name that begins another is another photo",
        ),
        pytest.param(
            [
                Photo(number=1, title="IMG_1.HEIC", content="heic", clip=".MP4"),
                Photo(number=2, title="IMG_1.HEIC", content="heic", clip=".MOV"),
            ],
            set(),
            {
                "IMG_1.HEIC": "IMG_1.HEIC.supplemental-metadata.json",
                "IMG_1.MP4": "IMG_1.HEIC.supplemental-metadata.json",
                "IMG_1(1).HEIC": "IMG_1.HEIC.supplemental-metadata(1).json",
                "IMG_1(1).MOV": "IMG_1.HEIC.supplemental-metadata(1).json",
            },
            id="clips follow the counters of their stills",
        ),
        pytest.param(
            [Photo(number=1, title="a.jpg", edited=True, original=False, style="old")],
            set(),
            {"a-edited.jpg": "a.jpg.json"},
            id="the edited copy without the original",
        ),
    ],
)
def test_folders_worth_remembering(
    photos: list[Photo], missing: set[str], pairs: dict[str, str]
) -> None:
    directory = directory_of(photos).without(missing)
    assert {one.name: one.sidecar for one in paired(directory).media} == pairs
