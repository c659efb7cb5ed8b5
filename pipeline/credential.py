"""Credential: where a secret is read from, so that it stands in no flag and no settings file.

The service manager's credentials folder comes first, then a named file, then a command that
prints it, then the environment.
"""

from __future__ import annotations

import os
import stat
import subprocess
from typing import TYPE_CHECKING, Final

from pipeline.errors import UsageError
from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMMAND_SECONDS: Final = 30
_LARGEST_BYTES: Final = 64 * 1024


def credential_name(key: str) -> str:
    """The name of a secret in the folder of credentials: ``coingecko_key`` of coingecko.key."""
    return key.replace(".", "_")


def from_file(path: Path, *, is_guarded: bool = False) -> Secret:
    """The secret in a file, without the blanks around it.

    Args:
        path: the file.
        is_guarded: whoever made it answers for who may read it (the service manager, whose access
            lists show as rights of the group; a user who allows it).

    Raises:
        UsageError: others can read the file, it cannot be read, or it holds no secret.
    """
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode) and not stat.S_ISFIFO(about.st_mode):
            raise UsageError(f"{path}: cannot be read as a key (it is no file)")
        if about.st_mode & 0o077 and not is_guarded:
            raise UsageError(f"{path}: holds a key and others can read it; run chmod 600 on it")
        with path.open("rb") as stream:
            content = stream.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read as a key ({error})") from error
    return _secret(content, str(path), "put the key into it")


def from_command(words: Sequence[str], said_in: str, environment: Mapping[str, str]) -> Secret:
    """What a command prints; it is started without a shell.

    Args:
        words: the command and its arguments.
        said_in: where the command is named, for the message.
        environment: of this process; what is ours in it is kept from the command.

    Raises:
        UsageError: it cannot be started, fails, takes too long, or prints no secret.
    """
    own = {name: text for name, text in environment.items() if not name.startswith("CAPBRIEF_")}
    try:
        ended = subprocess.run(
            list(words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_SECONDS,
            env=own,
            check=False,
        )
    except subprocess.TimeoutExpired:
        # Without its cause, which holds what the command printed.
        raise UsageError(
            f"{said_in}: {words[0]} printed nothing for {COMMAND_SECONDS} s; try it by hand"
        ) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{said_in}: {words[0]} cannot be started ({reason})") from error
    if ended.returncode:
        raise UsageError(
            f"{said_in}: {words[0]} ended with {ended.returncode}; try it by hand, it must print "
            "the key alone"
        )
    return _secret(ended.stdout, f"{said_in}: what {words[0]} prints", "it must print the key")


def may_command(path: Path) -> bool:
    """Whether commands in a file are ours: nobody but its reader, or root, can have written it."""
    about = path.stat()
    return about.st_uid in (os.geteuid(), 0) and not about.st_mode & 0o022


def _secret(content: bytes, where: str, advice: str) -> Secret:
    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"{where}: cannot be read as a key (over {_LARGEST_BYTES} bytes)")
    try:
        text = content.decode("ascii").strip()
    except UnicodeDecodeError as error:
        # Without its cause, which holds the bytes.
        reason = f"byte {error.start} is no plain character"
        raise UsageError(f"{where}: cannot be read as a key ({reason})") from None
    if not text:
        raise UsageError(f"{where}: is empty; {advice}")
    return Secret(text)
