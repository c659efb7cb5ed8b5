"""Schedules: the command that has the daily run started by systemd, cron or launchd.

It prints or writes what they read, and never speaks to a service manager itself: what is
started as a service is for its owner to say.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.engines import installed
from pipeline.errors import UsageError
from pipeline.invocation import configured, job_of, job_with, print_result, user_home

if TYPE_CHECKING:
    import argparse
    from datetime import time

    from pipeline.console import Log
    from pipeline.job import Job
    from pipeline.ops.schedule import Duty

# What the run holds beside its PDFs: the engine's bound twice, for what it does not count.
_MEMORY_MB = 2048
# What the run does after its requests.
_BUILD_SECONDS = 1800


def listed(options: argparse.Namespace, log: Log) -> int:
    """Say which schedulers this machine has, and what is installed."""
    from pipeline.ops import cron, launchd, systemd

    job = job_of(options, log)
    is_booted = Path("/run/systemd/system").is_dir()
    plist = launchd.place(user_home())
    rows = []
    for name, is_system in (("systemd --system", True), ("systemd --user", False)):
        folder = systemd.Manager(is_system).folder(_config_home())
        timer = folder / systemd.TIMER
        rows.append(
            (name, is_booted, str(timer) if timer.exists() else None, systemd.starts_at(folder))
        )
    table = cron.table() if cron.is_there() else b""
    is_in = cron.BEGIN in table
    rows.append(("cron", cron.is_there(), "crontab -l" if is_in else None, cron.starts_at(table)))
    at_home = str(plist) if plist.exists() else None
    rows.append(("launchd", sys.platform == "darwin", at_home, None))
    found = [
        {"scheduler": name, "is_there": is_there, "installed": place, "next": _next(job, at)}
        for name, is_there, place, at in rows
    ]
    lines = [
        f"{one['scheduler']:<17} {'there' if one['is_there'] else 'not there':<10} "
        + (
            f"{one['installed']}, next {one['next'] or 'unknown'}"
            if one["installed"]
            else "nothing installed"
        )
        for one in found
    ]
    print_result(options, found, "\n".join(lines))
    return 0


def _next(job: Job, at: time | None) -> str | None:
    from pipeline.ops.schedule import next_after

    return f"{next_after(at, job.clock()):%Y-%m-%d %H:%M} UTC" if at else None


def systemd(options: argparse.Namespace, log: Log) -> int:
    """Print, write or remove a service and its timer."""
    from pipeline.ops import systemd

    manager = systemd.Manager(
        is_system=os.geteuid() == 0 if options.is_system is None else options.is_system,
        run_as=options.run_as,
        ok_codes=tuple(sorted(options.ok_codes or ())),
    )
    if manager.run_as and not manager.is_system:
        raise UsageError("--run-as: the user's own manager runs all as that user; give --system")
    folder = options.to.absolute() if options.to else manager.folder(_config_home())
    if options.remove:
        gone = [str(path) for path in systemd.remove(folder, force=options.force)]
        then = manager.after_remove() if gone else []
        _print_done(options, gone, then, f"no units of capbrief in {folder}")
        return 0
    texts = systemd.units(_duty(options, log), manager)
    if options.install:
        paths = systemd.install(folder, texts, force=options.force)
        _print_done(options, [str(path) for path in paths], manager.after_install(), "")
        return 0
    shown = [f"# {folder / name}\n{text}" for name, text in texts.items()]
    steps = "\n".join(f"#   {line}" for line in manager.after_install())
    text = "\n".join([*shown, f"# Write them with --install, then:\n{steps}"])
    result = {str(folder / name): text for name, text in texts.items()}
    print_result(options, {"files": result, "then": manager.after_install()}, text)
    return 0


def cron(options: argparse.Namespace, log: Log) -> int:
    """Print the line of a crontab, put it into the user's, or take it out."""
    from pipeline.ops import cron

    if options.remove:
        before = cron.table()
        after = cron.without(before)
        if after != before:
            cron.write(after)
        _print_done(
            options, ["crontab"] if after != before else [], [], "the crontab has no such line"
        )
        return 0
    job = job_of(options, log)
    duty = _duty(options, log)
    text = cron.block(duty, job.clock(), mailed=options.mail, has_zones=cron.has_zones())
    if options.install:
        before = cron.table()
        after = cron.merged(before, text.encode())
        if after != before:
            cron.write(after)
        _print_done(
            options, ["crontab"] if after != before else [], [], "the crontab is so already"
        )
        return 0
    print_result(options, {"crontab": text, "at": f"{duty.at:%H:%M} UTC"}, text.rstrip())
    return 0


