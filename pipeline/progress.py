"""Progress: how far long work has come, as a bar on a terminal, else as a line now and then.

A library would draw the bar, and know nothing of log lines on the same terminal, of a line a
minute where there is none, and of a signal that asks; those are most of what is here.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, Protocol

from pipeline.visible import in_one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LINE_SECONDS = 60.0
_DRAW_SECONDS = 0.1
_BAR_CHARACTERS = 24


class Screen(Protocol):
    """Where progress is shown: the log, which alone knows of terminals."""

    @property
    def width(self) -> int | None:
        """Characters of a line of the terminal; None where nothing can be drawn."""
        ...

    def draw(self, text: str) -> None:
        """Show a text below all lines, in place of the one before; "" takes it away."""
        ...

    def say(self, level: str, event: str, **fields: object) -> None:
        """Write a line, however quiet the log is."""
        ...

    def shows(self, level: str) -> bool:
        """Whether lines of that level are shown."""
        ...


@dataclass(eq=False)
class _Work:
    what: str
    total: int | Callable[[], int] | None
    began: float
    told: float
    done: int = 0

    def known_total(self) -> int | None:
        """How many steps there are; what was planned can turn out to be more."""
        if callable(self.total):
            self.total = self.total()
        return None if self.total is None else max(self.total, self.done)

    def fields(self) -> dict[str, object]:
        total = self.known_total()
        known = {} if total is None else {"total": total}
        seconds = time.monotonic() - self.began
        return {"what": self.what, "done": self.done, **known, "duration_ms": round(seconds * 1e3)}

    def bar(self, width: int) -> str:
        """One line that fits into so many characters."""
        minutes, seconds = divmod(round(time.monotonic() - self.began), 60)
        if total := self.known_total():
            full = _BAR_CHARACTERS * self.done // total
            drawn = f"[{'#' * full:.<{_BAR_CHARACTERS}}] {self.done}/{total}"
        else:
            drawn = str(self.done)
        return in_one_line(f"{self.what} {drawn} {minutes}:{seconds:02}")[:width]


class Progress:
    """What of a command goes on now; of work inside of work the inner one is shown."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._lock = RLock()
        self._at_work: list[_Work] = []
        self._drawn = 0.0

    @contextmanager
    def __call__(
        self, what: str, total: int | Callable[[], int] | None = None
    ) -> Iterator[Callable[[int], None]]:
        """Show work while it lasts (see pipeline.job.Progress)."""
        at = time.monotonic()
        work = _Work(what, total, began=at, told=at)
        with self._lock:
            self._at_work.append(work)

        def step(done: int) -> None:
            work.done = done
            self._show(work)

        try:
            self._show(work)
            yield step
        finally:
            with self._lock:
                if work in self._at_work:
                    self._at_work.remove(work)
                self._drawn = 0.0
                self._screen.draw("")

    def end(self) -> None:
        """Take away what is shown, however the work ended."""
        with self._lock:
            self._at_work.clear()
            self._screen.draw("")

    def tell(self) -> None:
        """Write how far it is now, for who asks."""
        with self._lock:
            if not self._at_work:
                self._screen.say("info", "progress", what="nothing that is counted")
            for work in self._at_work:
                self._screen.say("info", "progress", **work.fields())

    def _show(self, work: _Work) -> None:
        with self._lock:
            if not self._screen.shows("info") or not self._at_work:
                return
            if work is not self._at_work[-1]:
                return
            at, width = time.monotonic(), self._screen.width
            if width is not None and at - self._drawn >= _DRAW_SECONDS:
                self._drawn = at
                self._screen.draw(work.bar(width))
            elif width is None and at - work.told >= LINE_SECONDS:
                work.told = at
                self._screen.say("info", "progress", **work.fields())
