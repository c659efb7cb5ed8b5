"""Command line: arguments to stages, results to stdout, the log to stderr, exit codes.

What an exit code means stands in ``errors.EXITS``, and at the end of ``--help``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import (
    alert_actions,
    alert_checks,
    arguments,
    backtests,
    commands,
    completion,
    config_actions,
    config_checks,
    deliveries,
    delivery_actions,
    event_actions,
    event_studies,
    examination,
    flags,
    queries,
    questions,
    report_actions,
    reports,
    scenario_actions,
    scenarios,
    schedule_actions,
    schedules,
    upkeep,
    upkeep_actions,
)
from pipeline.console import Log, level_of, prepare
from pipeline.ending import Ending
from pipeline.errors import EXITS
from pipeline.parser import Parser, Version
from pipeline.rows import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code."""
    prepare()
    parser = _parser()
    if completion.is_asked():
        completion.answer(parser)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        options.parser.refuse(unknown)
    if options.act is None:
        parser.print_help()
        return 2
    log = Log(sys.stderr, options.log_format or "auto", level_of(options))
    with Ending(log, options) as ending:
        ending.code = options.act(options, log)
    return ending.code


def _parser() -> argparse.ArgumentParser:
    shared = flags.shared()
    parser: argparse.ArgumentParser = Parser(
        prog="capbrief",
        description="AI-token market and GPU-capacity reports, every number traceable.",
        epilog="\n".join(
            ["exit codes:"]
            + [f"  {one.code:<4} {one.name:<12} {one.advice}" for one in EXITS]
            + ["", "What each means stands in the README; one that is not here is a failure."]
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "-V",
        "--version",
        action=Version,
        help="print the version; 'version' prints those of engines",
    )
    parser.set_defaults(act=None, parser=parser)
    names = parser.add_subparsers(dest="command", metavar="COMMAND")

    def command(
        name: str,
        act: Callable[[argparse.Namespace, Log], int],
        text: str,
        *parents: argparse.ArgumentParser,
    ) -> argparse.ArgumentParser:
        made = names.add_parser(name, help=text, description=text, parents=[shared, *parents])
        made.set_defaults(act=act, parser=made)
        return made

    text = "Fetch, build, check, publish and report: what a schedule runs every day."
    daily = command(
        "run",
        commands.run,
        text,
        flags.fetcher(),
        flags.dry(),
        flags.writer(),
        flags.waiter(),
        flags.written(),
    )
    daily.add_argument("--no-report", action="store_true", help="make no report, but ask alerts")
    daily.add_argument(
        "--no-deliver", action="store_true", help="tell nobody, neither of reports nor of failures"
    )
    text = "Build warehouse and report from the bundled edition."
    command("demo", commands.demo, text, flags.writer(), flags.waiter(), flags.written())
    text = "Fetch what is missing, from all sources or from those that are named."
    asked = command("fetch", commands.fetch, text, flags.fetcher(), flags.dry(), flags.waiter())
    asked.add_argument("sources", nargs="*", metavar="SOURCE", help="names, as in 'sources'")
    past = command(
        "backfill",
        commands.backfill,
        "Fetch the history of past days, coin by coin.",
        flags.dry(),
        flags.waiter(),
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
        "import", commands.take_in, "Take in a CSV or Parquet file of your own.", flags.waiter()
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
    shown = command("universe", commands.universe, text, flags.waiter(), flags.known())
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
    made = command("build", commands.build, text, flags.writer(), flags.waiter(), flags.dated())
    made.add_argument(
        "--without-lost",
        action="store_true",
        help="with --full: do without payloads that are missing or damaged, as gaps on record",
    )
    text = "Reports: list, begin, check and build them, and print their texts to translate."
    report_actions.offer(command("report", reports.listed, text), flags.shared(argparse.SUPPRESS))
    text = "Who is told, and what waits: list, test, send and give up."
    delivery_actions.offer(
        command("deliver", deliveries.listed, text), flags.shared(argparse.SUPPRESS)
    )
    text = "Write the data dictionary: tables, columns, units and lineage."
    command("docs", commands.docs, text, flags.written())
    ask = command(
        "sql", queries.sql, "Answer one query over the published warehouse.", flags.known()
    )
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
    taken_out = command(
        "export", queries.export, "Write tables to a folder, as files.", flags.known()
    )
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
    checked = command("check", questions.check, text, flags.known())
    checked.add_argument(
        "--payloads", "--raw", action="store_true", help="read every stored payload, too"
    )
    command(
        "status",
        questions.status,
        "What is published, how old it is, how runs ended, what is missing.",
    )
    text = "Look at the whole installation, change nothing, and say what mends what."
    looked = command("doctor", examination.doctor, text)
    looked.add_argument(
        "--online", action="store_true", help="also ask sources and channels whether they answer"
    )
    looked.add_argument("--payloads", action="store_true", help="read every stored payload")
    looked.add_argument(
        "--probe", action="store_true", help="try locks and renames in the state folder"
    )
    text = "What scenarios demand in a month, and how that compares with the fleets."
    estimated = command("estimate", questions.estimate, text, flags.dated(), flags.known())
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
    scenario_actions.offer(
        command("scenario", scenarios.listed, text), flags.shared(argparse.SUPPRESS)
    )
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
    studies = command("events", event_studies.listed, text, flags.known())
    event_actions.offer(studies, flags.shared(argparse.SUPPRESS))
    text = "Show reports, runs and warehouse to a browser of this machine; nothing is changed."
    shown = command("serve", questions.serve, text)
    shown.add_argument("--host", default="127.0.0.1", help="127.0.0.1 is the default")
    shown.add_argument("--port", type=arguments.port, default=8787, help="8787 is the default")
    text = "Print what a shell needs to complete commands, flags and names; see the README."
    completed = command("completion", completion.script, text)
    completed.add_argument("shell", choices=completion.SHELLS)
    text = "Remove reports that no rule keeps, payloads that nothing needs, and leftovers."
    upkeep_actions.offer_prune(command("prune", upkeep.prune, text, flags.waiter()))
    text = "Write payloads, ledger, reports and your own files to one file, without keys."
    upkeep_actions.offer_backup(command("backup", upkeep.backup, text, flags.waiter()))
    text = "Make a home from a backup, all of it or nothing; or verify one."
    upkeep_actions.offer_restore(command("restore", upkeep.restore, text, flags.waiter()))
    text = "Have the daily run started by systemd, cron or launchd."
    schedule_actions.offer(
        command("schedule", schedules.listed, text), flags.shared(argparse.SUPPRESS)
    )
    text = "Alerts: what rules find in the published warehouse; list, check and test them."
    alerts = command("alerts", alert_checks.listed, text, flags.dated(), flags.known())
    alert_actions.offer(alerts, flags.shared(argparse.SUPPRESS))
    text = "Settings: show, validate and generate them, and tell where they are looked for."
    config = command("config", config_checks.show, text)
    config_actions.offer(config, flags.shared(argparse.SUPPRESS))
    command("version", questions.version, "Versions of capbrief and its engines.")
    return parser
