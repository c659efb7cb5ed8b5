"""Gzip streams that are not as they should be."""

from __future__ import annotations

import gzip
import struct
import zlib
from functools import lru_cache

_TRAILER = 8  # checksum and length, four bytes each (RFC 1952)


def without_trailer(body: bytes) -> bytes:
    return gzip.compress(body, 6, mtime=0)[:-_TRAILER]


def with_wrong_checksum(body: bytes) -> bytes:
    packed = bytearray(gzip.compress(body, 6, mtime=0))
    packed[-_TRAILER] ^= 0xFF
    return bytes(packed)


def twice(body: bytes) -> bytes:
    return gzip.compress(gzip.compress(body, 6, mtime=0), 6, mtime=0)


@lru_cache(maxsize=4)
def bomb(mib: int) -> bytes:
    """So many MiB of blanks and an empty list: valid gzip, valid JSON, a thousandth in size."""
    blanks, end = b" " * 2**20, b"[]"
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    # A full flush starts anew, so that the same packed piece can be repeated.
    piece = deflate.compress(blanks) + deflate.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    rest = last.compress(end) + last.flush()
    checksum = 0
    for _ in range(mib):
        checksum = zlib.crc32(blanks, checksum)
    trailer = struct.pack("<II", zlib.crc32(end, checksum), (mib * len(blanks) + 2) % 2**32)
    head = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return head + piece * mib + rest + trailer
