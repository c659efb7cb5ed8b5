"""Command line: arguments to stages, results to stdout, the log to stderr, exit codes.

Exit codes: 0 ok, 1 a bug, 2 usage or a broken file, 3 partial (built, something is missing),
5 locked, 7 quality gate (the last good stays), 8 storage, 11 a limit, 130 and 143 cancelled.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import settings
from pipeline.console import Ending, Log, as_csv, as_json, now, prepare, table
from pipeline.errors import LimitError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.build import Job
    from pipeline.run import Delivered


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    prepare()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.act is None:
        parser.print_help()
        return 2
    with Ending(Log(sys.stderr, options.log_format, quiet=options.quiet), options) as ending:
        ending.code = options.act(options, ending.log)
        sys.stdout.flush()
    return ending.code


# Commands. Each imports what it needs itself, so that --help stays quick.


def _demo(options: argparse.Namespace, log: Log) -> int:
    from pipeline import run

    return _deliver(options, run.demo(_job(options, log), full=options.full, out=options.out))


def _build(options: argparse.Namespace, log: Log) -> int:
    from pipeline import run

    version = run.rebuild(_job(options, log), report_date=options.date, full=options.full)
    result = {
        "file": str(version.path),
        "rows": version.row_count,
        "content_hash": version.content_hash,
    }
    _print_result(options, result, str(version.path))
    return 0


def _report(options: argparse.Namespace, log: Log) -> int:
    from pipeline import build, run

    job = _job(options, log)
    with build.open_warehouse(job, report_date=options.date, as_of=options.as_of) as opened:
        return _deliver(options, run.report(job, options.name, opened, options.out))


def _sql(options: argparse.Namespace, log: Log) -> int:
    from pipeline import build

    job = _job(options, log)
    try:
        text = sys.stdin.read() if options.query == "-" else options.query
        text.encode()
    except UnicodeError as error:
        raise UsageError("the query is not UTF-8") from error
    if options.json and options.csv:
        raise UsageError("--json and --csv: choose one")
    with build.open_warehouse(job, as_of=options.as_of) as opened:
        rows = opened.answer(text, options.limit + 1)
    if len(rows) > options.limit:
        raise LimitError(
            f"the query gives more than {options.limit} rows; add a limit to it or give --limit"
        )
    if options.json:
        print(as_json(rows))
    elif options.csv:
        sys.stdout.write(as_csv(rows))
    else:
        print(table(rows))
    return 0


def _check(options: argparse.Namespace, log: Log) -> int:
    from pipeline import build, run

    job = _job(options, log)
    with build.open_warehouse(job, as_of=options.as_of) as opened:
        count = run.recheck(job, opened)
    _print_result(options, {"checks": count, "failed": 0}, f"all {count} checks pass")
    return 0


def _status(options: argparse.Namespace, log: Log) -> int:
    from pipeline import build, run

    job = _job(options, log)
    with build.open_warehouse(job) as opened:
        found = run.status(opened)
    lines = [f"{key:<12} {value}" for key, value in found.items() if key != "tables"]
    lines += [f"  {name:<36} {count:>9,}" for name, count in found["tables"].items()]
    _print_result(options, found, "\n".join(lines))
    return 0


def _scenario(options: argparse.Namespace, log: Log) -> int:
    from pipeline.estimate import scenario

    folders = _job(options, log).scenarios
    if options.name is None:
        found = [scenario.load(name, folders) for name in scenario.names(folders)]
        _print_result(
            options,
            [{"id": one.id, "title": one.title} for one in found],
            "\n".join(f"{one.id:<16} {one.title}" for one in found),
        )
        return 0
    print(scenario.load(options.name, folders).text)
    return 0


def _sources(options: argparse.Namespace, log: Log) -> int:
    from pipeline import build

    with build.open_warehouse(_job(options, log)) as opened:
        rows = opened.query(
            "select source, entity, title, producer, licence, published_at::date as published_date "
            "from marts.source order by all"
        )
    _print_result(options, rows.to_dicts(), table(rows))
    return 0


def _version(options: argparse.Namespace, log: Log) -> int:
    del log
    found = {
        name: _installed(name)
        for name in ("capbrief", "duckdb", "polars", "weasyprint", "vl-convert-python")
    }
    _print_result(options, found, f"capbrief {found['capbrief']}")
    return 0


def _job(options: argparse.Namespace, log: Log) -> Job:
    from pipeline.build import Job

    overlay = options.overlay or os.environ.get("CAPBRIEF_OVERLAY") or None
    if overlay is not None:
        _check_overlay(Path(overlay))
    started = now()
    return Job(
        run_id=f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        settings=settings.resolve(options.home, os.environ, Path.home()),
        log=log,
        clock=now,
        version=_installed("capbrief"),
        overlay=Path(overlay).absolute() if overlay else None,
        lock_wait_seconds=getattr(options, "lock_wait", 0.0),
    )


def _check_overlay(folder: Path) -> None:
    """Refuse a folder in which a file would be passed over without a word."""
    kinds = ("reports", "scenarios", "sql", "templates")
    layers = ("checks", "estimates", "marts", "reports", "staging")
    try:
        found: dict[str, tuple[tuple[str, ...], list[Path]]] = {
            "": (kinds, sorted(folder.iterdir()))
        }
        if (folder / "sql").exists():
            found["sql/"] = (layers, sorted((folder / "sql").iterdir()))
    except OSError as error:
        raise UsageError(f"--overlay {error.filename}: {error.strerror}") from error
    for prefix, (names, paths) in found.items():
        for path in paths:
            if (
                path.name not in names
                or not path.is_dir()
                or not os.access(path, os.R_OK | os.X_OK)
            ):
                raise UsageError(
                    f"--overlay {path}: not one of the readable folders "
                    f"{', '.join(prefix + name for name in names)}"
                )


def _installed(name: str) -> str:
    """Version of an installed distribution; a checkout that runs uninstalled says so."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _deliver(options: argparse.Namespace, delivered: Delivered) -> int:
    paths = [str(path) for path in (delivered.html, delivered.pdf) if path is not None]
    _print_result(options, {"files": paths}, "\n".join(paths))
    if delivered.missing is not None:
        raise delivered.missing
    return 0


