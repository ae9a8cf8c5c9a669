"""Lists of ids as people save them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.errors import UsageError
from gphotos_search.features.columns import ID_NAMES, columns_of, moment
from gphotos_search.features.ids import Listed, listed, require_pair

# What a CSV cell can hold: no NUL and no half of a character; ids are compared without the blanks
# around them.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
IDS = CELLS.map(str.strip).filter(lambda id: bool(id) and id.lower() not in ID_NAMES)


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "ids.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ids_of(found: Listed, start: int = 0) -> list[str]:
    return [found.columns.id_of(record) for record in found.records(start)]


def read(tmp_path: Path, content: str | bytes) -> list[str]:
    return ids_of(listed(written(tmp_path, content)))


@pytest.mark.parametrize(
    "content",
    [
        "photo_id\na1\nb 2\nü\n",
        "a1\nb 2\nü",
        "\ufeffphoto_id\r\na1\r\nb 2\r\nü\r\n",
        '"photo_id"\n"a1"\n"b 2"\n"ü"\n',
        "PHOTO_ID,more\na1,x\nb 2,\nü\n",
        "more;photo_id\n1;a1\n2;b 2\n3;ü\n",
        "url\tphoto_id\nx\ta1\ny\tb 2\nz\tü\n",
        "a1\n\n\nb 2\nü\n\n",
        "filename,id\nx,a1\ny,b 2\nz, ü \n",
    ],
)
def test_every_form_gives_the_same_ids(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content) == ["a1", "b 2", "ü"]


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "lists nothing"),
        (b"\n\n", "lists nothing"),
        (b"photo_id\n", "lists nothing"),
        ("a\nb".encode("utf-16"), "not UTF-8"),
        (b"a\nb\nc\xff\n", "not UTF-8"),
        (b"a\nb\0c\n", "line 2, holds a NUL"),
        (b'a\n"' + b"x" * 200_000, "line 2, is no line of a CSV file"),
    ],
)
def test_what_is_no_list_is_said(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        listed(written(tmp_path, content))


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / "nul\0"):
        with pytest.raises(UsageError, match="cannot be read"):
            listed(path)


def test_repeated_and_missing_ids_keep_their_rows(tmp_path: Path) -> None:
    found = listed(written(tmp_path, 'photo_id,x\na,1\nb,2\na,3\n"",4\na,5\n'))
    assert found.count == 5
    assert found.again.tolist() == [False, False, True, False, True]
    assert found.nameless.tolist() == [False, False, False, True, False]
    assert ids_of(found, 3) == ["", "a"]


@pytest.mark.parametrize(
    "content, rows, said",
    [
        ("a\nb\n", 3, "has 3 rows, .* lists 2 ids"),
        ("oddly\na\nb\n", 2, "lists 3 ids"),
        ("photo_id\na\n", 2, "lists 1 id:"),
    ],
)
def test_a_list_of_another_length_is_refused(
    tmp_path: Path, content: str, rows: int, said: str
) -> None:
    path = written(tmp_path, content)
    with pytest.raises(UsageError, match=said):
        require_pair(rows, Path("m.npy"), listed(path))


def test_advice_names_the_likely_slip(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as heading:
        require_pair(2, Path("m.npy"), listed(written(tmp_path, "oddly\na\nb\n")))
    assert "heading" in heading.value.advice
    with pytest.raises(UsageError) as header:
        require_pair(2, Path("m.npy"), listed(written(tmp_path, "id\na\n")))
    assert "taken as its header" in header.value.advice


@given(st.lists(IDS, min_size=1, max_size=30), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_any_ids_come_back(ids: list[str], header: bool, end: str) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL)
    if header:
        writer.writerow(["photo_id"])
    writer.writerows([id] for id in ids)
    with TemporaryDirectory() as folder:
        found = listed(written(Path(folder), out.getvalue()))
        assert ids_of(found) == ids
        assert found.columns.header is header
        first_seen = [ids.index(id) for id in ids]
        assert found.again.tolist() == [at != first for at, first in enumerate(first_seen)]
        assert found.ids == len(set(ids))
        assert ids_of(found, len(ids) // 2) == ids[len(ids) // 2 :]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_list_or_a_sentence(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = written(Path(folder), content)
        try:
            found = listed(path)
        except UsageError:
            return
        assert len(ids_of(found)) == found.count > 0


@given(st.lists(CELLS, max_size=6), st.lists(CELLS, max_size=6))
def test_columns_never_fail(header: list[str], record: list[str]) -> None:
    columns = columns_of(header)
    columns.id_of(record)
    said = columns.said(record)
    assert ("latitude" in said) == ("longitude" in said)


def test_what_a_table_tells_of_a_photo() -> None:
    header = "photo_id,photo_url,photo_width,height,taken_at,latitude,longitude,mime_type,exif_iso"
    columns = columns_of(header.split(","))
    assert columns.unused == ("exif_iso",)
    told = columns.said(
        ["x", "https://u", "640", "480", "2024-05-01T10:11:12Z", "46.5", "7.7", "image/png", "100"]
    )
    assert told == {
        **{"url": "https://u", "width": 640, "height": 480, "mime_type": "image/png"},
        **{"latitude": 46.5, "longitude": 7.7, "taken_from": "source"},
        "taken_at": moment("2024-05-01 10:11:12"),
    }
    assert columns.said(["x", "", "many", "-1", "yesterday", "91", "7.7"]) == {}
    assert columns.said(["x"]) == {}
