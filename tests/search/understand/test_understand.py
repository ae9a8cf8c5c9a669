"""Understanding a question: what always holds, whatever is typed."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gphotos_search.config import SearchConfig
from gphotos_search.errors import UsageError
from gphotos_search.media import Filters, Term
from gphotos_search.search.understand import Known, Options, Understood, split_line
from gphotos_search.search.understand.operators import OPERATORS
from tests.search.understand.catalogue import KNOWN, ask
from tests.search.understand.test_questions import rows
from tests.search.understand.written import conditions

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "searching.md"
SLOWEST = 0.05  # seconds, of any question

WORDS = sorted({word for row in rows() for word in row[0].replace("|", " ").split()})
SIGNS = [
    '"',
    "-",
    ":",
    ",",
    "'",
    "“",
    "2:",
    "-2:",
    "near:",
    "album:",
    "after:",
    "…",
    "\x00",
    "\ud800",
]
typed = st.one_of(
    st.text(max_size=300),
    st.lists(st.sampled_from([*WORDS, *SIGNS]), max_size=60).map(" ".join),
    st.lists(st.sampled_from([*WORDS, *SIGNS]), max_size=20).map("".join),
)


def timed(*arguments: str) -> tuple[Understood | None, float]:
    """What is understood (None: a usage error) and the processor's seconds it took."""
    start = time.process_time()
    try:
        found = ask(*arguments)
    except UsageError:
        found = None
    return found, time.process_time() - start


@settings(max_examples=400, deadline=None)
@given(st.lists(typed, min_size=1, max_size=4))
def test_no_input_crashes_it_or_takes_long(arguments: list[str]) -> None:
    ask("warm", "up")
    found, took = timed(*arguments)

    assert took < SLOWEST or min(timed(*arguments)[1] for _ in range(3)) < SLOWEST
    if found:
        found.query.text.encode("utf-8")
        for term in found.query.terms:
            assert term.value.strip()
            term.value.encode("utf-8")


REPEATED = ['"', "- ", "-", "a:", "year:2019,", "person:a,", "1", "in the ", "the last ", "vor 3 ",
            "2019 and ", "from 2019 to ", "between ", "May ", "a ", "near:Lyon ", "album:Trip to ",
            "12 June ", "l'", "́", "Paris, ", "Anna and ", "un ", "album "]  # fmt: skip


@pytest.mark.parametrize("length", [295, 3_990])
@pytest.mark.parametrize("unit", REPEATED)
def test_nothing_repeated_takes_long(unit: str, length: int) -> None:
    ask("warm", "up")
    text = unit * (length // len(unit))

    assert min(timed(text)[1] for _ in range(3)) < SLOWEST


@given(typed)
def test_raw_leaves_every_word(text: str) -> None:
    try:
        found = ask(text, raw=True)
    except UsageError:
        return

    assert found.query.filters == Filters()
    assert found.query.terms == (Term("words", found.query.text),)
    assert found.read == ()


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0][:40])
def test_what_is_left_has_nothing_more_to_read(row: tuple[str, ...]) -> None:
    """What stays content once stays content when it is asked again."""
    content = ask(*row[0].split(" | ")).content
    if content and row[0] not in ("summer 2018 | year:2020", "in Rome | place:Lyon"):
        again = ask(content)
        assert (again.content, again.query.filters) == (content, Filters())


def test_a_long_text_is_not_read() -> None:
    text = "last summer " * 30

    assert ask(text).content == text.strip()


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="longer than 4000"):
        ask("dog " * 5_000)


def test_nothing_is_asked() -> None:
    for empty in ("", "  ", '""', "\x00"):
        with pytest.raises(UsageError, match="What are you looking for"):
            ask(empty)
    assert ask("", sort="random").query.terms == ()
    assert ask("", more=("3",)).query.more == ("3",)


