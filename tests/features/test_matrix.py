"""Matrices as people save them."""

from __future__ import annotations

import threading
import tracemalloc
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from gphotos_search.errors import UsageError
from gphotos_search.features.matrix import UNIT_WITHIN, Matrix, open_matrix, unit

HEADER = "{'descr': '<f4', 'fortran_order': False, 'shape': (5, 8), }"
KINDS = ("<f2", ">f2", "<f4", ">f4", "<f8", ">f8")


def saved(folder: Path, array: NDArray[Any], name: str = "m.npy") -> Path:
    np.save(folder / name, array, allow_pickle=True)
    return folder / name


def headed(folder: Path, header: str, room: int = 160) -> Path:
    """A file of `room` bytes behind this header, which is as long as it says."""
    said = header.encode("latin-1").ljust(117) + b"\n"
    path = folder / "headed.npy"
    path.write_bytes(b"\x93NUMPY\x01\x00" + len(said).to_bytes(2, "little") + said + bytes(room))
    return path


def whole(matrix: Matrix) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    parts = [unit(matrix.block(at, at + 3)) for at in range(0, matrix.count, 3)]
    return np.concatenate([rows for rows, _ in parts]), np.concatenate([good for _, good in parts])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_form_gives_the_same_rows(tmp_path: Path, kind: str, order: Any) -> None:
    plain = np.random.default_rng(1).normal(size=(10, 6)).astype("<f2")
    matrix = open_matrix(saved(tmp_path, np.array(plain, kind, order=order)))
    assert (matrix.count, matrix.dim) == (10, 6)
    rows, good = whole(matrix)
    expected = plain.astype(np.float64)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert good.all()
    assert np.allclose(rows, expected, atol=1e-6)
    assert np.array_equal(matrix.block(4, 6), plain[4:6])


