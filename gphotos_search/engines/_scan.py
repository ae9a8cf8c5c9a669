"""FAISS's kernel for float16 rows, run over stretches of mapped memory by several threads.

An index object of FAISS scans on OpenMP threads that wait in a spin: on a machine with other work
a search of 10,000 rows took twenty times as long so. A thread of ours takes the next stretch when
it is done with one, so a core that is busy otherwise holds nobody up; the interpreter's lock is
free while the kernel runs.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import faiss as faiss_module
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gphotos_search.engines._delta import Rows
    from gphotos_search.engines.base import Ids, Vectors

    Bits = NDArray[np.uint8]
    Span = tuple[int, int]  # from, to
    Read = Callable[[int, int], tuple[Rows, Ids]]  # the rows of a span, and a label for each

faiss: Any = faiss_module  # its type stubs know neither selectors' nor scanners' arguments
ALONE = 12_288  # up to so many rows a second thread costs more than it brings
THREADS_MOST = 8  # memory, not arithmetic, is the limit by then


def spans_of(count: int, length: int) -> list[Span]:
    return [(start, min(start + length, count)) for start in range(0, count, length)]


def best(
    spans: Sequence[Span],
    read: Read,
    query: Vectors,
    k: int,
    allowed: Bits | None = None,
    *,
    alone: int = ALONE,
) -> tuple[Vectors, Ids]:
    """The k highest scores in the spans with their labels, best first; fewer where there are fewer.

    `allowed` has a bit for each label that may answer. Up to `alone` rows are left to one thread.
    Of equal scores at the end any may be kept.
    """
    waiting, taking = iter(spans), threading.Lock()

    def work() -> tuple[Vectors, Ids]:
        scores, labels = np.full(k, -np.inf, np.float32), np.full(k, -1, np.int64)
        with _scanner(query.size, allowed) as scanner:
            scanner.set_query(faiss.swig_ptr(query))
            scanner.set_list(0, 0.0)
            while True:
                with taking:
                    span = next(waiting, None)
                if span is None:
                    return scores, labels
                rows, named = read(*span)
                # These two stay referenced while the kernel reads behind their pointers.
                scanner.scan_codes(
                    len(rows),
                    faiss.swig_ptr(rows.view(np.uint8)),
                    faiss.swig_ptr(named),
                    faiss.swig_ptr(scores),
                    faiss.swig_ptr(labels),
                    k,
                )

    helpers = _helpers(spans, alone)
    futures = [_pool().submit(work) for _ in range(helpers)]
    heaps = [work(), *(future.result() for future in futures)]
    scores = np.concatenate([found for found, _ in heaps])
    labels = np.concatenate([found for _, found in heaps])
    there = np.flatnonzero(labels >= 0)
    order = there[np.argsort(-scores[there], kind="stable")[:k]]
    return scores[order], labels[order]


def products(rows: Vectors, query: Vectors) -> Vectors:
    """The score of each of some float32 rows, by this thread alone.

    NumPy's product runs on threads of its own, that wait for each other: beside other work a
    thousand rows took it twenty milliseconds.
    """
    scores = np.empty(len(rows), np.float32)
    faiss.fvec_inner_products_ny(
        faiss.swig_ptr(scores), faiss.swig_ptr(query), faiss.swig_ptr(rows), query.size, len(rows)
    )
    return scores


def to_floats(rows: Rows) -> Vectors:
    """float16 rows as float32 ones, as the processor does it: NumPy's way is slower."""
    quantizer = _quantizer(rows.shape[1])
    floats: Vectors = quantizer.decode(np.ascontiguousarray(rows).view(np.uint8))
    return floats


@contextmanager
def _scanner(dim: int, allowed: Bits | None) -> Iterator[Any]:
    selector = None if allowed is None else faiss.IDSelectorBitmap(allowed)
    scanner = _quantizer(dim).select_InvertedListScanner(
        faiss.METRIC_INNER_PRODUCT, None, False, selector, False
    )
    try:
        yield scanner
    finally:
        if not scanner.thisown:  # FAISS's Python side forgets to: 144 bytes in each search
            faiss.InvertedListScanner.__swig_destroy__(scanner)


@cache
def _quantizer(dim: int) -> Any:
    return faiss.ScalarQuantizer(dim, faiss.ScalarQuantizer.QT_fp16)


def _threads() -> int:
    try:
        return min(len(os.sched_getaffinity(0)), THREADS_MOST)
    except AttributeError:  # not every system tells
        return min(os.cpu_count() or 1, THREADS_MOST)


def _helpers(spans: Sequence[Span], alone: int) -> int:
    rows = sum(end - start for start, end in spans)
    return 0 if rows <= alone else min(_threads(), len(spans)) - 1


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, _threads() - 1), thread_name_prefix="scan")