@pytest.mark.parametrize(
    "typed_, said, advice",
    [
        ("yeer:2020", 'no operator "yeer:". Did you mean "year:"', "after: before: year:"),
        ("foo:bar", 'no operator "foo:"', '"foo bar"'),
        ("-persn:Anna", 'Did you mean "person:"', ""),
        ("place:Lion", 'Did you mean "Lyon"', ""),
        ("near:Atlantis", '"Atlantis" is no place', ""),
        ("near:95,10", "nowhere on the earth", ""),
        ("radius:5km", "goes with near:", ""),
        ("near:Lyon radius:far", '"far" is no distance', "20km"),
        ("near:Lyon radius:0km", "outside 0 to", ""),
        ("after:foo", '"foo" is no date', "YYYY-MM-DD"),
        ("after:2021-02-30", "is no date", ""),
        ("year:20", "is no date", ""),
        ("month:13", "is no month", "1 to 12"),
        ("type:sculpture", "neither photo nor video", ""),
        ("is:lost", "there are: favorite, archived, trashed", ""),
        ("fav:perhaps", "neither yes nor no", ""),
    ],
)
def test_what_cannot_be_read_is_told(typed_: str, said: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        ask(typed_)

    assert said in str(caught.value)
    assert advice in caught.value.advice


def test_southern_summers() -> None:
    south = SearchConfig(hemisphere="south")

    assert conditions(ask("last summer", settings=south).query.filters) == {"2025-12..2026-02"}
    assert conditions(ask("in winter", settings=south).query.filters) == {"in 6,7,8"}
    assert conditions(ask("verano de 2018", settings=south).query.filters) == {
        "2018-01..2018-02 or 2018-12..2019-02"
    }


@pytest.mark.parametrize(
    "question, today, days",
    [
        ("last summer", date(2026, 9, 1), "2026-06..2026-08"),
        ("last summer", date(2026, 8, 31), "2025-06..2025-08"),
        ("last winter", date(2026, 2, 1), "2024-12..2025-02"),
        ("this winter", date(2026, 1, 10), "2025-12..2026-02"),
        ("last Monday", date(2026, 7, 13), "2026-07-06..2026-07-06"),
        ("last month", date(2026, 1, 31), "2025-12"),
        ("last 1 month", date(2026, 3, 31), "2026-02-28..2026-03-31"),
        ("last week", date(2026, 1, 1), "2025-12-22..2025-12-28"),
        ("a year ago", date(2024, 2, 29), "2023"),
        ("last christmas", date(2026, 12, 26), "2025-12-24..2025-12-26"),
        ("last christmas", date(2026, 12, 27), "2026-12-24..2026-12-26"),
    ],
)
def test_times_are_seen_from_today(question: str, today: date, days: str) -> None:
    first, _, last = days.partition("..")
    wanted = {first if first == last else days}

    assert conditions(ask(question, today=today).query.filters) == wanted


def test_options_are_operators_too() -> None:
    found = ask(
        "beach",
        operators={"year": ["2019,2020"], "person": ["Anna", "-Ben"], "near": ["-33.9,151.2"]},
        plus=["at night", "2:snow"],
        minus=["people"],
        limit=7,
    )

    assert conditions(found.query.filters) == {
        "2019..2020", "Anna Berger", "not Ben", "20 km of -33.9,151.2",
    }  # fmt: skip
    assert found.query.terms == (
        Term("words", "beach"),
        Term("words", "at night"),
        Term("words", "snow", 2.0),
        Term("words", "people", -1.0),
    )
    assert found.query.limit == 7


def test_terms_of_pictures_go_through() -> None:
    like = (Term("image", "/photos/a.jpg"),)

    assert ask("at night", terms=like).query.terms == (Term("words", "at night"), *like)


def test_a_title_with_a_comma_and_names_that_look_like_operators() -> None:
    known = Known(albums=["Rome, Italy"], people=["Paris Jones"], places={"paris": (2,)})

    assert ask('album:"Rome, Italy"', known=known).query.filters.albums == ("Rome, Italy",)
    assert ask("album:Rome, Italy", known=known).query.filters.albums == ("Rome, Italy",)
    assert ask("Paris on a horse", known=known).content == "Paris on a horse"
    assert ask("with Paris", known=known).query.filters.people == ("Paris Jones",)
    assert ask("in Paris", known=known).query.filters.places == (2,)


def test_places_that_the_catalogue_calls_common_need_an_in_and_a_capital() -> None:
    known = Known(places={"wörth": (1,), "bad hall": (2,)}, common=["wörth", "bad hall"])

    assert ask("Wörth sunset", known=known).content == "Wörth sunset"
    assert ask("bad hall", known=known).content == "bad hall"
    assert ask("sunset in Wörth", known=known).query.filters.places == (1,)
    assert ask("sunset in Bad Hall", known=known).query.filters.places == (2,)


def test_nothing_is_recognised_that_the_catalogue_does_not_have() -> None:
    empty = Known()

    for question in ("Anna in Lyon", "trip to rome", "album Wedding", "iphone 12"):
        assert ask(question, known=empty).content == question


def test_what_was_read_is_told() -> None:
    found = ask("dog last summer near Lyon", "-people", "fav:yes")

    told = {(read.kind, read.said, read.meaning) for read in found.read}
    assert ("time", "last summer", "taken 2025-06-01 to 2025-08-31") in told
    assert ("near", "near Lyon", "within 20 km of Lyon") in told
    assert ("words", "people", "away from this meaning") in told
    assert ("fav", "fav:yes", "favourites only") in told


def test_a_line_of_a_prompt_keeps_its_quotes() -> None:
    line = 'album:"Trip to Rome" “busted lip” -"red car" dog\'s  bowl'

    assert split_line(line) == [
        'album:"Trip to Rome"',
        '"busted lip"',
        '-"red car"',
        "dog's",
        "bowl",
    ]
    found = ask(*split_line(line))
    assert conditions(found.query.filters) == {"album Trip to Rome", "phrase busted lip"}
    assert found.content == "dog's bowl"


def test_it_is_quick() -> None:
    """The median of the table is far below two milliseconds; the bound is generous."""
    ask("warm", "up")
    took = sorted(timed(*row[0].split(" | "))[1] for row in rows())

    assert took[len(took) // 2] < 0.004


def test_every_operator_is_documented() -> None:
    text = REFERENCE.read_text(encoding="utf-8")

    for operator in OPERATORS:
        assert f"| `{operator}:` |" in text


def test_options_name_operators_that_exist() -> None:
    with pytest.raises(ValueError, match="no operator: colour"):
        ask("dog", operators={"colour": ["red"]})


def test_the_same_question_has_the_same_answer() -> None:
    assert ask("dog last summer", known=KNOWN) == ask("dog last summer", known=KNOWN)
    assert Options() == Options()
