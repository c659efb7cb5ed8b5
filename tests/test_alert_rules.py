"""Rules of alerts as files: what is read, what one's own file changes, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import alert_rules, resources
from pipeline.errors import DefinitionError

RULE = """\
[[alert]]
id = "mine"
title = "Mine"
kind = "threshold"
severity = "critical"
above = 1
query = "select 2 as value"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path


def load(own: Path, **files: str) -> alert_rules.Rules:
    for name, text in files.items():
        (own / f"{name}.toml").write_text(text, encoding="utf-8")
    return alert_rules.load((own, resources.ALERTS))


def finding(own: Path, text: str) -> str:
    """The one finding on a file of one's own, without its path."""
    found = load(own, mine=text).findings
    assert len(found) == 1, found
    return found[0].removeprefix(f"{own}/mine.toml: ")


def test_the_shipped_rules_can_be_used(own: Path) -> None:
    found = load(own)
    found.must_be_usable()
    assert {one.kind for one in found.rules} == set(alert_rules.KINDS)
    assert not found.off


def test_ones_own_rule_comes_after_the_shipped_ones(own: Path) -> None:
    shipped = load(own).rules
    (*before, mine) = load(own, mine=RULE).rules
    assert tuple(before) == shipped
    assert (mine.alert_id, mine.severity, mine.above, mine.below) == ("mine", "critical", 1.0, None)
    assert (mine.format, mine.empty, mine.path) == ("plain", "unknown", own / "mine.toml")


def test_a_shipped_rule_is_changed_by_what_ones_own_names(own: Path) -> None:
    before = next(one for one in load(own).rules if one.alert_id == "index-week")
    found = load(own, mine='[[alert]]\nid = "index-week"\nbelow = -0.1\nseverity = "critical"\n')
    after = next(one for one in found.rules if one.alert_id == "index-week")
    assert (after.below, after.severity, after.path) == (-0.1, "critical", own / "mine.toml")
    assert (after.query, after.days, after.title) == (before.query, before.days, before.title)


def test_a_shipped_rule_is_switched_off(own: Path) -> None:
    found = load(own, mine='[[alert]]\nid = "index-week"\nenabled = false\n')
    found.must_be_usable()
    assert found.off == ("index-week",)
    assert "index-week" not in [one.alert_id for one in found.rules]


def test_ones_own_shipped_toml_stands_in_for_ours(own: Path) -> None:
    assert [one.alert_id for one in load(own, shipped=RULE).rules] == ["mine"]


def test_what_is_broken_keeps_no_other_rule_from_being_read(own: Path) -> None:
    n_shipped = len(load(own).rules)
    broken = RULE.replace('"mine"', '"broken"').replace("above", "abvoe")
    found = load(own, a="[[alert", b=RULE + broken)
    assert len(found.rules) == n_shipped + 1
    assert [line.split(": ")[0].removeprefix(f"{own}/") for line in found.findings] == [
        "a.toml", "b.toml", "b.toml"
    ]  # fmt: skip
    with pytest.raises(DefinitionError, match="did you mean above"):
        found.must_be_usable()


@pytest.mark.parametrize(
    ("given", "instead", "reason"),
    [
        ("above = 1", "", "alert[1].above: is missing, or below: give at least one limit"),
        ("above = 1", 'above = "1"', "alert[1].above: must be a number"),
        ("above = 1", "above = true", "alert[1].above: must be a number"),
        ("above = 1", "above = nan", "alert[1].above: must be a number"),
        ("above = 1", "above = inf", "alert[1].above: must be a number"),
        ("above = 1", "above = 1\nbelow = 2", "alert[1].below: must be less than above"),
        ("above = 1", "above = 1\ndays = 2", "alert[1].days: is unknown here"),
        ("above = 1", "above = 1\nwithin_days = 0.5", "within_days: must be a whole number"),
        ("above = 1", "above = 1\nwithin_days = -1", "within_days: must be more than 0"),
        ("above = 1", 'above = 1\nformat = "pctt"', "format: 'pctt' is unknown"),
        ("above = 1", 'above = 1\nformat = "date"', "format: 'date' is unknown"),
        ("above = 1", 'above = 1\nempty = "fine"', "empty: 'fine' is unknown"),
        ("above = 1", "above = 1\nenabled = 0", "enabled: must be true or false"),
        ('"threshold"', '"treshold"', "kind: 'treshold' is unknown; known are threshold"),
        ('"threshold"', '"change"', "alert[1].days: is missing"),
        ('"threshold"', '"gap"\ndays = 30', "above: must be a share of days from 0 to below 1"),
        ('"threshold"', '"rows"', "alert[1].above: is unknown here"),
        ("above = 1", "above = 1\nabove_hour = 1", "alert[1].above_hour: is unknown here"),
        ('"critical"', '"bad"', "severity: 'bad' is unknown; known are warning, critical"),
        ('"Mine"', '""', "title: must be a text in quotes"),
        ('id = "mine"', 'id = "My rule"', "id: must be small letters, digits and single hyphens"),
        ('id = "mine"', "", "id: must be small letters"),
        ("[[alert]]", "[alert]", "alert: must be written as [[alert]]"),
        ("[[alert]]", "[[alerts]]", "alerts: is unknown here; did you mean alert?"),
    ],
)
def test_a_mistake_is_told_with_its_place(own: Path, given: str, instead: str, reason: str) -> None:
    assert given in RULE
    assert reason in finding(own, RULE.replace(given, instead))


def test_an_age_has_exactly_one_limit(own: Path) -> None:
    rule = RULE.replace("threshold", "staleness").replace("above = 1", "{}")
    for limits in ("", "above_hours = 1\nabove_days = 1"):
        assert "exactly one of them is wanted" in finding(own, rule.format(limits))
    assert "is below 0" in finding(own, rule.format("above_days = -1"))


def test_a_rule_that_changes_none_is_told_the_nearest(own: Path) -> None:
    reason = finding(own, '[[alert]]\nid = "index-wek"\nenabled = false\n')
    assert reason.startswith("alert[1].id: index-wek is no shipped rule; did you mean index-week?")


def test_two_files_of_ones_own_do_not_have_one_id(own: Path) -> None:
    found = load(own, a=RULE, b=RULE)
    assert "b.toml: alert[1].id: mine is in" in found.findings[0]
    assert [one.alert_id for one in found.rules].count("mine") == 1


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a\0b", b"x = 1\n", b"alert = 3\n"])
def test_a_file_that_is_no_rule_file_is_told(own: Path, content: bytes) -> None:
    (own / "mine.toml").write_bytes(content)
    assert load(own).findings


def test_a_folder_or_a_dead_link_in_place_of_a_file_is_told(own: Path) -> None:
    (own / "a.toml").mkdir()
    (own / "b.toml").symlink_to(own / "nowhere")
    findings = load(own).findings
    assert len(findings) == 2
    assert all("cannot be read" in one for one in findings)
