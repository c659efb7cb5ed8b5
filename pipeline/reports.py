"""Reports: the commands on definitions, and what they print.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.commands import must_be_whole, show
from pipeline.errors import DefinitionError, UsageError
from pipeline.invocation import configured, job_of, print_result
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse

    from pipeline.console import Log


def listed(options: argparse.Namespace, log: Log) -> int:
    """List the reports; one that cannot be loaded says so in place of its title."""
    from pipeline import answers, desk, resources
    from pipeline.report import definition_file, language

    job = job_of(options, log)
    shipped = definition_file.names([resources.REPORTS])
    own = definition_file.names(job.definitions[:-1])
    known = language.languages(job.locales)
    result = []
    for name in definition_file.names(job.definitions):
        is_own = name in own
        origin = ("own, over a shipped one" if name in shipped else "own") if is_own else "shipped"
        row = {"name": name, "title": "", "locale": "", "languages": known, "origin": origin}
        try:
            found = desk.defined(job, name)
        except DefinitionError:
            row |= {"title": f"broken; see 'capbrief report check {name}'", "sections": ()}
        else:
            sections = tuple(section.key for section in found.sections)
            row |= {"title": found.title.text, "locale": str(found.language.locale)}
            row |= {"sections": sections}
        result.append(row)
    shown = [{key: _joined(cell) for key, cell in row.items()} for row in result]
    print_result(options, result, visible(answers.drawn(shown)))
    return 0


def _joined(cell: object) -> str:
    return " ".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)


def new(options: argparse.Namespace, log: Log) -> int:
    """Write a report of one's own to start from."""
    from pipeline import starter

    folder = configured(options).settings.overlay
    if folder is None:
        raise UsageError("report new: give --overlay DIR, the folder of your own files")
    folder.mkdir(parents=True, exist_ok=True)
    job = job_of(options, log)
    paths = [str(path) for path in starter.begin(job, options.name, options.origin)]
    log("written", files=paths, then=f"capbrief report check {options.name}")
    print_result(options, {"files": paths}, "\n".join(paths))
    return 0


def check(options: argparse.Namespace, log: Log) -> int:
    """Tell every mistake in all that reports are made of."""
    from pipeline import answers, opening
    from pipeline.report import definition_file, review

    job = job_of(options, log)
    names = options.names or definition_file.names(job.definitions)
    with opening.if_published(job) as opened:
        complaints = review.files(job.templates, job.locales)
        for name in names:
            complaints += review.report(
                name,
                opened,
                folders=job.definitions,
                sql_folders=job.sql,
                template_folders=job.templates,
                locale_folders=job.locales,
            )
    if complaints:
        raise DefinitionError("\n".join(dict.fromkeys(complaints)))
    known = "with their queries" if opened else "without their queries: nothing is published"
    text = f"{answers.counted('reports', len(names))} can be built, checked {known}"
    print_result(options, {"reports": list(names), "queries_run": opened is not None}, text)
    return 0


def build(options: argparse.Namespace, log: Log) -> int:
    """Write reports in some locales, and send them if that is wanted."""
    from pipeline import desk, opening, telling

    job = job_of(options, log)
    chosen = job.settings.report
    chosen = replace(
        chosen,
        names=tuple(options.names) or chosen.names,
        locales=options.locales or chosen.locales,
        paper=options.paper or chosen.paper,
    )
    with opening.open_warehouse(job, report_date=options.date, as_of=options.as_of) as opened:
        made = desk.reports(job, chosen, opened, options.out)
    unsent = telling.reports(job, made).unsent if options.deliver else ""
    show(options, made)
    must_be_whole(made, unsent)
    return 0


def catalogue(options: argparse.Namespace, log: Log) -> int:
    """Print a catalogue of all texts in a language."""
    from pipeline import alert_rules, desk, opening
    from pipeline.report import definition_file, language, messages

    job = job_of(options, log)
    locale = language.parsed(options.language)
    defined = [desk.defined(job, name) for name in definition_file.names(job.definitions)]
    with opening.if_published(job) as opened:
        found = messages.messages(
            defined,
            opened,
            sql_folders=job.sql,
            template_folders=job.templates,
            titles=alert_rules.titles(job.alerts),
        )
    spoken = language.Language(locale, language.translations(locale, job.locales))
    text = messages.catalogue(spoken, found)
    lacking = [message for message in found if message not in spoken.messages]
    result = {"language": spoken.short, "messages": found, "untranslated": lacking}
    print_result(options, result, text)
    return 0
