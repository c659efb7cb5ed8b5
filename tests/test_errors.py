"""Errors: exit codes of what ends a command."""

from __future__ import annotations

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
