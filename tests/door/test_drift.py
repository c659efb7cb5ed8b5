"""Drift: what a host's date says of this machine's clock, and what of it is believed (F45)."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.drift import drift, shown
from pipeline.errors import UnavailableError
from tests.door.conftest import NOW, Host, reply  # noqa: TID251 - its vocabulary

if TYPE_CHECKING:
    from tests.door.conftest import Asker, Opener  # noqa: TID251 - for its types only


def dated(ahead: timedelta) -> str:
    """The date of a host whose clock this machine is so far ahead of."""
    return format_datetime(NOW - ahead, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"date": dated(timedelta(seconds=90))}, 90),
        ({"date": dated(timedelta(hours=-5))}, -5 * 3600),
        # A cache that keeps an answer for two hours says so.
        ({"date": dated(timedelta(hours=2)), "age": "7200"}, 0),
        ({"date": dated(timedelta(hours=2)), "age": "-1"}, 7200),
        ({"date": "Mon, 23 Nov 2026 14:00:00 +0200"}, 0),
    ],
)
def test_a_date_is_read(headers: dict[str, str], seconds: int) -> None:
    assert drift(headers, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"date": ""},
        {"date": "yesterday"},
        {"date": "Mon, 23 Nov 2026 12:00:00"},
        {"date": "Mon, 23 Nov 99999 12:00:00 GMT"},
        {"date": "Fri, 31 Dec 9999 23:59:59 GMT", "age": "999999999"},
        {"date": "\x00"},
    ],
)
def test_a_host_that_gives_no_date_says_nothing(headers: dict[str, str]) -> None:
    found = drift(headers, NOW)
    assert found is None


def test_it_is_told_in_words() -> None:
    assert shown(timedelta(minutes=61)) == "61 minutes ahead of"
    assert shown(timedelta(days=-400)) == "9,600.0 hours behind"


def test_an_hour_shuts_the_door(ask: Asker, host: Host, opener: Opener) -> None:
    host.says(reply(Date=dated(timedelta(hours=2))))
    for _ in range(2):
        with pytest.raises(UnavailableError, match=r"120 minutes|2\.0 hours ahead of the host's"):
            ask()
    assert len(host.requests) == 1
    assert [one["ahead_s"] for one in opener.logged("clock_skew")] == [7200]


def test_minutes_are_told_once_and_an_error_of_the_host_stays_that(
    ask: Asker, host: Host, opener: Opener
) -> None:
    late = dated(timedelta(minutes=3))
    host.says(reply(Date=late), reply(Date=late))
    assert ask().value == ask().value == [1]
    assert len(opener.logged("clock_skew")) == 1
