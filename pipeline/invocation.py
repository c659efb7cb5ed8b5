"""Invocation: the job that a command's flags ask for, and its result printed."""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import configuration
from pipeline.console import forget, level_of, now
from pipeline.engines import installed
from pipeline.errors import UsageError, forgiven

if TYPE_CHECKING:
    import argparse

    from pipeline.configuration import Configuration
    from pipeline.console import Log
    from pipeline.job import Job
    from pipeline.settings import Settings


def job_of(options: argparse.Namespace, log: Log) -> Job:
    """The job of one command.

    Raises:
        UsageError: a setting or the overlay cannot be used.
    """
    return job_with(configured(options).settings, options, log)


def job_with(found: Settings, options: argparse.Namespace, log: Log) -> Job:
    """The job of one command with these settings.

    Raises:
        UsageError: the overlay cannot be used.
    """
    from pipeline.job import Job

    started = now()
    log.hide(found.secrets)
    log.adapt(options.log_format or found.log.format, level_of(options, found.log.level))
    # How the command ends is decided by who has the flags.
    options.fail_on = options.fail_on or found.run.fail_on
    options.ok_codes = options.ok_codes or frozenset(map(int, found.run.ok_codes))
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    log.begin(run_id)
    if found.overlay is not None:
        _check_overlay(found.overlay)
    return Job(
        run_id=run_id,
        settings=found,
        log=log,
        clock=now,
        version=installed("capbrief"),
        overlay=found.overlay.absolute() if found.overlay else None,
        lock_wait_seconds=_first(getattr(options, "lock_wait", None), found.run.lock_wait_seconds),
        progress=log.progress,
        forgiven=forgiven(options.fail_on, options.ok_codes),
        is_shared=getattr(options, "shared", False) or found.run.shared,
    )


def _first(given: float | None, usual: float | None) -> float:
    """What is given, be it nothing, before what is usual."""
    return next((one for one in (given, usual) if one is not None), 0.0)


def configured(options: argparse.Namespace, *, commands: bool = True) -> Configuration:
    """What is set, by flags, environment and files; see ``configuration.read`` for ``commands``.

    Raises:
        UsageError: a setting cannot be used.
    """
    return configuration.read(
        options.home,
        os.environ,
        user_home(),
        file=options.config,
        folder=current_folder(),
        system_file=configuration.SYSTEM_FILE,
        overlay=Path(options.overlay) if options.overlay else None,
        commands=commands,
    )


def current_folder() -> Path | None:
    """The current folder, unless somebody removed it meanwhile."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def user_home() -> Path:
    """The user's home folder.

    Raises:
        UsageError: neither HOME nor the system's list of accounts has one.
    """
    try:
        return Path.home()
    except RuntimeError as error:
        raise UsageError(
            "HOME is not set, and this account is in no list; set HOME to a folder"
        ) from error


def _check_overlay(folder: Path) -> None:
    """Refuse a folder in which a file would be passed over without a word."""
    kinds = ("alerts", "events", "locale", "reports", "scenarios", "sql", "templates", "universes")
    layers = ("checks", "estimates", "examples", "marts", "reports", "staging")
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
            ) and not (not prefix and _is_of_brand(path)):
                raise UsageError(
                    f"--overlay {path}: not one of the readable folders "
                    f"{', '.join(prefix + name for name in names)}"
                )


def _is_of_brand(path: Path) -> bool:
    """Whether a file beside the folders is the brand of the house, or a picture for it."""
    is_named = path.name == "brand.toml" or path.suffix.lower() in (".svg", ".png")
    return is_named and path.is_file()


def print_result(options: argparse.Namespace, result: Any, text: str) -> None:
    """Print a result as JSON if that is asked for, else as text.

    Where its reader went away (| head), the command ends as it would have ended.
    """
    try:
        print(json.dumps(result, default=str, indent=2) if options.json else text, flush=True)
    except BrokenPipeError:
        forget(sys.stdout)
