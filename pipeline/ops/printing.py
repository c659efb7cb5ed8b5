"""Printing: whether a page becomes a PDF, in a process like that of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import bounded
from pipeline.errors import RenderLibraryMissing
from pipeline.ops.finding import Finding, broken, well
from pipeline.report import pdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.ops.asked import Asked


def page(asked: Asked) -> Iterator[Finding]:
    """A test page with a letter of every script, within the bounds of a report's PDF."""
    chosen = asked.job.settings.report
    try:
        lacking = bounded.call(
            pdf.probe,
            asked.job.templates,
            what="PDF",
            seconds=chosen.pdf_seconds,
            memory_mb=chosen.pdf_memory_mb,
        ).decode()
    except RenderLibraryMissing as error:
        # The message goes on with a line for each system.
        reason, *systems = str(error).splitlines()
        mend = "; ".join(" ".join(line.split()) for line in systems)
        yield from broken("pdf", RenderLibraryMissing(reason), mend)
        return
    yield well("pdf", "a test page was laid out")
    if lacking:
        yield Finding(
            "fonts",
            "fail",
            f"no font has letters of {lacking}: names in it would be printed as boxes",
            "install capbrief again: the fonts are part of it",
            RenderLibraryMissing.exit_code,
        )
    else:
        yield well("fonts", f"letters of {len(pdf.SCRIPTS)} scripts are there")


PROBES = (("pdf", page),)
