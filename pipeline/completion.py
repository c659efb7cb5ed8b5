"""Completion: what a shell may offer at a place of the command line, offline.

The script that is printed asks capbrief itself at each press of the key, so that files of an
overlay are offered as soon as they are there. It needs no warehouse and makes no home.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from pipeline.console import Log
from pipeline.errors import CapbriefError
from pipeline.invocation import job_of, print_result
from pipeline.job import Job

if TYPE_CHECKING:
    import argparse

    from argcomplete.completers import BaseCompleter

SHELLS: Final = ("bash", "zsh", "fish")


def script(options: argparse.Namespace, log: Log) -> int:
    """Print the script of one shell."""
    from argcomplete.shell_integration import shellcode

    text = shellcode(["capbrief"], shell=options.shell)
    print_result(options, {"shell": options.shell, "script": text}, text)
    return 0


def is_asked() -> bool:
    """Whether a shell asks, in place of a user."""
    return "_ARGCOMPLETE" in os.environ


def answer(parser: argparse.ArgumentParser) -> None:
    """Give the shell what may stand at its cursor, and end the process."""
    import argcomplete

    argcomplete.autocomplete(
        parser, default_completer=cast("BaseCompleter", _offered), always_complete_options=False
    )


def _offered(
    prefix: str, action: argparse.Action, parsed_args: argparse.Namespace, **_: object
) -> list[str]:
    """Names for a place that takes names; paths for one that takes a path."""
    from argcomplete.completers import DirectoriesCompleter, FilesCompleter

    names_of = _NAMES.get((getattr(parsed_args, "command", ""), action.dest))
    if names_of is not None:
        # What was typed before the last comma stays.
        typed = prefix[: prefix.rfind(",") + 1]
        try:
            return [f"{typed}{name}" for name in names_of(_job(parsed_args))]
        except CapbriefError:
            return []  # a broken file of the user's: the command itself says so
    if action.metavar == "DIR":
        return list(DirectoriesCompleter()(prefix))
    return list(FilesCompleter()(prefix)) if action.type is Path else []


def _job(typed: argparse.Namespace) -> Job:
    import argparse

    asked = ("home", "config", "overlay", "log_format", "fail_on", "ok_codes")
    given = {name: getattr(typed, name, None) for name in asked}
    options = argparse.Namespace(**given, quiet=2, verbose=False)
    return job_of(options, Log(io.StringIO(), level="error"))


def _sources(job: Job) -> Iterable[str]:
    from pipeline import extract

    return (one.name for one in extract.sources(job.settings, job.universes, job.events))


def _reports(job: Job) -> Iterable[str]:
    from pipeline.report import definition_file

    return definition_file.names(job.definitions)


def _scenarios(job: Job) -> Iterable[str]:
    from pipeline.estimate import scenario

    return scenario.names(job.scenarios)


def _universes(job: Job) -> Iterable[str]:
    from pipeline.extract import universe_rules

    found = universe_rules.load(job.universes)
    return (one.universe_id for rules in found for one in rules.all_universes)


def _events(job: Job) -> Iterable[str]:
    from pipeline.extract import event_rules

    return (one.event_id for one in event_rules.load(job.events))


def _tables(job: Job) -> Iterable[str]:
    from pipeline.estimate.tables import TABLES

    files = (path for layer in ("staging", "marts", "estimates") for path in _files(job, layer))
    return {*TABLES, *(f"{path.parent.name}.{path.stem}" for path in files)}


def _examples(job: Job) -> Iterable[str]:
    return (path.stem for path in _files(job, "examples"))


def _files(job: Job, layer: str) -> Iterable[Path]:
    return (path for folder in job.sql for path in folder.glob(f"{layer}/*.sql"))


# By the command and the name of the argument.
_NAMES: dict[tuple[str, str], Callable[[Job], Iterable[str]]] = {
    ("fetch", "sources"): _sources,
    ("universe", "name"): _universes,
    ("events", "events"): _events,
    ("events", "universe"): _universes,
    ("report", "names"): _reports,
    ("report", "origin"): _reports,
    ("scenario", "name"): _scenarios,
    ("scenario", "names"): _scenarios,
    ("scenario", "other"): _scenarios,
    ("scenario", "extends"): _scenarios,
    ("estimate", "scenarios"): _scenarios,
    ("export", "tables"): _tables,
    ("sql", "example"): _examples,
}
