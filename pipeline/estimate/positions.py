"""Where each key of a TOML text stands; the standard library's reader does not say."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""Keys from the root; an element of an array by its index."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"[A-Za-z0-9_-]+|\"(?:\\.|[^\"\\])*\"|'[^']*'")
_STRING = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5}|\"(?:\\.|[^\"\\])*\"|'[^']*'", re.DOTALL
)
_PLAIN = re.compile(r"[^,\]}\n#]+")


def positions(text: str) -> dict[Path, int]:
    """The line (from 1) of every table header and key, those of inline tables included.

    Args:
        text: TOML that the standard library's reader has accepted; anything else gives
            positions of no use, or an IndexError.
    """
    return _Scan(text).run()


class _Scan:
    """One pass over the characters: headers, keys, and values only as far as nesting needs."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.arrays: dict[Path, int] = {}

    def run(self) -> dict[Path, int]:
        table: Path = ()
        self.blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.blank()
        return self.found

    def blank(self) -> None:
        """Step over white space, line ends and comments."""
        self.take(_BLANK)

    def take(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    def note(self, path: Path, at: int) -> None:
        self.found.setdefault(path, self.text.count("\n", 0, at) + 1)

    def keys(self) -> Path:
        """A dotted key."""
        names: list[str] = []
        while True:
            self.blank()
            name = self.take(_KEY)
            names.append(name[1:-1] if name[:1] in "\"'" else name)
            self.blank()
            if self.text[self.at] != ".":
                return tuple(names)
            self.at += 1

    def header(self) -> Path:
        """``[table]`` or ``[[array of tables]]``; gives the path that follows keys belong to."""
        start = self.at
        is_array = self.text.startswith("[[", start)
        self.at += 2 if is_array else 1
        names = self.keys()
        self.at += 2 if is_array else 1
        path: Path = ()
        for depth, name in enumerate(names, 1):
            path = (*path, name)
            if is_array and depth == len(names):
                self.arrays[path] = self.arrays.get(path, -1) + 1
                self.note(path, start)
            if path in self.arrays:
                path = (*path, self.arrays[path])
        self.note(path, start)
        return path

    def pair(self, table: Path) -> None:
        """``key = value``."""
        start = self.at
        path = table
        for name in self.keys():
            path = (*path, name)
            self.note(path, start)
        self.at += 1
        self.value(path)

    def value(self, path: Path) -> None:
        self.blank()
        opening = self.text[self.at]
        if opening == "{":
            self.members(path, "}")
        elif opening == "[":
            self.members(path, "]")
        elif not self.take(_STRING):
            self.take(_PLAIN)

    def members(self, path: Path, closing: str) -> None:
        """The inside of an inline table or of an array."""
        self.at += 1
        index = 0
        self.blank()
        while self.text[self.at] != closing:
            if closing == "}":
                self.pair(path)
            else:
                self.note((*path, index), self.at)
                self.value((*path, index))
            index += 1
            self.blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.blank()
        self.at += 1
