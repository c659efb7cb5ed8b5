"""Credential: where a secret is read from, so that it stands in no flag and no settings file.

The service manager's credentials folder comes first, then a named file, then a command that
prints it, then the environment.
"""

from __future__ import annotations

import os
import select
import signal
import stat
import subprocess
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final

from pipeline.errors import UsageError
from pipeline.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

COMMAND_SECONDS: Final = 30
_LARGEST_BYTES: Final = 64 * 1024
_LAST_PLAIN: Final = 0x7F


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
        with _opened(path) as stream:
            content = _until_end(stream, COMMAND_SECONDS)
    except TimeoutError:
        raise UsageError(
            f"{path}: cannot be read as a key (its end did not come within {COMMAND_SECONDS} s)"
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read as a key ({error})") from error
    return _secret(content, str(path), "put the key into it")


def _opened(path: Path) -> IO[bytes]:
    """A file, or a pipe into which nobody may have written yet."""
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0)


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
        # What it says on stderr may hold the secret, and a group of its own ends as a whole.
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=own,
            process_group=0,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{said_in}: {words[0]} cannot be started ({reason})") from error
    with process:
        try:
            content = _until_end(process.stdout, COMMAND_SECONDS)
            is_over = len(content) > _LARGEST_BYTES
            if is_over:
                _kill(process)
            code = 0 if is_over else process.wait(COMMAND_SECONDS)
        except (TimeoutError, subprocess.TimeoutExpired):
            _kill(process)
            # Without its cause, which holds what the command printed.
            raise UsageError(
                f"{said_in}: {words[0]} did not end within {COMMAND_SECONDS} s; try it by hand"
            ) from None
        except BaseException:  # a signal: nothing that was started outlives the command
            _kill(process)
            raise
    if code:
        raise UsageError(
            f"{said_in}: {words[0]} ended with {code}; try it by hand, it must print the key alone"
        )
    return _secret(content, f"{said_in}: what {words[0]} prints", "it must print the key")


def from_text(text: str, said_in: str) -> Secret:
    """The secret in a variable, without the blanks around it.

    Raises:
        UsageError: it is none.
    """
    return _secret(text.encode("utf-8", "surrogateescape"), said_in, "put the key into it")


def is_there(path: Path) -> bool:
    """Whether a name leads to something, be it that it cannot be read, which is to be said."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True
    return True


def is_planted(path: Path) -> bool:
    """Whether a file is another user's than its reader's or root's, or anybody can write it."""
    try:
        about = path.stat()
    except OSError:
        return False
    return about.st_uid not in (os.geteuid(), 0) or bool(about.st_mode & stat.S_IWOTH)


def _until_end(stream: IO[bytes] | None, seconds: float) -> bytes:
    """What a stream gives up to its end, or more than a secret has.

    Raises:
        TimeoutError: its end does not come in time.
    """
    content, ends_at = b"", time.monotonic() + seconds
    while stream is not None and len(content) <= _LARGEST_BYTES:
        ready, _, _ = select.select([stream], [], [], max(0.0, ends_at - time.monotonic()))
        if not ready:
            raise TimeoutError
        part = os.read(stream.fileno(), _LARGEST_BYTES + 1)
        if not part:
            break
        content += part
    return content


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def may_command(path: Path) -> bool:
    """Whether commands in a file are ours: nobody but its reader, or root, can have written it."""
    about = path.stat()
    return about.st_uid in (os.geteuid(), 0) and not about.st_mode & 0o022


def _secret(content: bytes, where: str, advice: str) -> Secret:
    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"{where}: cannot be read as a key (over {_LARGEST_BYTES} bytes)")
    if not content.isascii():
        # The error of decoding would hold the bytes.
        place = next(place for place, byte in enumerate(content) if byte > _LAST_PLAIN)
        reason = f"byte {place} is no plain character"
        raise UsageError(f"{where}: cannot be read as a key ({reason})")
    text = content.decode("ascii").strip()
    if not text:
        raise UsageError(f"{where}: is empty; {advice}")
    if not text.isprintable():
        raise UsageError(f"{where}: has more than one line, or control characters; {advice}")
    return Secret(text)
