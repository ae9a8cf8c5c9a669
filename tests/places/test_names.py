"""Names of places in seven languages."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gphotos_search.places.atlas import atlas, where
from gphotos_search.places.everywhere import Everywhere
from gphotos_search.places.names import LANGUAGES, fold, is_common, spellings, without_accents

# As in en, de, fr, es, it, pt, nl.
CITIES = {
    2867714: "Munich München Munich Múnich Monaco_di_Baviera Munique München",
    2886242: "Cologne Köln Cologne Colonia Colonia Colônia Keulen",
    2761369: "Vienna Wien Vienne Viena Vienna Viena Wenen",
    3176959: "Florence Florenz Florence Florencia Firenze Florença Florence",
    2996944: "Lyon Lyon Lyon Lyon Lione Lyon Lyon",
    2988507: "Paris Paris Paris París Parigi Paris Parijs",
    2643743: "London London Londres Londres Londra Londres Londen",
    3169070: "Rome Rom Rome Roma Roma Roma Rome",
    3173435: "Milan Mailand Milan Milán Milano Milão Milaan",
    3164603: "Venice Venedig Venise Venecia Venezia Veneza Venetië",
    3172394: "Naples Neapel Naples Nápoles Napoli Nápoles Napels",
    2747373: "The_Hague Den_Haag La_Haye La_Haya L'Aia A_Haia Den_Haag",
    2267057: "Lisbon Lissabon Lisbonne Lisboa Lisbona Lisboa Lissabon",
    2800866: "Brussels Brüssel Bruxelles Bruselas Bruxelles Bruxelas Brussel",
    3067696: "Prague Prag Prague Praga Praga Praga Praag",
    756135: "Warsaw Warschau Varsovie Varsovia Varsavia Varsóvia Warschau",
    2660646: "Geneva Genf Genève Ginebra Ginevra Genebra Genève",
    2657896: "Zurich Zürich Zurich Zúrich Zurigo Zurique Zürich",
    264371: "Athens Athen Athènes Atenas Atene Atenas Athene",
    524901: "Moscow Moskau Moscou Moscú Mosca Moscovo Moskou",
    2618425: "Copenhagen Kopenhagen Copenhague Copenhague Copenaghen Copenhaga Kopenhagen",
    5128581: "New_York New_York New_York Nueva_York New_York Nova_Iorque New_York",
    1850147: "Tokyo Tokio Tokyo Tokio Tokyo Tóquio Tokio",
    1816670: "Beijing Peking Pékin Pekín Pechino Pequim Peking",
}
COUNTRIES = {
    2921044: "Germany Deutschland Allemagne Alemania Germania Alemanha Duitsland",
    3175395: "Italy Italien Italie Italia Italia Itália Italië",
    2510769: "Spain Spanien Espagne España Spagna Espanha Spanje",
    2750405: "Netherlands Niederlande Pays-Bas Países_Bajos Paesi_Bassi Países_Baixos Nederland",
    6252001: "United_States Vereinigte_Staaten États-Unis Estados_Unidos Stati_Uniti Estados_Unidos"
    " Verenigde_Staten",
    1861060: "Japan Japan Japon Japón Giappone Japão Japan",
}
REGIONS = {
    2951839: "Bavaria Bayern Bavière Baviera Beieren",
    3165361: "Tuscany Toskana Toscane Toscana",
    3174618: "Lombardy Lombardei Lombardie Lombardia Lombardije",
    2593109: "Andalusia Andalusien Andalousie Andalucía Andalusië",
    3030293: "Brittany Bretagne Bretagna",
    2523119: "Sicily Sizilien Sicile Sicilia Sicilië",
    5332921: "California Kalifornien Californie Californië",
}


def keys(id: int) -> set[str]:
    place = next(each for each in atlas().with_parents(parents_of(id)) if each.id == id)
    return set(spellings([place.name, *(name for each in place.names.values() for name in each)]))


def parents_of(id: int) -> list[int]:
    """A city or country whose rows hold the place itself."""
    for number, area in enumerate(atlas()._areas):
        if area.get("id") == id:
            return [int(atlas().grid.cities["id"][atlas()._largest([number])])]
    return [id]


@pytest.mark.parametrize("id, names", [*CITIES.items(), *COUNTRIES.items(), *REGIONS.items()])
def test_a_place_is_known_by_its_names_in_every_language(id: int, names: str) -> None:
    known = keys(id)
    for name in names.split():
        said = fold(name.replace("_", " "))
        assert {said, without_accents(said)} <= known, name


def test_a_city_knows_its_region_and_country() -> None:
    places = {place.kind: place for place in atlas().with_parents([2996944])}
    assert {kind: place.name for kind, place in places.items()} == {
        "city": "Lyon",
        "region": "Auvergne-Rhône-Alpes",
        "country": "France",
    }
    assert places["city"].region == places["region"].id
    assert places["city"].country == places["region"].country == places["country"].id
    assert places["country"].names["nl"] == ("Frankrijk",)


@pytest.mark.parametrize(
    "said, latitude, longitude",
    [
        ("Lyon", 45.75, 4.85),
        ("LYON", 45.75, 4.85),
        ("münchen", 48.14, 11.58),
        ("Munchen", 48.14, 11.58),
        ("Monaco di Baviera", 48.14, 11.58),
        ("Monaco", 43.74, 7.42),
        ("Aix en Provence", 43.53, 5.45),
        ("York", 53.96, -1.08),
        ("Granada", 37.19, -3.61),
        ("Paris, Texas", 33.66, -95.56),
        ("Paris, TX, US", 33.66, -95.56),
        ("Springfield, Illinois", 39.80, -89.64),
        ("Springfield, IL", 39.80, -89.64),
        ("Valencia, España", 39.47, -0.38),
        ("Lyon, FR", 45.75, 4.85),
        ("Deutschland", 52.52, 13.41),
        ("Toscana", 43.78, 11.25),
    ],
)
def test_where_a_name_is(said: str, latitude: float, longitude: float) -> None:
    found = where(said)
    assert found is not None
    assert found == pytest.approx((latitude, longitude), abs=0.1)


@pytest.mark.parametrize(
    "said", ["", " ", ",", ", ,", "Lyon, Japan", "Qwertzuiop", "\t", "\n", "a\tb"]
)
def test_no_such_place(said: str) -> None:
    assert where(said) is None


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30))
def test_no_name_is_too_strange(said: str) -> None:
    found = where(said)
    assert found is None or (-90 <= found[0] <= 90 and -180 <= found[1] <= 180)


WORDS = "nice strand lion split essen reading turkey china la uk"
NAMES = """paris london berlin rom rome roma wien köln münchen lyon hamburg amsterdam seattle
stuttgart bayern texas deutschland italia france japan"""


@pytest.mark.parametrize("word", [*WORDS.split()])
def test_words_are_common(word: str) -> None:
    assert is_common(word)


@pytest.mark.parametrize("name", [*NAMES.split()])
def test_well_known_places_are_not(name: str) -> None:
    assert not is_common(name)


def test_every_language_of_the_program_has_countries() -> None:
    for country in atlas()._countries.values():
        assert set(country["names"]) == set(LANGUAGES)


def test_everywhere_is_the_catalogue_and_then_the_gazetteer() -> None:
    everywhere = Everywhere({"lyon": (1.0, 2.0)})
    assert everywhere["lyon"] == (1.0, 2.0)
    assert everywhere["münchen"] == pytest.approx((48.14, 11.58), abs=0.1)
    assert "qwertzuiop" not in everywhere
    assert list(everywhere) == ["lyon"]


def test_the_catalogue_alone_reads_no_gazetteer() -> None:
    program = (
        "import sys\n"
        "from gphotos_search.places.everywhere import Everywhere\n"
        "assert 'lyon' in Everywhere({'lyon': (1.0, 2.0)})\n"
        "assert not {'numpy', 'gphotos_search.places.atlas'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
