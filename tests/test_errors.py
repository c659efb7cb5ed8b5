"""Errors: exit codes of what ends a command."""

from __future__ import annotations

import duckdb
import pytest

from pipeline.errors import CapbriefError, Terminated, WarehouseError, exit_code_of


def caused(error: BaseException, by: BaseException) -> BaseException:
    error.__cause__ = by
    return error


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        # As DuckDB wraps what a signal's handler raised while it was at work.
        (caused(RuntimeError("x"), Terminated()), 143),
        (duckdb.Error("Terminated: <EMPTY MESSAGE>\n\nAt:\n  a.py(1)"), 143),
        (caused(WarehouseError("y"), duckdb.Error("KeyboardInterrupt: <EMPTY MESSAGE>")), 130),
        (caused(WarehouseError("y"), caused(duckdb.Error("z"), KeyboardInterrupt())), 130),
        # Not for its name in a text that somebody wrote.
        (WarehouseError("x: Terminated: y"), 8),
    ],
)
def test_f40_a_signal_is_one_whatever_it_was_made_into(ending: BaseException, code: int) -> None:
    assert exit_code_of(ending) == code


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
