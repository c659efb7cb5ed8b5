"""From which day a source of a scenario counts as public."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline import resources
from pipeline.estimate import scenario


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ('"2024-02"', date(2024, 2, 29)),
        ('"2024"', date(2024, 12, 31)),
        ("2024-02-03", date(2024, 2, 3)),
        ('"undated"', None),
    ],
)
def test_a_source_counts_from_when_it_was_surely_public(
    text: str, day: date | None, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(
        'extends = "base.toml"\n[scenario]\nid = "mine"\ntitle = "Mine"\n'
        f'[sources.blog]\ntitle = "A blog"\ndocument = "a page"\ndate = {text}\n'
        'grade = "secondary"\n[inputs.utilisation]\nsource = "blog"\n'
    )
    loaded = scenario.load("mine", (tmp_path, resources.SCENARIOS))
    assert loaded.inputs["utilisation"].source.published == day
