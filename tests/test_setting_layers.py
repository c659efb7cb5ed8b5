"""Values of settings: of each kind, from the environment and from TOML, and what fits no kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline import layers, written
from pipeline.configuration import read
from pipeline.errors import UsageError
from pipeline.layers import Given

USER = Path("/home/ada")
FILE = Path("/etc/c.toml")
KNOWN = layers.known(frozenset({"team"}))


def taken(key: str, value: object, *, of_file: bool) -> object:
    origin = Given(value, "here", FILE if of_file else None)
    return written.taken(KNOWN[key], origin, USER)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("http.tries", "3", 3),
        ("http.total_seconds", "2.5", 2.5),
        ("run.lock_wait_seconds", "0", 0),
        ("akash.enabled", "YES", True),
        ("akash.enabled", "0", False),
        ("report.names", "a, b,,", ("a", "b")),
        ("log.level", "debug", "debug"),
        ("http.ca_file", "~/ca.pem", "/home/ada/ca.pem"),
    ],
)
def test_a_text_of_the_environment(key: str, text: str, value: object) -> None:
    assert taken(key, text, of_file=False) == value


@pytest.mark.parametrize(
    ("key", "said", "value"),
    [
        ("http.tries", 3, 3),
        ("http.total_seconds", 2, 2),
        ("run.lock_wait_seconds", 0, 0),
        ("akash.enabled", True, True),
        ("report.names", ["a", "b"], ("a", "b")),
        ("run.ok_codes", [3, "5"], ("3", "5")),
        ("http.ca_file", "ca.pem", "/etc/ca.pem"),
    ],
)
def test_a_value_of_toml(key: str, said: object, value: object) -> None:
    assert taken(key, said, of_file=True) == value


@pytest.mark.parametrize(
    ("key", "said", "reason"),
    [
        ("http.tries", 2.5, "2.5 is not a number above 0"),
        ("http.tries", "3", "'3' is not a number above 0"),
        ("http.tries", True, "True is not a number above 0"),
        ("run.lock_wait_seconds", ".", r"'\.' is not a number above 0"),
        ("http.tries", 0, "0 is not a number above 0"),
        ("http.total_seconds", float("inf"), "inf is not a number above 0"),
        ("http.total_seconds", float("nan"), "nan is not a number above 0"),
        ("http.total_seconds", [], r"\[\] is not a number above 0"),
        ("akash.enabled", "yes", "'yes' is not true or false"),
        ("akash.enabled", 1, "1 is not true or false"),
        ("report.names", "a", "'a' is not a list"),
        ("report.names", [1.5], r"\[1.5\] is not a list"),
        ("run.ok_codes", [True], r"\[True\] is not a list"),
        ("log.level", "loud", "'loud' is not debug, info, warning or error"),
        ("log.level", 3, "3 is not a text in quotes"),
        ("deliver.team.on", ["reports"], "'reports' is not report, partial, failure"),
        ("memory_limit", "", "is empty"),
        ("memory_limit", "x" * 500, "^$"),
        ("deliver.team.folder", "a\0b", "has control characters"),
        ("http.contact", "a@b\nX-Other: c", "has control characters"),
        ("deliver.team.to", ["a@b", "c\r\nBcc: d@e"], "has control characters"),
    ],
)
def test_a_value_of_another_kind_is_refused(key: str, said: object, reason: str) -> None:
    if reason == "^$":
        assert taken(key, said, of_file=True) == said
        return
    with pytest.raises(ValueError, match=reason):
        taken(key, said, of_file=True)


@pytest.mark.parametrize("text", [".", "0x", "--1", "1e400"])
def test_a_wait_is_a_number(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number above 0"):
        taken("run.lock_wait_seconds", text, of_file=False)


def test_a_long_value_is_cut_in_its_message() -> None:
    with pytest.raises(ValueError, match=r"…") as caught:
        taken("http.tries", "9" * 5000, of_file=False)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("key", sorted(KNOWN))
def test_each_setting_refuses_a_table_and_a_day(key: str) -> None:
    if KNOWN[key].is_secret:
        return
    for said in ({"a": 1}, date(2026, 11, 29)):
        with pytest.raises(ValueError, match=r"is not (a|true)"):
            taken(key, said, of_file=True)


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"CAPBRIEF_DELIVER__Team__KIND": "mail"}, "no such setting"),
        ({"CAPBRIEF_DELIVER__TEAM": "mail"}, r"a channel is a section of its own, \[deliver\."),
        ({"CAPBRIEF_DELIVER__1__KIND": "mail"}, "the name of a channel has small letters"),
        ({"CAPBRIEF_DELIVER__TEAM__KIMD": "mail"}, "did you mean CAPBRIEF_DELIVER__TEAM__KIND"),
        ({"CAPBRIEF_DELIVER__TEAM__TO": "a@b"}, "deliver.team: has no kind; give one of mail"),
        ({"CAPBRIEF_DELIVER__TEAM__KIND": "fax"}, "'fax' is not mail, slack, webhook or folder"),
        (
            {"CAPBRIEF_DELIVER__TEAM__KIND": "folder"},
            "needs deliver.team.folder .CAPBRIEF_DELIVER__TEAM__FOLDER",
        ),
        (
            {"CAPBRIEF_DELIVER__TEAM__KIND": "slack"},
            "needs deliver.team.url .CAPBRIEF_DELIVER__TEAM__URL",
        ),
    ],
)
def test_a_channel_says_what_it_lacks_once(variables: dict[str, str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        read(Path("/h"), variables, USER)
    assert len(str(caught.value).splitlines()) == 1


def test_names_that_differ_by_case_alone_are_not_two_settings() -> None:
    variables = {"CAPBRIEF_HTTP__TRIES": "2", "CAPBRIEF_http__tries": "3"}
    with pytest.raises(UsageError, match="CAPBRIEF_http__tries: no such setting"):
        read(Path("/h"), variables, USER)


def test_each_setting_has_one_variable_and_says_what_it_is_for() -> None:
    names = [one.variable for one in KNOWN.values()]
    assert len(set(names)) == len(names)
    assert all(one.about.strip() for one in KNOWN.values())
