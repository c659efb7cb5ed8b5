"""Report actions: what ``capbrief report`` can be told to do, and its flags."""

from __future__ import annotations

import argparse
from pathlib import Path

from pipeline import arguments, flags, reports
from pipeline.settings import PAPERS


def offer(parser: argparse.ArgumentParser, shared: argparse.ArgumentParser) -> None:
    """Add the actions to the command, which lists without one.

    Args:
        parser: of the command.
        shared: flags of every command, without defaults.
    """
    action = arguments.actions(parser, shared)

    action("list", reports.listed, "All reports: title, sections, languages, whose they are.")
    begun = action("new", reports.new, "Write a report of your own to start from, which builds.")
    begun.add_argument("name", help="name of the new report")
    begun.add_argument(
        "--from", dest="origin", metavar="NAME", help="begin with a copy of this one"
    )
    text = "Read all that reports are made of, run their queries, and tell every mistake."
    some = action("check", reports.check, text)
    some.add_argument("names", nargs="*", metavar="NAME", help="as in 'list'; all without")
    built = action(
        "build", reports.build, "Write reports as HTML and PDF.", flags.dated(), flags.known()
    )
    built.add_argument(
        "names", nargs="*", metavar="NAME", help="as in 'list'; CAPBRIEF_REPORT__NAMES without"
    )
    built.add_argument(
        "--locale",
        dest="locales",
        type=arguments.names,
        metavar="LOCALES",
        help="as in en,de, parted by commas; the definition's own without",
    )
    built.add_argument("--paper", choices=PAPERS, help="of the PDF; a4 is the default")
    built.add_argument("--out", type=Path, metavar="DIR", help="write to DIR")
    built.add_argument("--deliver", action="store_true", help="send them to whom the settings say")
    text = "Print a catalogue of all texts in a language, to fill in and keep in the overlay."
    told = action("catalogue", reports.catalogue, text)
    told.add_argument("language", metavar="LANG", help="as in fr or pt_BR")
