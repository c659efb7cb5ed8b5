"""Errors: exit codes of what ends a command."""

from __future__ import annotations

import re

import duckdb
import pytest

from pipeline import cli, errors
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


def classes(kind: type[CapbriefError]) -> set[type[CapbriefError]]:
    return {kind}.union(*(classes(child) for child in kind.__subclasses__()))


def test_the_table_has_all_codes_and_no_other() -> None:
    signals = {exit_code_of(KeyboardInterrupt()), exit_code_of(Terminated())}
    ours = {kind.exit_code for kind in classes(CapbriefError)}
    assert [one.code for one in errors.EXITS] == sorted({0} | ours | signals)


def test_the_tree_names_each_class_with_its_code() -> None:
    tree = re.findall(r"^[ │├└─]*(\w+)(?: +(\d+)  .*)?$", str(errors.__doc__), re.MULTILINE)
    code = {name: int(number) for name, number in tree if number}
    own = {kind for kind in classes(CapbriefError) if "exit_code" in vars(kind)}
    assert {kind.__name__: kind.exit_code for kind in own} == code
    assert {kind.__name__ for kind in classes(CapbriefError)} <= {name for name, _ in tree}


def test_help_ends_with_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    told = capsys.readouterr().out.partition("exit codes:\n")[2]
    listed = re.findall(r"^  (\d+) +(\w+) +(.+)$", told, re.MULTILINE)
    assert [(int(code), name, advice) for code, name, advice in listed] == [
        (one.code, one.name, one.advice) for one in errors.EXITS
    ]
