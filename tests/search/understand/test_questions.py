"""The table of questions: each is read as a person would mean it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.search.understand.catalogue import ask
from tests.search.understand.written import conditions, excluded

TABLE = Path(__file__).with_name("questions.tsv")
NOTHING = "·"


def rows() -> list[tuple[str, ...]]:
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("question, content, asked, beside", rows(), ids=lambda text: text[:50])
def test_a_question_is_read_as_it_is_meant(
    question: str, content: str, asked: str, beside: str
) -> None:
    found = ask(*question.split(" | "))

    assert found.content == content.replace(NOTHING, "")
    assert conditions(found.query.filters) == set(asked.split("; ")) - {NOTHING}
    assert excluded(found.query.terms, found.content) == beside.replace(NOTHING, "")


def test_the_table_is_large_and_has_questions_that_stay_content() -> None:
    table = rows()

    assert len(table) >= 300
    assert len({row[0] for row in table}) == len(table)
    whole = [row for row in table if row[0] == row[1] and row[2:] == (NOTHING, NOTHING)]
    assert len(whole) >= 60
