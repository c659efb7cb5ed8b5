"""Daily price paths: random walks by hash, so that any day of any coin is the same every time."""

from __future__ import annotations

import struct
from datetime import date
from hashlib import blake2b
from math import exp, sqrt
from zlib import crc32

DAY = 86_400
# Prices and supplies of coins.csv are those of this day's midnight.
ANCHOR = date(2026, 11, 23).toordinal() - date(1970, 1, 1).toordinal()
_MARKET_SHARE = 0.025


def share(*words: object) -> float:
    """A number from 0 to 1 that belongs to these words."""
    return crc32("/".join(map(str, words)).encode("utf-8", "backslashreplace")) / 2**32


def normal(*words: object) -> float:
    """A number of mean 0 and variance 1 that belongs to these words (four uniform ones summed)."""
    text = "/".join(map(str, words)).encode("utf-8", "backslashreplace")
    parts = struct.unpack("<4H", blake2b(text, digest_size=8).digest())
    total: int = sum(parts)
    return (total / 65_535 - 2) * sqrt(3)


class Walk:
    """The logarithm of a price relative to the anchor day, by day number since 1970."""

    def __init__(self, name: str, daily: float, market: Walk | None = None) -> None:
        self._name = name
        self._daily = daily
        self._market = market
        self._ahead = [0.0]
        self._behind = [0.0]

    def level(self, day: int) -> float:
        steps, sign = (self._ahead, 1) if day >= ANCHOR else (self._behind, -1)
        distance = abs(day - ANCHOR)
        while len(steps) <= distance:
            step = normal(self._name, ANCHOR + sign * len(steps)) * self._daily
            steps.append(steps[-1] + step)
        shared = self._market.level(day) if self._market else 0.0
        return steps[distance] + shared

    def factor(self, seconds: float) -> float:
        """Price at a moment relative to the anchor's, straight in logarithms between midnights."""
        day, rest = divmod(seconds, DAY)
        level = self.level(int(day))
        if rest:
            level += (self.level(int(day) + 1) - level) * rest / DAY
        return exp(level)


MARKET = Walk("market", _MARKET_SHARE)