def launchd(options: argparse.Namespace, log: Log) -> int:
    """Print a property list."""
    from pipeline.ops import launchd

    duty = _duty(options, log)
    text = launchd.plist(duty, job_of(options, log).clock()).decode()
    path = launchd.place(user_home())
    then = launchd.after(path, duty.state)
    print_result(options, {"files": {str(path): text}, "then": then}, text.rstrip())
    if not options.json:
        log("next_steps", save_as=path, then=" && ".join(then))
    return 0


def _print_done(
    options: argparse.Namespace, done: list[str], then: list[str], nothing: str
) -> None:
    lines = [*done, *(f"then: {line}" for line in then)]
    print_result(options, {"files": done, "then": then}, "\n".join(lines) or nothing)


def _duty(options: argparse.Namespace, log: Log) -> Duty:
    """The daily run with the settings of this command.

    Raises:
        UsageError: a setting cannot be written down, or the command would not be found.
    """
    from pipeline import press, resources
    from pipeline.extract.coingecko_charts import READY
    from pipeline.ops import schedule

    found = configured(options)
    settings = job_with(found.settings, options, log).settings
    given = any(one.setting.key == "home" and one.value for one in found.values)
    overlay = settings.overlay
    files = {one.setting.key: one.file.absolute() for one in found.values if one.file}
    variables = schedule.environment_of(
        os.environ, [secret.reveal() for secret in settings.secrets], files
    )
    own = {} if overlay is None else {"CAPBRIEF_OVERLAY": str(overlay.absolute())}
    # The user's and the system's file are found again; that of a folder or a flag is not.
    for one in found.files:
        if one.is_there and one.whose in ("--config", "project"):
            own["CAPBRIEF_CONFIG"] = str(one.path)
    variables = {**own, **variables}
    program = _program()
    needed = [Path(program[0]), Path(sys.prefix), Path(sys.base_prefix), resources.INSTALLED_IN]
    needed += [
        Path(text)
        for name, text in variables.items()
        if name.endswith(("_FILE", "OVERLAY", "CONFIG"))
    ]
    schedule.must_be_writable_down(
        [
            ("--home", str(settings.data)),
            *own.items(),
            *((key, str(file)) for key, file in files.items()),
            *(("the command", part) for part in program),
        ]
    )
    at = options.at or schedule.minute_of(socket.gethostname(), settings.data)
    if at < READY:
        log("early_start", at=f"{at:%H:%M} UTC", the_day_before_is_complete_at=f"{READY:%H:%M} UTC")
    return schedule.Duty(
        program=program,
        at=at,
        environment=variables,
        folders=schedule.folders_of(os.environ),
        secret_files=files,
        home=settings.data if given else None,
        state=settings.state,
        needed=tuple(needed),
        seconds=round(settings.http.run_seconds) + schedule.LOCK_WAIT_SECONDS + _BUILD_SECONDS,
        memory_mb=_MEMORY_MB + press.MOST * settings.report.pdf_memory_mb,
    )


def _program() -> tuple[str, ...]:
    """The very command that runs now, with absolute paths; links stay, which upgrades move."""
    if installed("capbrief") == "not installed":
        raise UsageError(
            "capbrief runs from a folder where it is not installed; 'pip install' it first"
        )
    started = Path(sys.argv[0])
    if started.name == "capbrief" and started.is_file():
        return (str(started.absolute()),)
    return (sys.executable, "-m", "pipeline")


def _config_home() -> Path:
    given = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return given if given.is_absolute() else user_home() / ".config"
