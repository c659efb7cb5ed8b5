"""Parser: what is said to who mistypes a command or a flag, in one line."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Parser(argparse.ArgumentParser):
    """A parser, and those of its commands, that end with one line and a name that is near."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and where to look, and end with 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; see '{self.prog} --help'\n")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """End because of arguments that nothing takes."""
        first = unknown[0].partition("=")[0]
        if not first.startswith("-"):
            self.error(f"{unknown[0]!r} is one argument too many")
        self.error(f"{first}: no such flag{_near(first, self._option_string_actions)}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        # The library's own, but for the message; it suggests nothing before Python 3.14.
        if action.choices is None or value in action.choices:
            return
        known = [str(one) for one in action.choices]
        near = _near(str(value), known) or f"; there are {', '.join(known)}"
        raise argparse.ArgumentError(action, f"{value!r} is not known{near}")


class Version(argparse.Action):
    """Prints the version and ends; it is looked up only then."""

    def __init__(self, option_strings: Sequence[str], dest: str, **details: Any) -> None:
        super().__init__(option_strings, argparse.SUPPRESS, nargs=0, **details)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """Print it."""
        from pipeline.engines import installed

        print(f"{parser.prog} {installed('capbrief')}")
        parser.exit()


def _near(name: str, known: Iterable[str]) -> str:
    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
