"""Bodies that are not what their headers promise."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache

from PIL import Image

BOMB_SIDE = 30_000
NOT_A_PICTURE = b"PK\x03\x04" + bytes(range(256)) * 8  # an archive's first bytes


@cache
def error_picture() -> bytes:
    """The little picture that the media host sends as the body of an error."""
    out = io.BytesIO()
    Image.new("RGB", (120, 90), (204, 204, 204)).save(out, "PNG")
    return out.getvalue()


@cache
def bomb() -> bytes:
    """A complete PNG of some hundred kilobytes that decodes to 900 megapixels."""
    row = b"\0" * (1 + BOMB_SIDE // 8)
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(row * 300) for _ in range(BOMB_SIDE // 300))
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", packed + packer.flush()), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
