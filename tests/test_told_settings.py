"""Settings of who is told: what cannot work is said before anything is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline import configuration
from pipeline.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = {
    "MAIL__HOST": "smtp.example.org",
    "MAIL__SENDER": "capbrief@example.org",
    "DELIVER__TEAM__KIND": "mail",
    "DELIVER__TEAM__TO": "a@example.org,b@example.org",
    "DELIVER__DESK__KIND": "webhook",
    "DELIVER__DESK__URL": "https://hooks.example.org/canary",
    "DELIVER__DESK__KEY": "whsec_" + "A" * 43 + "=",
    "MONITOR__PING_URL": "https://hc.example.org/canary",
}


def read(folder: Path, **changes: str) -> configuration.Configuration:
    given = {f"CAPBRIEF_{name}": text for name, text in {**GOOD, **changes}.items()}
    return configuration.read(folder, given, folder)


def test_what_can_work_is_taken(tmp_path: Path) -> None:
    found = read(tmp_path).settings
    assert found.deliver["team"].to == ("a@example.org", "b@example.org")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("MAIL__SENDER", "Ops <ops@example.org>", "is no address of mail"),
        ("MAIL__SENDER", "a@example.org\nBcc: x@example.org", "has control characters"),
        ("DELIVER__TEAM__TO", "a@example.org,nobody", "deliver.team.to: 'nobody' is no address"),
        ("DELIVER__DESK__URL", "http://hooks.example.org/canary", "must begin with https://"),
        ("DELIVER__DESK__URL", "https://u:canary@hooks.example.org/", "must have no user"),
        ("DELIVER__DESK__KEY", "canary", "must be 24 to 64 bytes in base64"),
        ("MONITOR__PING_URL", "https://hc.example.org/canary?x=1", "before the question mark"),
        ("MONITOR__PING_URL", "ftp://hc.example.org/canary", "must begin with https://"),
        ("MAIL__USER", "me", "mail.user and mail.password: give both"),
        ("MAIL__SECURITY", "none", "none is for a server on this machine alone"),
    ],
)
def test_what_cannot_work_is_refused_without_a_secret(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(UsageError) as told:
        read(tmp_path, **{name: text})
    assert said in str(told.value)
    assert "canary" not in str(told.value)
