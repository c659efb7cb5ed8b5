"""Queries: the commands for the analyst's own questions, and for taking the tables away.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline import pager
from pipeline.errors import LimitError, UsageError
from pipeline.files import deliver
from pipeline.invocation import job_of, print_result
from pipeline.rows import table, written
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse

    import polars as pl

    from pipeline.console import Log
    from pipeline.job import Job

_SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".parquet": "parquet",
    ".md": "markdown",
    ".txt": "table",
}
_MOST_CHARACTERS = 1_000_000


def sql(options: argparse.Namespace, log: Log) -> int:
    """Answer one query, or list the examples."""
    from pipeline import opening, sandbox

    job = job_of(options, log)
    if options.examples:
        return _list_examples(options, job)
    form, text = _form(options), _text(options, job)
    given = {"seconds": options.timeout, "rows": options.limit}
    limits = replace(
        job.settings.sql, **{name: value for name, value in given.items() if value is not None}
    )
    with opening.open_warehouse(job, as_of=options.as_of) as opened:
        rows = sandbox.ask(opened.path, text, limits, native=form == "parquet")
    if options.out is None:
        _print(rows, form, options)
    else:
        print(deliver(options.out, written(rows, form, raw=options.raw)))
    return 0


def export(options: argparse.Namespace, log: Log) -> int:
    """Write tables to a folder."""
    from pipeline import export, opening

    if options.tables and options.layers:
        raise UsageError("--layers and names of tables: give one of them")
    job = job_of(options, log)
    wanted = options.tables or options.layers or ("marts", "estimates")
    with opening.open_warehouse(job, as_of=options.as_of) as opened:
        manifest = export.export(
            job, opened, wanted, options.format, options.out, raw=options.raw, force=options.force
        )
    print_result(options, manifest, str(options.out))
    return 0


def _list_examples(options: argparse.Namespace, job: Job) -> int:
    from pipeline.model import models

    found = models(job.sql, ["examples"])
    named = {one.path.stem: one.description for one in found}
    width = max(map(len, named), default=0)
    print_result(
        options,
        [{"name": name, "description": text} for name, text in named.items()],
        "\n".join(f"{name:<{width}}  {text.split('. ')[0]}" for name, text in named.items()),
    )
    return 0


def _form(options: argparse.Namespace) -> str:
    """The one format that the flags ask for, else the one that the name of the file says."""
    short = [name for name in ("json", "csv") if getattr(options, name)]
    asked: set[str] = {*short, *([options.format] if options.format else [])}
    if len(asked) > 1:
        raise UsageError(f"{' and '.join(sorted(asked))}: two formats; choose one")
    if asked:
        form = asked.pop()
    elif options.out is None:
        form = "table"
    elif options.out.suffix.lower() in _SUFFIXES:
        form = _SUFFIXES[options.out.suffix.lower()]
    else:
        raise UsageError(f"--out {options.out}: its name says no format; give --format")
    if form == "parquet" and options.out is None and sys.stdout.isatty():
        raise UsageError("parquet is not for a terminal; give --out FILE")
    return form


def _text(options: argparse.Namespace, job: Job) -> str:
    """The query, from the one place that was named."""
    given = [one for one in (options.query, options.file, options.example) if one is not None]
    if len(given) != 1:
        raise UsageError(
            "give one query: its text, - for standard input, --file FILE or --example NAME"
        )
    if options.example is not None:
        return _example(options.example, job)
    try:
        text = _read(options)
        text.encode()
    except UnicodeError as error:
        raise UsageError("the query is not UTF-8") from error
    except OSError as error:
        raise UsageError(f"--file {options.file}: cannot be read ({error.strerror})") from error
    if len(text) > _MOST_CHARACTERS:
        raise LimitError(f"the query is longer than {_MOST_CHARACTERS:,} characters; shorten it")
    return text


def _read(options: argparse.Namespace) -> str:
    if options.file is not None:
        with options.file.open(encoding="utf-8-sig") as stream:
            return str(stream.read(_MOST_CHARACTERS + 1))
    text = sys.stdin.read(_MOST_CHARACTERS + 1) if options.query == "-" else options.query
    return str(text)


def _example(name: str, job: Job) -> str:
    from pipeline.model import models

    found = {one.path.stem: one.sql for one in models(job.sql, ["examples"])}
    if name not in found:
        raise UsageError(f"--example {name}: no such example; there are {', '.join(found)}")
    return found[name]


def _print(rows: pl.DataFrame, form: str, options: argparse.Namespace) -> None:
    if form == "table":
        is_plan = rows.columns == ["explain_key", "explain_value"]
        text = "\n".join(map(visible, rows["explain_value"])) if is_plan else table(rows)
        pager.show(text, paged=not options.no_pager)
        return
    content = written(rows, form, raw=options.raw)
    if form == "parquet":
        sys.stdout.buffer.write(content)
        return
    text = content.decode()
    # A file gets what the data holds; a terminal must not be driven by it.
    sys.stdout.write(visible(text) if sys.stdout.isatty() else text)
