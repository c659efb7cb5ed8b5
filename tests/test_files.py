"""Files: written whole or not at all, and what a writer that was killed left is removed."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import Terminated
from pipeline.files import sweep, write_whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("ending", [Terminated(), OSError(errno.ENOSPC, "No space left on device")])
def test_a_write_that_is_ended_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old", mode=0o644)

    def end(_: int) -> None:
        raise ending

    monkeypatch.setattr(os, "fsync", end)
    with pytest.raises(type(ending)):
        write_whole(path, b"new", mode=0o644)
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"file": b"old"}


def test_what_a_killed_writer_left_is_removed_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: None)
    write_whole(tmp_path / "file", b"half", mode=0o644)
    monkeypatch.undo()
    (tmp_path / "kept").write_text("")
    assert len(list(tmp_path.iterdir())) == 2
    sweep(tmp_path)
    assert [one.name for one in tmp_path.iterdir()] == ["kept"]
