"""Event actions: what ``capbrief events`` can be told to do, and its flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline import arguments, event_studies, flags


def offer(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions to the command, which lists without one.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    known = flags.known(argparse.SUPPRESS)
    action = arguments.actions(parser, shared)
    text = "All events: when, by which source, and how far a study of them is covered."
    action("list", event_studies.listed, text, known)
    text = "Study events: abnormal returns by window, tests, placebo days, overlapping events."
    run = action("run", event_studies.run, text, known)
    run.add_argument("events", nargs="*", metavar="EVENT", help="ids, as in 'list'; all without")
    run.add_argument("--universe", metavar="NAME", help="only the tokens of this one")
    run.add_argument("--market", metavar="COIN", help="what stands for the market; bitcoin without")
    run.add_argument(
        "--estimation",
        type=arguments.window,
        metavar="FIRST,LAST",
        help="days of the market model, as in --estimation=-120,-11, which is the default",
    )
    run.add_argument(
        "--window",
        dest="windows",
        action="append",
        default=[],
        type=arguments.window,
        metavar="FIRST,LAST",
        help="days that are summed, as in --window=-1,1; can be repeated",
    )
    run.add_argument("--file", type=Path, metavar="FILE", help="events of your own, as TOML")
    run.add_argument("--seed", type=arguments.count, metavar="N", help="of the draws")
    run.add_argument("--draws", type=arguments.count, metavar="N", help="of the ranges; 2000")