@pytest.mark.parametrize(
    "array, said",
    [
        (np.ones(4), r"no matrix: its shape is \(4,\)"),
        (np.array(3.0), r"its shape is \(\)"),
        (np.ones((2, 3, 4)), r"its shape is \(2, 3, 4\)"),
        (np.ones((0, 4)), "is empty: 0 rows"),
        (np.ones((4, 0)), "is empty: 4 rows of 0"),
        (np.ones((4, 2), np.int64), "holds int64"),
        (np.ones((4, 2), np.bool_), "holds bool"),
        (np.ones((4, 2), np.complex64), "holds complex64"),
        (np.array([["a", "b"]]), "holds str"),
        (np.array([[{}, 1]], object), "pickled Python objects"),
    ],
)
def test_what_is_no_matrix_of_floats_is_said(
    tmp_path: Path, array: NDArray[Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        open_matrix(saved(tmp_path, array))


def test_other_files_are_told_apart(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.ones((2, 2)))
    (tmp_path / "list.npy").write_text("photo_id\na\n")
    (tmp_path / "pickle.npy").write_bytes(b"\x80\x04\x95\0\0")
    (tmp_path / "empty.npy").write_bytes(b"")
    expected = {
        "a.npz": "archive of arrays",
        **dict.fromkeys(("list.npy", "pickle.npy", "empty.npy"), "no matrix saved by numpy"),
        **dict.fromkeys(("none.npy", ".", "nul\0"), "cannot be read"),
    }
    for name, said in expected.items():
        with pytest.raises(UsageError, match=said):
            open_matrix(tmp_path / name)


def test_a_file_cut_anywhere_is_said(tmp_path: Path) -> None:
    content = saved(tmp_path, np.ones((4, 3), np.float16)).read_bytes()
    cut = tmp_path / "cut.npy"
    for size in range(len(content)):
        cut.write_bytes(content[:size])
        with pytest.raises(UsageError):
            open_matrix(cut)


@pytest.mark.parametrize(
    "true, false",
    [
        ("(5, 8), }", "(5, "),
        ("'<f4'", "',f4'"),
        ("'<f4'", "'object'', '<f4'"),
        ("(5, 8)", "(-5, 8)"),
        ("(5, 8)", "(-5, -8)"),
        ("(5, 8)", "(True, 8)"),
        ("(5, 8)", "(10**30, 8)"),
        ("(5, 8)", f"({10**30}, 8)"),
        ("(5, 8)", "mmap length is greater than file size"),
        ("'shape'", "3"),
        ("}", "}" * 60),
        ("(5, 8)", "(" * 60),
    ],
)
def test_a_damaged_header_is_called_that(tmp_path: Path, true: str, false: str) -> None:
    with pytest.raises(UsageError, match=r"has a damaged header: ."):
        open_matrix(headed(tmp_path, HEADER.replace(true, false)))


def test_a_header_of_python_2_is_read_without_a_word(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        matrix = open_matrix(headed(tmp_path, HEADER.replace("(5, 8)", "(5L, 8L)")))
    assert (matrix.count, matrix.dim) == (5, 8)


@pytest.mark.parametrize("fortran", [False, True])
def test_memory_stays_flat_however_large_the_file(tmp_path: Path, fortran: bool) -> None:
    count, dim = 2_000_000, 8
    size = count * dim * 4
    shape = f"({count}, {dim})"
    header = HEADER.replace("(5, 8)", shape).replace("False", str(fortran))
    path = headed(tmp_path, header, 0)
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size + size)  # a hole: it takes no disk
    tracemalloc.start()
    try:
        matrix = open_matrix(path)
        judged = matrix.judge()
        unit(matrix.block(count - 5_000, count))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (matrix.count, judged.zero) == (count, count)
    assert peak < size / 8


def test_a_file_that_shrinks_is_noticed(tmp_path: Path) -> None:
    path = saved(tmp_path, np.ones((1000, 3), np.float32))
    matrix = open_matrix(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(UsageError, match="changed while it was read"):
        matrix.block(900, 1000)


def test_rows_are_judged(tmp_path: Path) -> None:
    array = np.full((40_000, 2), 3, np.float32)  # more than one look
    array[[5, 20_000]] = 0
    array[[7, 39_999], 1] = np.nan, np.inf
    judged = open_matrix(saved(tmp_path, array)).judge()
    assert np.flatnonzero(judged.bad).tolist() == [5, 7, 20_000, 39_999]
    assert judged.zero == 2
    assert judged.shortest == judged.longest == pytest.approx(3 * 2**0.5)
    assert not judged.unit
    stop = threading.Event()
    stop.set()
    assert not open_matrix(saved(tmp_path, array)).judge(stop).bad.any()


def test_unit_rows_come_back_bit_for_bit() -> None:
    rows = np.random.default_rng(2).normal(size=(500, 64))
    halves = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)
    assert np.array_equal(unit(halves)[0].astype(np.float16), halves)


@given(
    hnp.arrays(
        st.sampled_from([np.float16, np.float32, np.float64]),
        st.tuples(st.integers(1, 6), st.integers(1, 5)),
        elements={"allow_subnormal": False},
    )
)
def test_any_row_is_unit_or_left_out(array: NDArray[Any]) -> None:
    with TemporaryDirectory() as folder:
        matrix = open_matrix(saved(Path(folder), array))
        rows, good = whole(matrix)
        assert np.array_equal(good, ~matrix.judge().bad)
        norms = np.linalg.norm(rows.astype(np.float64), axis=1)
        assert np.all(np.abs(norms[good] - 1) <= 2 * UNIT_WITHIN)
        assert not rows[~good].any()
        assert not good[~np.isfinite(array).all(axis=1)].any()
        assert not good[(array == 0).all(axis=1)].any()


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_matrix_or_a_sentence(content: bytes, with_magic: bool) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "m.npy"
        path.write_bytes((b"\x93NUMPY\x01\x00" if with_magic else b"") + content)
        with pytest.raises(UsageError):
            open_matrix(path)


PIECES = st.sampled_from(
    ["", "(", ")", "{", "'", ",", "-", "#", "\n", "\\", "L", "9" * 25, "True", "O"]
)
CUTS = st.tuples(st.integers(0, len(HEADER)), st.integers(0, 3), PIECES)


@given(st.lists(CUTS, min_size=1, max_size=3))
def test_a_header_changed_anywhere_is_a_matrix_or_a_sentence(
    changes: list[tuple[int, int, str]],
) -> None:
    header = HEADER
    for at, cut, piece in changes:
        header = header[:at] + piece + header[at + cut :]
    with TemporaryDirectory() as folder:
        try:
            matrix = open_matrix(headed(Path(folder), header))
        except UsageError:
            return
        assert matrix.block(0, 2).shape == (min(matrix.count, 2), matrix.dim)
