"""Briefing: what is told of a report to those who have it sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.report import render

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pipeline.report.value import Finding, Kpi, Report


@dataclass(frozen=True)
class Briefing:
    """A report in a few words, in its own language.

    ``page`` is the same for mail programs that show HTML. The other four say what became of a
    file, each with its name or address as ``{}``.
    """

    subject: str
    lines: tuple[str, ...]
    page: str
    attached: str
    linked: str
    kept: str
    gone: str


def brief(report: Report, *, template_folders: Sequence[Path]) -> Briefing:
    """The briefing of a report.

    Raises:
        TemplateError: its template is missing or broken.
    """
    say = report.language.say
    marks = [text for text in (report.completeness, report.warning) if text]
    lines = [report.title, report.finding, " · ".join([report.dateline, report.knowledge, *marks])]
    lines += ["", *map(_tile, report.kpis)] if report.kpis else []
    if report.findings:
        lines += ["", say("Key findings"), *map(_finding, report.findings)]
    return Briefing(
        subject=f"{report.title} · {report.dateline}",
        lines=tuple(lines),
        page=render.mail(report, template_folders=template_folders),
        attached=say("{} is attached."),
        linked=say("Read it at {}"),
        kept=say("It is kept as {} on the machine that made it."),
        gone=say("{} is not there any more as it was; the next report comes with its own."),
    )


def _tile(kpi: Kpi) -> str:
    unit = f" {kpi.unit}" if kpi.unit else ""
    detail = f" ({kpi.detail})" if kpi.detail else ""
    return f"{kpi.label}: {kpi.value}{unit}{detail}"


def _finding(finding: Finding) -> str:
    return f"- {finding.lead} {finding.sentence.text}".rstrip()
