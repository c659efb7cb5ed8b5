"""Press: PDFs are laid out in processes of their own while the next report is assembled.

A layout takes longer than all that comes before it, and its time and memory grow with what a
definition and templates ask for. Each process works within the bounds of the settings and is
ready, with all libraries loaded, by the time there is a report.
"""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Final

from pipeline.bounded import Worker
from pipeline.report import pdf

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.report.value import Report
    from pipeline.settings import Paper
    from pipeline.settings import Report as Chosen

# More would take memory, and wait for one process that assembles.
MOST: Final = 2
_ADVICE: Final = (
    "the HTML is there; show fewer rows, attach long tables, or raise "
    "CAPBRIEF_REPORT__PDF_SECONDS or CAPBRIEF_REPORT__PDF_MEMORY_MB"
)


class Press:
    """Takes reports and gives their PDFs back in the same order; ends its processes at the end."""

    def __init__(self, chosen: Chosen, n_reports: int, template_folders: tuple[Path, ...]) -> None:
        """Be ready for so many reports.

        Args:
            chosen: bounds of each PDF, and its paper.
            n_reports: how many there will be; fewer than ``MOST`` need fewer processes.
            template_folders: as ``pdf.pdf`` takes them.
        """
        self._paper: Paper = chosen.paper
        self._template_folders = template_folders
        self._free = deque(
            Worker(
                work,
                what="PDF",
                advice=_ADVICE,
                seconds=chosen.pdf_seconds,
                memory_mb=chosen.pdf_memory_mb,
                prepare=pdf.prepare,
            )
            for _ in range(min(MOST, os.cpu_count() or 1, n_reports))
        )
        self._busy: deque[Worker] = deque()

    def __enter__(self) -> Press:
        for worker in self._free:
            worker.start()
        return self

    def __exit__(self, *_: object) -> None:
        for worker in (*self._busy, *self._free):
            worker.close()

    @property
    def is_full(self) -> bool:
        """Whether a PDF must be taken before another report can be given."""
        return not self._free

    @property
    def has_one(self) -> bool:
        """Whether ``take`` would not wait."""
        return bool(self._busy) and self._busy[0].is_done

    def give(self, report: Report) -> None:
        """Have a report laid out; there must be a free process."""
        worker = self._free.popleft()
        self._busy.append(worker)
        worker.give(report, self._paper, self._template_folders)

    def take(self) -> bytes:
        """The PDF of that report which was given first; waits for it.

        Raises:
            LimitError: it took more time or memory than the settings allow.
            TemplateError, RenderLibraryMissing: as ``pdf.pdf``.
        """
        worker = self._busy.popleft()
        self._free.append(worker)
        return worker.answer()


def work(report: Report, paper: Paper, template_folders: tuple[Path, ...]) -> bytes:
    """One PDF; called in a process of the press."""
    return pdf.pdf(report, paper=paper, template_folders=template_folders)
