"""Tables of a TOML file, read key by key, so that all that is wrong with it is said at once."""

from __future__ import annotations

import math
from datetime import date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, overload

if TYPE_CHECKING:
    from collections.abc import Mapping


_LARGEST_WHOLE = 1_000_000


class TomlTable:
    """One table. What cannot be read is noted in ``findings`` and stands empty.

    ``place`` is the path of the table, with the number of an array's member from 1.
    """

    def __init__(
        self, file: str, values: Mapping[str, Any], findings: list[str], place: str = ""
    ) -> None:
        self._file, self._values, self._findings, self._place = file, values, findings, place
        self._read: set[str] = set()

    def fault(self, key: str, reason: str) -> None:
        """Note what is wrong, as ``file: key: reason``."""
        path = f"{self._place}.{key}" if self._place else key
        self._findings.append(f"{self._file}: {path}: {reason}")

    def text(self, key: str) -> str:
        """A text that is not blank."""
        value = self._take(key)
        if isinstance(value, str) and value.strip():
            return value
        if value is not None:
            self.fault(key, "must be a text in quotes")
        return ""

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of different texts, empty where it is not given."""
        value = self._take(key, is_optional=True)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self.fault(key, "must be a list of texts in quotes")
            return ()
        if len(set(value)) < len(value):
            self.fault(key, "has an entry twice")
        return tuple(value)

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        """A text out of ``known``."""
        value = self.text(key)
        if value and value not in known:
            self.fault(key, f"{value!r} is unknown; known are {', '.join(known)}")
        return value

    @overload
    def number(self, key: str, *, above: float | None = None) -> float: ...

    @overload
    def number(self, key: str, *, is_optional: Literal[True]) -> float | None: ...

    def number(
        self, key: str, *, above: float | None = None, is_optional: bool = False
    ) -> float | None:
        """A number, 0 or more, or more than ``above``."""
        value = self._take(key, is_optional=is_optional)
        if value is None and is_optional:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool):
            if value > above if above is not None else value >= 0:
                return float(value)
            self.fault(key, f"must be more than {above}" if above is not None else "is below 0")
        elif value is not None:
            self.fault(key, "must be a number")
        return 0.0

    def signed(self, key: str) -> float | None:
        """A finite number of either sign, none where it is not given."""
        value = self._take(key, is_optional=True)
        if value is None:
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and math.isfinite(value):
            return float(value)
        self.fault(key, "must be a number")
        return None

    def flag(self, key: str) -> bool | None:
        """True or false, none where it is not given."""
        value = self._take(key, is_optional=True)
        if value is None or isinstance(value, bool):
            return value
        self.fault(key, "must be true or false, without quotes")
        return None

    def whole(self, key: str) -> int:
        """A whole number from 0 to a million."""
        value = self.number(key)
        if value % 1 or value > _LARGEST_WHOLE:
            self.fault(key, f"must be a whole number, at most {_LARGEST_WHOLE:,}")
            return 0
        return int(value)

    def day(self, key: str, *, is_optional: bool = False) -> date | None:
        """A date without a time."""
        value = self._take(key, is_optional=is_optional)
        if value is None:
            return None
        if not isinstance(value, date) or isinstance(value, datetime):
            self.fault(key, "must be a date like 2024-07-01, without quotes")
            return None
        return value

    def moment(self, key: str) -> datetime | date | None:
        """A time with its zone, or a date where only the day is known."""
        value = self._take(key)
        if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
            return value
        if isinstance(value, datetime) and value.tzinfo is not None:
            return value
        self.fault(key, "must be a time in UTC like 2024-02-15T18:14:00Z, or a date, unquoted")
        return None

    def tables(self, key: str) -> list[TomlTable]:
        """The members of an array of tables, none where it is not given."""
        value = self._take(key, is_optional=True)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            self.fault(key, f"must be written as [[{key}]]")
            return []
        path = f"{self._place}.{key}" if self._place else key
        return [
            TomlTable(self._file, one, self._findings, f"{path}[{number}]")
            for number, one in enumerate(value, start=1)
        ]

    def done(self) -> None:
        """Note every key that nothing has read."""
        for key in self._values:
            if key not in self._read:
                near = get_close_matches(key, sorted(self._read), n=1)
                known = f"did you mean {near[0]}?" if near else ", ".join(sorted(self._read))
                self.fault(key, f"is unknown here; {known}")

    def _take(self, key: str, *, is_optional: bool = False) -> Any:
        self._read.add(key)
        value = self._values.get(key)
        if value is None and not is_optional:
            self.fault(key, "is missing")
        return value
