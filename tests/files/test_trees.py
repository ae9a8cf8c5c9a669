"""Folders of pictures, and which of their files are asked for."""

from __future__ import annotations

import os
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gphotos_search.files.base import Member, MemberGone, Refused
from gphotos_search.files.content import read
from gphotos_search.files.patterns import Patterns
from gphotos_search.files.trees import Tree
from tests.contracts.container import ContainerContract, Make


def planted(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    root.mkdir(exist_ok=True)
    return root


def paths(tree: Tree) -> list[str]:
    return [one.path for one in tree.listing() if isinstance(one, Member)]


class TestTree(ContainerContract):
    @pytest.fixture
    def make(self, tmp_path: Path) -> Make:
        def build(files: dict[str, bytes]) -> Tree:
            root = tmp_path / "root"
            missing = {name: data for name, data in files.items() if not (root / name).exists()}
            return Tree(planted(root, missing))

        return build


def test_the_order_is_always_the_same(tmp_path: Path) -> None:
    files = dict.fromkeys(["b/2.jpg", "b/1.jpg", "a/x/1.jpg", "z.jpg", "a.jpg", "a/0.jpg"], b"x")
    assert paths(Tree(planted(tmp_path, files))) == [
        "a.jpg", "z.jpg", "a/0.jpg", "a/x/1.jpg", "b/1.jpg", "b/2.jpg",
    ]  # fmt: skip


def test_hidden_and_system_files_are_skipped(tmp_path: Path) -> None:
    hidden = [
        ".hidden.jpg", ".thumbnails/a.jpg", "@eaDir/a.jpg", "#recycle/a.jpg", "lost+found/a.jpg",
        "$RECYCLE.BIN/a.jpg", "System Volume Information/a", ".stversions/a.jpg", "__MACOSX/a.jpg",
        "._a.jpg", "desktop.ini", "Thumbs.db", "~$a.docx",
    ]  # fmt: skip
    tree = Tree(planted(tmp_path, dict.fromkeys([*hidden, "deep/a.jpg"], b"x")))
    assert list(tree.listing()) == [
        Member("deep/a.jpg", 1, (tmp_path / "deep/a.jpg").stat().st_mtime_ns)
    ]
    assert tree.complete


def test_links_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    root = planted(tmp_path / "root", {"real/a.jpg": b"a", "real/below/b.jpg": b"b"})
    planted(tmp_path / "other", {"c.jpg": b"c"})
    (root / "aa-link").symlink_to("real")
    (root / "real" / "loop").symlink_to(root)
    (root / "real" / "up").symlink_to(tmp_path)
    (root / "other").symlink_to(tmp_path / "other")
    (root / "other-again").symlink_to(tmp_path / "other")
    (root / "file.jpg").symlink_to(tmp_path / "other" / "c.jpg")
    (root / "nowhere.jpg").symlink_to("gone.jpg")
    (root / "self.jpg").symlink_to("self.jpg")
    tree = Tree(root)
    found = list(tree.listing())
    assert [one.path for one in found if isinstance(one, Member)] == [
        "file.jpg", "real/a.jpg", "real/below/b.jpg", "other/c.jpg",
    ]  # fmt: skip
    assert {one.path: one.reason for one in found if isinstance(one, Refused)} == {
        "nowhere.jpg": "it is a link to nothing",
        "self.jpg": "it is a link to nothing",
    }
    assert tree.complete
    for one in found:
        if isinstance(one, Member):
            assert len(read(tree, one, 10)) == 1


def test_special_files_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "real.jpg").write_bytes(b"x")
    tree = Tree(tmp_path)
    assert [type(one) for one in tree.listing()] == [Refused, Member]
    with pytest.raises(MemberGone, match="changed"):
        tree.open(Member("pipe.jpg", 0, (tmp_path / "pipe.jpg").stat().st_mtime_ns))


def test_an_unreadable_folder_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = planted(tmp_path, {"a/1.jpg": b"x", "b/2.jpg": b"x"})
    scan = os.scandir

    def refusing(path: str | Path) -> object:
        if Path(path).name == "a":  # a mode of 0 does not keep the super-user out
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    tree = Tree(root)
    refused, found = tree.listing()
    assert refused == Refused("a/", "it cannot be read: Permission denied")
    assert found.path == "b/2.jpg"
    assert not tree.complete
    monkeypatch.undo()
    assert len(list(tree.listing())) == 2
    assert tree.complete


