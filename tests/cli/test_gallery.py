"""The page: whole, safe and private."""

from __future__ import annotations

import re
import stat
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.cli import gallery
from gphotos_search.errors import TryLater, UsageError
from tests.cli.test_output import URL, hit
from tests.conftest import picture

UTC = ZoneInfo("UTC")


class Seen(HTMLParser):
    """Every tag with its attributes, and the text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] not in ("style", "script"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(
    *hits: dict[str, Any], query: str = "snow", pictures: gallery.Pictures | None = None
) -> str:
    return gallery.page({"query": query, "hits": hits}, pictures or {}, UTC)


def test_pictures_dates_names_and_links() -> None:
    seen = Seen(page(hit(), hit(2, url="", path="/a b.jpg"), pictures={41: picture("red")}))
    assert seen.all("img")[0]["src"].startswith("data:image/jpeg;base64,/9j/")  # type: ignore[union-attr]
    assert [each["href"] for each in seen.all("a")] == [URL, "file:///a%20b.jpg"]
    for said in ("snow", "2 photos", "2024-05-01", "IMG_1.jpg", "no picture here"):
        assert said in seen.text


TAGS = {name for name, _ in Seen(page(hit(), pictures={41: b"x"})).tags} | {"span", "div"}


@given(st.text(), st.text(), st.text())
def test_no_value_becomes_markup(query: str, name: str, url: str) -> None:
    seen = Seen(page(hit(filename=name, url=url), query=query))
    assert {tag for tag, _ in seen.tags} <= TAGS
    assert len(seen.all("li")) == 1
    for _, attributes in seen.tags:
        assert not any(each.startswith("on") for each in attributes)


@pytest.mark.parametrize("said", ["</title><script>x()</script>", "\" onerror='x'", "<img src=x>"])
def test_markup_in_names_is_text(said: str) -> None:
    seen = Seen(page(hit(filename=said), query=said))
    assert len(seen.all("script")) == 1
    assert seen.all("img") == []
    assert said in seen.text


def test_only_addresses_of_pages_and_files_are_links() -> None:
    assert Seen(page(hit(url="javascript:alert(1)"))).all("a") == []
    assert Seen(page(hit(url="", path=None))).all("div")[0]["tabindex"] == "0"


def test_nothing_is_asked_of_anybody() -> None:
    whole = page(hit(), pictures={41: picture("red")})
    seen = Seen(whole)
    (policy,) = [each for each in seen.all("meta") if "http-equiv" in each]
    assert str(policy["content"]).startswith("default-src 'none'; img-src data:;")
    assert seen.all("link") == []
    for tag, attributes in seen.tags:
        source = attributes.get("src")
        assert source is None or source.startswith("data:"), tag
    assert "url(" not in gallery.STYLE


def test_the_policy_lets_its_own_style_and_script_through() -> None:
    whole = page(hit())
    for tag in ("style", "script"):
        inside = re.search(f"<{tag}>(.*?)</{tag}>", whole, re.DOTALL)
        assert inside
        assert gallery._hash(inside[1]) in whole


def test_a_page_is_written_whole_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    file = folder / "found.html"
    for text in (page(hit()), page(hit(filename="caf\udce9.jpg"))):
        gallery.check(file)
        gallery.write(file, text)
        assert file.read_text() == text
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(folder.iterdir()) == [file]


def test_nothing_else_is_replaced(tmp_path: Path) -> None:
    other = tmp_path / "photo.jpg"
    other.write_bytes(picture("red"))
    with pytest.raises(UsageError, match="not replaced"):
        gallery.check(other)
    with pytest.raises(UsageError, match="no folder"):
        gallery.check(tmp_path / "nowhere" / "a.html")
    with pytest.raises(TryLater):
        gallery.write(tmp_path / "nowhere" / "a.html", "x")
