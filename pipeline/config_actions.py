"""Config actions: what ``capbrief config`` can be told to do, and its flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline import arguments, config_checks


def offer(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions to the command, which shows all values without one.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    parser.set_defaults(keys=())
    action = arguments.actions(parser, shared)
    text = "Each value and where it was said; secrets are hidden, and no command is started."
    shown = action("show", config_checks.show, text)
    shown.add_argument("keys", nargs="*", metavar="KEY", help="as in http.tries, or http for all")
    text = "Read all settings, with their secrets, and tell every mistake."
    action("validate", config_checks.validate, text)
    text = "The files that settings are looked for in, and the folders of all data."
    action("path", config_checks.path, text)
    text = "Print a settings file of all that can be set, commented out."
    made = action("generate", config_checks.generate, text)
    made.add_argument("--out", type=Path, metavar="FILE", help="write it to FILE, a new one")
