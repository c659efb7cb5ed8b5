"""Alert actions: what ``capbrief alerts`` can be told to do, and its flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline import alert_checks, arguments, flags


def offer(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions to the command, which lists without one.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    dated = (flags.dated(argparse.SUPPRESS), flags.known(argparse.SUPPRESS))
    action = arguments.actions(parser, shared)
    text = "All rules with what they find: firing, calm, or unknown where the data does not tell."
    action("list", alert_checks.listed, text, *dated)
    text = "Read rules, ask them of what is published, and tell every mistake."
    checked = action("check", alert_checks.check, text)
    checked.add_argument(
        "files", nargs="*", type=Path, metavar="FILE", help="rules of your own; all without"
    )
    text = "Ask one rule: the rows that its query gives, and what they come to."
    tested = action("test", alert_checks.test, text, *dated)
    tested.add_argument("alert_id", metavar="ALERT", help="as in 'list'")
