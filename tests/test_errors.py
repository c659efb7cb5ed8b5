"""Errors: exit codes of what ends a command."""

from __future__ import annotations

import signal

import duckdb
import pytest

from pipeline.errors import CapbriefError, Terminated, WarehouseError, exit_code_of


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (WarehouseError("x"), 8),
        (KeyboardInterrupt(), 130),
        (Terminated(), 143),
        (RuntimeError("x"), CapbriefError.exit_code),
    ],
)
def test_each_ending_has_its_code(ending: BaseException, code: int) -> None:
    assert exit_code_of(ending) == code


@pytest.mark.parametrize(("ending", "code"), [(KeyboardInterrupt, 130), (Terminated, 143)])
def test_f40_a_signal_that_comes_while_duckdb_is_at_work_is_that_signal(
    ending: type[BaseException], code: int
) -> None:
    """DuckDB makes an error of its own of what the handler raised."""

    def handle(*_: object) -> None:
        raise ending

    before = signal.signal(signal.SIGALRM, handle)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises((RuntimeError, KeyboardInterrupt, Terminated)) as caught:
            duckdb.execute("select count(*) from range(1000000000000) where random() < 0")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert exit_code_of(caught.value) == code
