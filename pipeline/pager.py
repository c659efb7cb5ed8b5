"""Pager: text that is higher than the terminal, shown a screen at a time."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys

from pipeline.environment import inherited

# Ends by itself where the text fits, keeps the screen, and cuts lines instead of folding them.
_USUAL = "less -FRSX"


def show(text: str, *, paged: bool = True) -> None:
    """Print text, through ``$PAGER`` where stdout is a terminal that is too small for it.

    Args:
        text: what is printed, without the last newline.
        paged: false prints it as it is.
    """
    command = _command() if paged and _is_higher_than_the_terminal(text) else []
    if not command:
        print(text)
        return
    sys.stdout.flush()
    # Ctrl-C is the pager's while it runs.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # A pager that is left early has not read all, which run() takes no offence at.
        subprocess.run(command, input=f"{text}\n".encode(), env=inherited(os.environ), check=False)
    finally:
        signal.signal(signal.SIGINT, before)


def _command() -> list[str]:
    """The pager to run; none where there is none, or the user wants none."""
    given = os.environ.get("PAGER", _USUAL)
    try:
        command = shlex.split(given)
    except ValueError:
        return []
    return command if command and shutil.which(command[0]) else []


def _is_higher_than_the_terminal(text: str) -> bool:
    if not sys.stdout.isatty():
        return False
    return text.count("\n") + 1 >= os.get_terminal_size(sys.stdout.fileno()).lines
