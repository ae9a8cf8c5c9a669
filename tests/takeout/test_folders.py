"""Folders of exports in every language, with and without Takeout/ above them."""

from __future__ import annotations

import pytest

from gphotos_search.takeout.base import Album
from gphotos_search.takeout.folders import containers, place, with_album, year_of


@pytest.mark.parametrize(
    "container",
    [
        "Google Photos",
        "Google Fotos",
        "Google Foto",
        "Google Фото",
        "Google Снимки",
        "Fotky Google",
        "Google Kuvat",
        "Google フォト",
        "Google 포토",
        "Google 相册",
        "Google 相簿",
        "Google 相片",
        "Google Fotoğraflar",
    ],
)
def test_known_containers(container: str) -> None:
    for above in ("", "Takeout/", "exports/takeout-1/Takeout/"):
        found = place(f"{above}{container}/Trip to Rome/IMG_1.jpg")
        assert (found.container, found.folder) == (f"{above}{container}", "Trip to Rome")
        assert (found.kind, found.album) == ("album", "Trip to Rome")


YEARS = [
    "Photos from 2019",
    "Fotos von 2019",
    "Fotos aus 2019",
    "Fotos de 2019",
    "Fotos del 2019",
    "Photos de 2019",
    "Foto del 2019",
    "Foto di 2019",
    "Foto's uit 2019",
    "Foto’s van 2019",
    "Фото за 2019",
    "2019年的照片",
    "2019年の写真",
    "2019년의 사진",
]


@pytest.mark.parametrize("folder", YEARS)
def test_year_folders(folder: str) -> None:
    found = place(f"Takeout/Google Photos/{folder}/IMG_1.jpg")
    assert (found.kind, found.year, found.album) == ("year", 2019, "")
    assert with_album(found, Album(folder)) == found
    assert with_album(found, Album("")) == found
    assert with_album(found, Album("Photos from 2019")) == found
    assert with_album(found, Album("Rome")).kind == "album"


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("Photos from 1799", None),
        ("Photos from 1800", 1800),
        ("Photos from 2099", 2099),
        ("Photos from 2100", None),
        ("2018 and 2019", None),
        ("Photos from 20190", None),
        ("2019-05-04", 2019),
        ("Trip", None),
    ],
)
def test_years(name: str, year: int | None) -> None:
    assert year_of(name) == year


def test_an_album_file_makes_an_album_of_what_looks_like_a_year() -> None:
    found = place("Takeout/Google Photos/Rome 2019/IMG_1.jpg")
    assert (found.kind, found.year) == ("year", 2019)
    album = with_album(found, Album("Rome 2019"))
    assert (album.kind, album.year, album.album) == ("album", None, "Rome 2019")


def test_the_title_of_the_album_file_counts() -> None:
    found = place("Takeout/Google Photos/Tom _ Jerry/IMG_1.jpg")
    assert with_album(found, Album("Tom & Jerry")).album == "Tom & Jerry"
    assert with_album(found, Album("")).album == ""
    assert with_album(found, None).album == "Tom _ Jerry"


SPECIAL = {
    "archive": "Archive Archivo Arquivo Archivio Archiv Archief архив アーカイブ",
    "trash": "Trash Bin Papelera Lixeira Cestino Corbeille Papierkorb Prullenbak корзина ゴミ箱",
}


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        *((name, kind) for kind, names in SPECIAL.items() for name in names.split()),
        ("Locked Folder", "locked"),
        ("Locked folder", "locked"),
        ("Carpeta privada", "locked"),
        ("Failed Videos", "failed"),
    ],
)
def test_special_folders(folder: str, kind: str) -> None:
    found = place(f"Takeout/Google Photos/{folder}/IMG_1.jpg")
    assert (found.kind, found.folder) == (kind, folder)
    assert with_album(found, Album(folder)) == found


def test_the_locked_folder_stays_locked() -> None:
    found = place("Takeout/Google Photos/Locked Folder/IMG_1.jpg")
    assert with_album(found, Album("Rome")) == found
    assert place("Takeout/Google Photos/Locked Folder/deeper/IMG_1.jpg").kind == "locked"


def test_an_album_may_be_called_as_a_special_folder() -> None:
    found = place("Takeout/Google Photos/Bin/IMG_1.jpg")
    assert with_album(found, Album("Bin of the year")).kind == "album"


@pytest.mark.parametrize(
    ("sidecars", "container"),
    [
        (["Takeout/Zdjęcia Google/Zdjęcia z 2019/a.jpg.json"], "Takeout/Zdjęcia Google"),
        (["above/Takeout/Bilder/Rome/a.jpg.json"], "above/Takeout/Bilder"),
        (["takeout-1/Takeout 2/Bilder/Rome/a.json"], "takeout-1/Takeout 2/Bilder"),
        (["Zdjęcia Google/Zdjęcia z 2019/a.jpg.json"], "Zdjęcia Google"),
        (["Photos from 2019/a.jpg.json", "Rome/a.jpg.json"], ""),
        (["Google Photos/a.json"], "Google Photos"),
        (["Takeout/Google Photos/a.json"], "Takeout/Google Photos"),
        (["Takeout/Photos from 2019/a.json"], "Takeout"),
        (["a.json"], ""),
    ],
)
def test_the_container_is_where_the_sidecars_are(sidecars: list[str], container: str) -> None:
    found = containers(sidecars)
    assert found == {container}
    for sidecar in sidecars:
        there = place(sidecar, found)
        assert there.container == container
        assert there.kind != "elsewhere"


def test_other_products_are_elsewhere() -> None:
    known = containers(
        ["Takeout/Google Photos/Rome/a.json", "Takeout/Drive/Google Photos/Rome/a.json"]
    )
    assert known == {"Takeout/Google Photos"}
    assert place("Takeout/Drive/cat.jpg", known).kind == "elsewhere"
    assert place("Takeout/Drive/Google Photos/Rome/a.jpg", known).kind == "elsewhere"
    assert place("Takeout/YouTube/a.mp4", known).kind == "elsewhere"
    assert place("Takeout/Mail/a.jpg").kind == "elsewhere"
    assert place("Takeout/archive_browser.html").kind == "elsewhere"


def test_inside_the_container_nothing_is_above() -> None:
    assert place("Photos from 2019/IMG_1.jpg").year == 2019
    assert place("IMG_1.jpg").kind == "root"
    assert place("Takeout/Google Photos/user-generated-memory-titles.json").kind == "root"