def _print_result(options: argparse.Namespace, result: Any, text: str) -> None:
    print(json.dumps(result, default=str, indent=2) if options.json else text)


_FIRST_YEAR, _LAST_YEAR = 2000, 2199
_MOST_ROWS = 10**9


def _day(text: str) -> date:
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2024-04-03") from error
    return _in_range(day)


def _moment(text: str) -> datetime:
    """A UTC day (its last moment) or a time; a time without zone is UTC."""
    from pipeline.build import day_end

    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day_end(_day(text))
    try:
        if "W" in text:  # a week is no moment
            raise ValueError(text)
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a day like 2024-04-03 or a time like 2024-04-03T12:00Z"
        ) from error
    _in_range(at.date())
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _in_range(day: date) -> date:
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise argparse.ArgumentTypeError(f"{day} is not between {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


def _count(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= _MOST_ROWS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {_MOST_ROWS}")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0 to 86400")
    return number


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", type=Path, metavar="DIR", help="keep all data below DIR")
    shared.add_argument(
        "--overlay",
        metavar="DIR",
        help="folder of your own sql/, templates/, reports/, scenarios/; they come first",
    )
    shared.add_argument("--json", action="store_true", help="print the result as JSON")
    shared.add_argument("-q", "--quiet", action="store_true", help="log failures only")
    shared.add_argument(
        "--log-format", choices=("auto", "human", "json"), default="auto", help=argparse.SUPPRESS
    )
    writer = argparse.ArgumentParser(add_help=False)
    writer.add_argument("--full", action="store_true", help="rebuild from the payloads alone")
    writer.add_argument(
        "--lock-wait", type=_seconds, default=0.0, metavar="SECONDS", help="wait for another run"
    )
    known = argparse.ArgumentParser(add_help=False)
    known.add_argument(
        "--as-of",
        type=_moment,
        metavar="TIME",
        help="with what was known on that day or at that time",
    )
    dated = argparse.ArgumentParser(add_help=False)
    dated.add_argument("--date", type=_day, metavar="DAY", help="the day the figures speak of")
    written = argparse.ArgumentParser(add_help=False)
    written.add_argument("--out", type=Path, metavar="DIR", help="write the report to DIR")

    parser = argparse.ArgumentParser(
        prog="capbrief",
        description="AI-token market and GPU-capacity reports, every number traceable.",
    )
    parser.set_defaults(act=None)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(
        name: str,
        act: Callable[[argparse.Namespace, Log], int],
        text: str,
        *parents: argparse.ArgumentParser,
    ) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text, parents=[shared, *parents])
        made.set_defaults(act=act)
        return made

    command("demo", _demo, "Build warehouse and report from the bundled edition.", writer, written)
    command("build", _build, "Build and publish the warehouse from stored payloads.", writer, dated)
    one = command("report", _report, "Write a report as HTML and PDF.", dated, known, written)
    one.add_argument("name", nargs="?", default="market-capacity", help="name of its definition")
    ask = command("sql", _sql, "Answer one query over the published warehouse.", known)
    ask.add_argument("query", help="the query, or - to read it from standard input")
    ask.add_argument("--csv", action="store_true", help="print the rows as CSV")
    ask.add_argument("--limit", type=_count, default=10_000, metavar="ROWS", help="at most so many")
    command("check", _check, "Run all checks on the published warehouse.", known)
    command("status", _status, "What is published: its tables, days and runs.")
    command("sources", _sources, "Where the data comes from, with licences.")
    shown = command("scenario", _scenario, "List the scenarios, or show one as it is merged.")
    shown.add_argument("name", nargs="?", help="name of a scenario")
    command("version", _version, "Versions of capbrief and its engines.")
    return parser
