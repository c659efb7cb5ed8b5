"""F80: a system or an engine without memory, and a run that is killed for want of it.

What a layout of such a kind costs: test_layouts.py; kills at any moment: test_torture.py.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from pipeline.errors import GIVE_MEMORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Command  # noqa: TID251 - for its types only

LIMIT = 300 << 20


def published(command: Command) -> tuple[Path, bytes]:
    return command.published, command.published.read_bytes()


def begun(command: Command, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments, "--home", str(command.home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
        **options,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep this limit")
def test_f80_a_process_that_gets_no_memory_keeps_what_is_published(fresh: Command) -> None:
    before = published(fresh)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))

    process = begun(fresh, "build", "--full", preexec_fn=limited)
    try:
        out, err = process.communicate(timeout=120)
    finally:
        process.kill()
    assert out == ""
    # Libraries of others may end the process on their own; by whom it is ended, it is no bug.
    assert "please report it" not in err
    if process.returncode == 11:
        failed, finished = (json.loads(line) for line in err.splitlines()[-2:])
        assert failed["message"].endswith(f"; {GIVE_MEMORY}")
        assert len(failed["message"].splitlines()) == 1
        assert finished["exit_code"] == 11
    else:
        assert process.returncode in (1, -signal.SIGABRT)
    assert published(fresh) == before


def test_f80_an_engine_that_gets_no_memory_keeps_what_is_published(
    fresh: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = published(fresh)
    with monkeypatch.context() as limited:
        limited.setenv("CAPBRIEF_MEMORY_LIMIT", "6MB")
        ended = fresh("build", "--full")
    assert (ended.code, ended.out) == (11, "")
    assert "Out of Memory Error: " in ended.message
    assert ended.message.endswith(f"; {GIVE_MEMORY}")
    assert len(ended.message.splitlines()) == 1
    assert published(fresh) == before
    runs = json.loads(fresh("status", "--json").out)["runs"]
    assert (runs[-1]["status"], runs[-1]["exit_code"]) == ("failed", 11)
    assert fresh("build", "--full").code == 0


def test_f80_after_the_system_killed_a_build_the_next_one_gives_the_same(fresh: Command) -> None:
    before, content = published(fresh), contents(fresh)
    process = begun(fresh, "build", "--full")
    assert process.stderr is not None
    for line in process.stderr:
        if json.loads(line)["event"] == "loaded":
            process.kill()
            break
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert published(fresh) == before
    assert fresh("check").code == 0
    assert fresh("build").code == 0
    assert contents(fresh) == content


def contents(command: Command) -> list[tuple[Any, ...]]:
    """How many rows each table of marts has, with a number for all that they say."""
    with duckdb.connect(command.published, read_only=True) as connection:
        tables = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'marts' "
            "and table_name not in ('run') order by all"
        ).fetchall()
        return [
            (
                name,
                *connection.execute(
                    f"select count(*), sum(hash(t)) from marts.{name} t"
                ).fetchall(),
            )
            for (name,) in tables
        ]
