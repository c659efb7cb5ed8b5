"""Command line: arguments to stages, results to stdout, the log to stderr, exit codes.

Exit codes: 0 ok, 1 a bug, 2 usage or a broken file, 3 partial (built, something is missing),
4 a key or its plan, 5 locked, 6 a source cannot be had now, 7 quality gate (the last good
stays), 8 storage, 10 stale (status and check), 11 a limit, 130 and 143 cancelled.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import (
    arguments,
    backtests,
    commands,
    event_actions,
    event_studies,
    queries,
    questions,
    report_actions,
    reports,
    scenarios,
)
from pipeline.console import Ending, Log, prepare
from pipeline.rows import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    prepare()
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.act is None:
        parser.print_help()
        return 2
    with Ending(
        Log(sys.stderr, options.log_format, quiet=options.quiet, verbose=options.verbose), options
    ) as ending:
        ending.code = options.act(options, ending.log)
        sys.stdout.flush()
    return ending.code


def _parser() -> argparse.ArgumentParser:
    shared = _shared()
    writer = argparse.ArgumentParser(add_help=False)
    writer.add_argument(
        "--full",
        "--from-payloads",
        action="store_true",
        help="rebuild from the payloads alone, as after a parser was mended",
    )
    waiter = argparse.ArgumentParser(add_help=False)
    waiter.add_argument(
        "--lock-wait",
        type=arguments.seconds,
        default=0.0,
        metavar="SECONDS",
        help="wait for another run",
    )
    fetcher = argparse.ArgumentParser(add_help=False)
    fetcher.add_argument(
        "--max-catchup",
        type=arguments.days,
        default=30,
        metavar="DAYS",
        help="go at most so many days back for days that were missed",
    )
    fetcher.add_argument(
        "--refresh", action="store_true", help="ask again for what is there already"
    )
    dry = argparse.ArgumentParser(add_help=False)
    dry.add_argument(
        "--dry-run", action="store_true", help="print calls and credits; ask and write nothing"
    )
    known = argparse.ArgumentParser(add_help=False)
    known.add_argument(
        "--as-of",
        type=arguments.moment,
        metavar="TIME",
        help="with what was known on that day or at that time",
    )
    dated = argparse.ArgumentParser(add_help=False)
    dated.add_argument(
        "--date", type=arguments.day, metavar="DAY", help="the day the figures speak of"
    )
    written = argparse.ArgumentParser(add_help=False)
    written.add_argument("--out", type=Path, metavar="DIR", help="write to DIR")

    parser = argparse.ArgumentParser(
        prog="capbrief",
        description="AI-token market and GPU-capacity reports, every number traceable.",
    )
    parser.set_defaults(act=None)
    names = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(
        name: str,
        act: Callable[[argparse.Namespace, Log], int],
        text: str,
        *parents: argparse.ArgumentParser,
    ) -> argparse.ArgumentParser:
        made = names.add_parser(name, help=text, description=text, parents=[shared, *parents])
        made.set_defaults(act=act)
        return made

    text = "Fetch, build, check, publish and report: what a schedule runs every day."
    daily = command("run", commands.run, text, fetcher, dry, writer, waiter, written)
    daily.add_argument("--no-report", action="store_true", help="end with the published warehouse")
    text = "Build warehouse and report from the bundled edition."
    command("demo", commands.demo, text, writer, waiter, written)
    text = "Fetch what is missing, from all sources or from those that are named."
    asked = command("fetch", commands.fetch, text, fetcher, dry, waiter)
    asked.add_argument("sources", nargs="*", metavar="SOURCE", help="names, as in 'sources'")
    past = command(
        "backfill", commands.backfill, "Fetch the history of past days, coin by coin.", dry, waiter
    )
    arguments.between_days(past, "first day", "last day", required=True)
    past.add_argument(
        "--coins",
        type=arguments.names,
        default=(),
        metavar="IDS",
        help="only these coin ids, parted by commas",
    )
    past.add_argument(
        "--budget",
        type=arguments.count,
        metavar="CALLS",
        help="make at most so many calls, not counting tries of the same call",
    )
    past.add_argument("--refresh", action="store_true", help="ask again for what is there already")
    taken = command(
        "import", commands.take_in, "Take in a CSV or Parquet file of your own.", waiter
    )
    taken.add_argument("file", type=Path, help="the file")
    taken.add_argument("--source", required=True, metavar="NAME", help="who made it")
    taken.add_argument("--citation", required=True, metavar="TEXT", help="how to cite it")
    taken.add_argument("--licence", required=True, metavar="TEXT", help="its terms")
    taken.add_argument("--url", default="", help="where it is from")
    taken.add_argument("--kind", default="token_daily", help="what its rows are")
    taken.add_argument(
        "--mapping", type=Path, metavar="FILE", help="how its columns are to be read"
    )
    taken.add_argument(
        "--ticker", metavar="NAME", help="the share that all rows are of, where the file is silent"
    )
    taken.add_argument(
        "--basis",
        metavar="TEXT",
        help="'as traded' or 'split-adjusted through DAY', where the prices do not tell",
    )
    taken.add_argument(
        "--published", type=arguments.day, metavar="DAY", help="the day it became public"
    )
    text = "Which tokens count, and what moved a universe: prices, supplies or members."
    shown = command("universe", commands.universe, text, waiter, known)
    shown.add_argument(
        "action",
        nargs="?",
        choices=("show", "change", "accept"),
        default="show",
        help="show is the default",
    )
    shown.add_argument("name", nargs="?", help="one universe, or one data set to accept")
    arguments.between_days(shown, "change: since that day", "change: up to that day")
    text = "Build and publish the warehouse from stored payloads."
    command("build", commands.build, text, writer, waiter, dated)
    text = "Reports: list, begin, check and build them, and print their texts to translate."
    report_actions.offer(command("report", reports.listed, text), _shared(argparse.SUPPRESS))
    text = "Write the data dictionary: tables, columns, units and lineage."
    command("docs", commands.docs, text, written)
    ask = command("sql", queries.sql, "Answer one query over the published warehouse.", known)
    ask.add_argument("query", nargs="?", help="the query, or - to read it from standard input")
    ask.add_argument("--file", type=Path, metavar="FILE", help="read the query from FILE")
    ask.add_argument("--example", metavar="NAME", help="answer a query that is shipped")
    ask.add_argument("--examples", action="store_true", help="list the queries that are shipped")
    ask.add_argument("--format", choices=FORMATS, help="table is the default; else by --out")
    ask.add_argument("--csv", action="store_true", help="print the rows as CSV")
    ask.add_argument("--out", type=Path, metavar="FILE", help="write the rows to FILE")
    ask.add_argument(
        "--raw", action="store_true", help="leave text alone that a spreadsheet would compute"
    )
    ask.add_argument("--no-pager", action="store_true", help="print long tables as they are")
    ask.add_argument("--limit", type=arguments.count, metavar="ROWS", help="at most so many rows")
    ask.add_argument(
        "--timeout", type=arguments.duration, metavar="SECONDS", help="stop it after so long"
    )
    taken_out = command("export", queries.export, "Write tables to a folder, as files.", known)
    taken_out.add_argument(
        "tables", nargs="*", metavar="TABLE", help="tables; without any, all of --layers"
    )
    taken_out.add_argument(
        "--layers",
        type=arguments.names,
        metavar="LAYERS",
        help="of staging, marts, estimates, parted by commas; the last two are the default",
    )
    taken_out.add_argument(
        "--format",
        choices=("parquet", "csv", "sqlite", "xlsx"),
        default="parquet",
        help="parquet is the default",
    )
    taken_out.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="the folder to make or replace"
    )
    taken_out.add_argument(
        "--raw", action="store_true", help="leave text alone that a spreadsheet would compute"
    )
    taken_out.add_argument(
        "--force", action="store_true", help="replace a folder that holds other things, too"
    )
    text = "Read the published warehouse whole, run all checks, and tell how old it is."
    checked = command("check", questions.check, text, known)
    checked.add_argument(
        "--payloads", "--raw", action="store_true", help="read every stored payload, too"
    )
    command(
        "status",
        questions.status,
        "What is published, how old it is, how runs ended, what is missing.",
    )
    text = "What scenarios demand in a month, and how that compares with the fleets."
    estimated = command("estimate", questions.estimate, text, dated, known)
    estimated.add_argument("scenarios", nargs="*", help="names of scenarios; all without one")
    estimated.add_argument(
        "--month", type=arguments.month, metavar="MONTH", help="like 2026-04; the first without"
    )
    text = "All sources: licence, when each was had last, how much, when it is due next."
    listed = command("sources", questions.sources, text)
    listed.add_argument(
        "--datasets", action="store_true", help="list the data sets of the warehouse instead"
    )
    text = "Scenarios: list, show, check, run, explain, compare, solve and begin them."
    _scenario_actions(command("scenario", scenarios.listed, text))
    text = "Predict published timings of video models, or your own, each from other models."
    tested = command("backtest", backtests.backtest, text)
    tested.add_argument(
        "--timings",
        type=Path,
        metavar="FILE",
        help="CSV of your own timings: model, gpu, gpus, tokens, steps, passes, layers, width, "
        "mac_per_token_layer, seconds, kind, case, source, comparable",
    )
    text = "Whether announcements mattered beyond the market: list and study them."
    studies = command("events", event_studies.listed, text, known)
    event_actions.offer(studies, _shared(argparse.SUPPRESS))
    command("version", questions.version, "Versions of capbrief and its engines.")
    return parser


def _scenario_actions(parser: argparse.ArgumentParser) -> None:
    """What `capbrief scenario` can be told to do; without a word it lists."""
    parser.set_defaults(values=[], files=[])
    shared = _shared(argparse.SUPPRESS)
    changed = argparse.ArgumentParser(add_help=False)
    changed.add_argument(
        "--set",
        dest="values",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a value, as in inputs.mfu.p95=0.7; inputs.mfu=0.5 makes it one number",
    )
    changed.add_argument(
        "--set-file",
        dest="files",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="change all that a TOML file says",
    )
    dated = argparse.ArgumentParser(add_help=False)
    dated.add_argument(
        "--date",
        type=arguments.day,
        metavar="DAY",
        help="the day that scenarios start on which start with the report; today without",
    )
    action = arguments.actions(parser, shared)

    def asked(made: argparse.ArgumentParser, month: str) -> None:
        made.add_argument(
            "output", nargs="?", default="gpus_peak", help="an output; gpus_peak without"
        )
        made.add_argument(
            "--month",
            type=arguments.month_or_count,
            metavar="MONTH",
            help=f"like 2028-01, or months after the start; {month} without",
        )

    action("list", scenarios.listed, "All scenarios: engine, title, what they extend.")
    one = action("show", scenarios.show, "One scenario with all that it extends.", changed)
    one.add_argument("name", help="name of a scenario, or the path of its file")
    text = "Read scenarios, tell all mistakes, and compare them with their own [[checks]]."
    some = action("check", scenarios.check, text, changed, dated)
    some.add_argument("names", nargs="*", metavar="name", help="names or paths; all without")
    text = "Evaluate a scenario: quantiles and standard errors of every output."
    evaluated = action("run", scenarios.run, text, changed, dated)
    evaluated.add_argument("name", help="name of a scenario, or the path of its file")
    evaluated.add_argument(
        "--month",
        dest="months",
        action="append",
        default=[],
        type=arguments.month_or_count,
        metavar="MONTH",
        help="like 2028-01, or months after the start; can be repeated; 0, 24, 48 without",
    )
    evaluated.add_argument("--draws", type=arguments.count, metavar="N", help="to begin with")
    evaluated.add_argument("--seed", type=arguments.count, metavar="N", help="of the draws")
    evaluated.add_argument(
        "--tolerance", type=float, metavar="SHARE", help="largest standard error, as 0.005"
    )
    evaluated.add_argument(
        "--method",
        choices=("lattice", "monte-carlo"),
        default="lattice",
        help="lattice is the default; monte-carlo is its cross-check",
    )
    evaluated.add_argument(
        "--out", type=Path, metavar="FILE", help="write all months to a .csv or .parquet file"
    )
    text = "How an output comes about: every step with its value, every input with its source."
    explained = action("explain", scenarios.explain, text, changed, dated)
    explained.add_argument("name", help="name of a scenario, or the path of its file")
    asked(explained, "0")
    text = "Which inputs differ, and how much of an output's ratio each explains."
    compared = action("diff", scenarios.diff, text, changed, dated)
    compared.add_argument("name", help="name of a scenario, or the path of its file")
    compared.add_argument("other", help="another one, which --set changes")
    asked(compared, "24")
    text = "Which number an input must be for an output to be as wanted."
    solved = action("solve", scenarios.solve, text, changed, dated)
    solved.add_argument("name", help="name of a scenario, or the path of its file")
    solved.add_argument("--for", dest="input", required=True, metavar="INPUT", help="the input")
    solved.add_argument(
        "--such-that",
        required=True,
        metavar="TEXT",
        help="what is wanted, as in 'gpus_peak.p50[2028-01] = 720e3'",
    )
    begun = action("new", scenarios.new, "Write a file to start a scenario from.")
    begun.add_argument("name", help="name of the new scenario")
    begun.add_argument(
        "--extends", default="base", metavar="NAME", help="what it builds on; base without"
    )
    begun.add_argument(
        "--folder", type=Path, metavar="DIR", help="where; else in the overlay, or ./scenarios"
    )


def _shared(default: str | None = None) -> argparse.ArgumentParser:
    """The flags of every command; with SUPPRESS as their default for the actions of a command.

    A default of an action would come over what was said before the action's name.
    """
    shared = argparse.ArgumentParser(add_help=False, argument_default=default)
    shared.add_argument("--home", type=Path, metavar="DIR", help="keep all data below DIR")
    shared.add_argument(
        "--overlay",
        metavar="DIR",
        help="folder of your own sql/, reports/, scenarios/, events/ …; they come first",
    )
    shared.add_argument("--json", action="store_true", help="print the result as JSON")
    shared.add_argument("-q", "--quiet", action="store_true", help="log failures only")
    shared.add_argument("-v", "--verbose", action="store_true", help="log every request")
    shared.add_argument(
        "--log-format",
        choices=("auto", "human", "json"),
        default=default or "auto",
        help=argparse.SUPPRESS,
    )
    return shared
