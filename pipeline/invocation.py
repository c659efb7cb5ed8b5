"""Invocation: the job that a command's flags ask for, and its result printed."""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import settings
from pipeline.console import forget, now
from pipeline.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from pipeline.console import Log
    from pipeline.job import Job


def job_of(options: argparse.Namespace, log: Log) -> Job:
    """The job of one command.

    Raises:
        UsageError: a setting or the overlay cannot be used.
    """
    from pipeline.job import Job

    overlay = overlay_of(options)
    if overlay is not None:
        _check_overlay(overlay)
    started = now()
    found = settings.resolve(options.home, os.environ, Path.home())
    log.hide(found.secrets)
    run_id = f"{started:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"
    log.begin(run_id)
    return Job(
        run_id=run_id,
        settings=found,
        log=log,
        clock=now,
        version=installed("capbrief"),
        overlay=overlay.absolute() if overlay else None,
        lock_wait_seconds=getattr(options, "lock_wait", 0.0),
        progress=log.progress,
    )


def overlay_of(options: argparse.Namespace) -> Path | None:
    """The folder of the user's own files, by flag or environment."""
    overlay = options.overlay or os.environ.get("CAPBRIEF_OVERLAY") or None
    return Path(overlay) if overlay else None


def _check_overlay(folder: Path) -> None:
    """Refuse a folder in which a file would be passed over without a word."""
    kinds = ("events", "locale", "reports", "scenarios", "sql", "templates", "universes")
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


def installed(name: str) -> str:
    """Version of an installed distribution; a checkout that runs uninstalled says so."""
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def print_result(options: argparse.Namespace, result: Any, text: str) -> None:
    """Print a result as JSON if that is asked for, else as text.

    A reader that went away (| head) does not keep the command from going on to its end.
    """
    try:
        print(json.dumps(result, default=str, indent=2) if options.json else text)
    except BrokenPipeError:
        forget(sys.stdout)
