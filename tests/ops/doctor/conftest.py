"""Doctor, as tests of its parts look at what it says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.ops import authored

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import Command  # noqa: TID251 - for its types only

Findings = list[dict[str, Any]]


@pytest.fixture
def looked() -> Callable[..., tuple[int, Findings]]:
    """``looked(command, "--online")``: the exit code and all findings."""

    def look(command: Command, *arguments: str) -> tuple[int, Findings]:
        ended = command("doctor", "--json", *arguments)
        return ended.code, json.loads(ended.out)

    return look


@pytest.fixture
def bad() -> Callable[..., Findings]:
    """``bad(findings, "settings")``: those of some names that are not well."""

    def of(findings: Findings, *names: str) -> Findings:
        return [one for one in findings if one["name"] in names and one["state"] != "ok"]

    return of


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the test page, which takes a process, and the files, of which there are many."""
    monkeypatch.setattr("pipeline.ops.printing.PROBES", ())
    monkeypatch.setattr("pipeline.ops.authored.PROBES", (("keys", authored.keys),))


@pytest.fixture
def outside(quick: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what the home holds."""
    monkeypatch.setattr("pipeline.ops.kept.PROBES", ())
    monkeypatch.setattr("pipeline.ops.record.PROBES", ())
