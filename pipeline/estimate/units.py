"""Units of inputs and outputs, and the arithmetic of their dimensions.

A minute of video and a minute are different things here, and so are a GPU, a clip, a frame, a
token and a pixel: a formula that mixes two of them up does not pass. Models are computed in base
units (seconds, seconds of video, FLOP, watts, US dollars); a unit is a dimension and a scale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

DAY = 86400.0
YEAR = 365.2425 * DAY

_SCALES: dict[str, tuple[str, float]] = {
    "second": ("second", 1.0),
    "minute": ("second", 60.0),
    "hour": ("second", 3600.0),
    "day": ("second", DAY),
    "month_30d": ("second", 30 * DAY),
    "month": ("second", YEAR / 12),
    "year": ("second", YEAR),
    "video_second": ("video_second", 1.0),
    "video_minute": ("video_second", 60.0),
    "video_hour": ("video_second", 3600.0),
    "clip": ("clip", 1.0),
    "frame": ("frame", 1.0),
    "token": ("token", 1.0),
    "pixel": ("pixel", 1.0),
    "flop": ("flop", 1.0),
    "teraflop": ("flop", 1e12),
    "petaflop": ("flop", 1e15),
    "exaflop": ("flop", 1e18),
    "gpu": ("gpu", 1.0),
    "H100e": ("gpu", 1.0),
    "watt": ("watt", 1.0),
    "kilowatt": ("watt", 1e3),
    "megawatt": ("watt", 1e6),
    "gigawatt": ("watt", 1e9),
    "usd": ("usd", 1.0),
}
NAMES = tuple(_SCALES)
"""Every name that a unit can be made of; month_30d is the month of hardware that training is
counted in, month a twelfth of a year."""

_FACTOR = re.compile(r"(?P<name>1|[A-Za-z][A-Za-z0-9_]*)(?:\^(?P<power>[1-9]))?")


class UnitError(ValueError):
    """A text that is no unit, or quantities that do not go together."""


@dataclass(frozen=True)
class Dimension:
    """Base units and their powers, none of them 0, in the order of their names."""

    powers: tuple[tuple[str, float], ...] = ()

    def __mul__(self, other: Dimension) -> Dimension:
        return self._with(other, 1.0)

    def __truediv__(self, other: Dimension) -> Dimension:
        return self._with(other, -1.0)

    def __pow__(self, exponent: float) -> Dimension:
        return Dimension(tuple((name, power * exponent) for name, power in self.powers if exponent))

    def _with(self, other: Dimension, sign: float) -> Dimension:
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0.0) + sign * power
        return Dimension(tuple(sorted((name, power) for name, power in powers.items() if power)))

    def __str__(self) -> str:
        """As a unit is written: ``flop/second/gpu``, and 1 where there is no dimension."""
        above = [_raised(name, power) for name, power in self.powers if power > 0]
        below = [_raised(name, -power) for name, power in self.powers if power < 0]
        return "/".join(["*".join(above) or "1", *below])


ONE = Dimension()


@dataclass(frozen=True)
class Unit:
    """What one unit is in base units."""

    text: str
    scale: float
    dimension: Dimension


@lru_cache(maxsize=256)
def parse(text: str) -> Unit:
    """The unit of a text such as ``flop/second/gpu``, ``1/year`` or ``gpu*second/clip``.

    Factors are parted by ``*`` and ``/``, each with an optional whole power (``token^2``).

    Raises:
        UnitError: a factor is no unit.
    """
    scale, dimension = 1.0, ONE
    for sign, factor in re.findall(r"([*/]?)([^*/]*)", "*" + text.strip())[:-1]:
        match = _FACTOR.fullmatch(factor.strip())
        name = match["name"] if match else factor.strip()
        if match is None or (name != "1" and name not in _SCALES):
            raise UnitError(f"{name!r} is no unit")
        if name == "1":
            continue
        base, size = _SCALES[name]
        power = int(match["power"] or 1) * (-1 if sign == "/" else 1)
        scale *= size**power
        dimension *= Dimension(((base, float(power)),))
    return Unit(text, scale, dimension)


def with_unit(number: str, unit: str) -> str:
    """A number as it is shown with its unit; plain numbers have none."""
    return number if unit == "1" else f"{number} {unit}"


def _raised(name: str, power: float) -> str:
    return name if power == 1 else f"{name}^{power:g}"
