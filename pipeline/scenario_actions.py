"""Scenario actions: what ``capbrief scenario`` can be told to do, and its flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline import arguments, scenarios


def offer(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions to the command, which lists without one.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    parser.set_defaults(values=[], files=[])
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