def test_a_file_that_changed_or_vanished_is_gone(tmp_path: Path) -> None:
    root = planted(tmp_path / "root", dict.fromkeys(("a.jpg", "b.jpg", "c.jpg"), b"12345"))
    tree = Tree(root)
    a, b, c = (one for one in tree.listing() if isinstance(one, Member))
    (root / "a.jpg").unlink()
    (root / "b.jpg").write_bytes(b"123456")
    os.utime(root / "c.jpg", ns=(1, 1))
    for one in (a, b, c):
        with pytest.raises(MemberGone):
            tree.open(one)
    (root / "d.jpg").write_bytes(bytes(400_000))
    (d,) = (one for one in tree.listing() if isinstance(one, Member) and one.path == "d.jpg")
    with tree.open(d) as content:
        assert content.read(10) == bytes(10)
        with (root / "d.jpg").open("ab") as file:
            file.write(b"more")
        assert len(content.read()) == 399_990  # never longer than declared
        os.truncate(root / "d.jpg", 1000)
        content.seek(200_000)
        with pytest.raises(MemberGone, match="while it was read"):
            content.read(10)


def test_a_missing_root_is_no_empty_one(tmp_path: Path) -> None:
    with pytest.raises(MemberGone, match="no longer there"):
        list(Tree(tmp_path / "unmounted").listing())


def test_names_that_are_no_text_survive(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.jpg"
    try:
        Path(os.fsdecode(raw)).write_bytes(b"latin")
    except OSError:
        pytest.skip("this file system takes UTF-8 only")
    tree = Tree(tmp_path)
    (one,) = tree.listing()
    assert isinstance(one, Member)
    assert one.path == r"caf\xe9.jpg"
    one.path.encode()
    assert read(tree, one, 10) == b"latin"


def test_two_spellings_of_one_name(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        (tmp_path / unicodedata.normalize(form, "é.jpg")).write_bytes(form.encode())
    found = list(Tree(tmp_path).listing())
    assert len({one.path for one in found if isinstance(one, Member)}) == 1


@pytest.mark.parametrize(
    "pattern, matching, others",
    [
        ("*.gif", ["a.gif", "b/c.GIF"], ["a.gif.jpg", "gif"]),
        ("private", ["private", "a/private/b.jpg", "Private/a.jpg"], ["private.jpg", "a/privat"]),
        ("2019/*/raw", ["2019/may/raw/a.dng"], ["x/2019/may/raw/a.dng", "2019/raw/a.dng"]),
        ("/raw", ["raw/a.dng"], ["b/raw/a.dng"]),
        ("drafts/", ["drafts/a.jpg", "b/drafts/a.jpg"], ["drafts"]),
        ("a/**/z.jpg", ["a/z.jpg", "a/b/c/z.jpg"], ["b/a/z.jpg"]),
        ("**/cache", ["cache/a", "x/y/cache/a"], ["caches/a"]),
        ("x/**", ["x/a", "x/a/b"], ["y/x/a"]),
        ("IMG_[0-4]?.jpg", ["IMG_05.jpg", "a/img_4x.JPG"], ["IMG_5x.jpg", "IMG_4.jpg"]),
        ("[!a]*", ["b", "c/d.jpg"], ["a"]),
        ("e\u0301t\u00e9", ["été/1.jpg"], ["ete/1.jpg"]),
        ("a+(b).jpg", ["a+(b).jpg"], ["aab.jpg"]),
        ("[", ["["], ["a"]),
        ("[a-c]x", ["bx", "BX"], ["dx", "-x"]),
        ("[c-a]x", [], ["ax", "bx", "cx", "-x"]),
        ("[!c-a]x", ["bx"], []),
        ("[ac-]x", ["-x", "cx"], ["bx"]),
        ("[?-/]", [], ["?", "-", "a"]),
    ],
)
def test_patterns(pattern: str, matching: list[str], others: list[str]) -> None:
    patterns = Patterns([pattern])
    assert [patterns.match(path) for path in matching] == [True] * len(matching)
    assert [patterns.match(path) for path in others] == [False] * len(others)


@given(st.lists(st.text("ab[]!^-\\*?/.é", max_size=8), max_size=4), st.text("ab/.é", max_size=10))
def test_no_pattern_surprises(patterns: list[str], path: str) -> None:
    assert Patterns(patterns).match(path) in (True, False)


def test_include_and_exclude(tmp_path: Path) -> None:
    names = ["2019/a.jpg", "2019/a.gif", "2020/b.jpg", "2020/no/c.jpg", "d.jpg"]
    root = planted(tmp_path, dict.fromkeys(names, b"x"))
    assert paths(Tree(root, include=["2019", "2020"], exclude=["*.gif", "no/"])) == [
        "2019/a.jpg", "2020/b.jpg",
    ]  # fmt: skip
    assert paths(Tree(root, exclude=["20*"])) == ["d.jpg"]


@pytest.mark.long
def test_a_hundred_thousand_files(tmp_path: Path) -> None:
    for folder in range(200):
        (tmp_path / f"{folder:03d}").mkdir()
        for number in range(500):
            (tmp_path / f"{folder:03d}" / f"IMG_{number:04d}.jpg").touch()
    begun = time.process_time()
    assert len(paths(Tree(tmp_path, exclude=["*.gif"]))) == 100_000
    print(f"100000 files in {time.process_time() - begun:.2f} s")  # noqa: T201
