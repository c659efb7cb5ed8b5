"""Nine days of an operator: something goes wrong on seven, and no day needs a hand but one.

    22  a good run
    23  CoinGecko is down
    24  it answers 429 again and again, then well
    25  the run is killed in the middle
    26  the machine is off: nobody runs anything
    27  the category grows by a third; the run picks up what the killed one left
    28  the members are accepted in the morning, and the closes come in cents
    29  the closes are right again, and the mail server is down
    30  a good run, which brings what could not be sent

``pytest -s tests/faults/test_week.py`` prints the week as a table.
"""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass, field
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home, Start  # noqa: TID251 - for its types only
    from tests.post import Mailbox  # noqa: TID251 - for its type only

DAILY = ("run", "--no-report")
AI = "artificial-intelligence"
NEW = [f"newcomer-{n}" for n in range(100)]
COINS = ("bitcoin", "render-token", "bittensor", "near")


@dataclass
class Day:
    """A day: what was planted, how its run ended and what it said, what was asked and published.

    ``mails`` are those that came on it, each with its subject and text.
    """

    day: int
    planted: str
    code: int | None = None
    told: str = ""
    n_calls: int = 0
    n_rows: int = 0
    mails: list[tuple[str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        code = "-" if self.code is None else self.code
        planted = f"{self.planted:<31}"
        told = [subject for subject, _ in self.mails]
        if not told:
            told = ["none: no run came to its end"] if self.code in (None, -9) else ["none"]
        shown = [shorten(one, 96, placeholder=" …") for one in told]
        lines = f"\n{' ' * 56}".join(shown)
        return f"{self.day}   {planted} {code:>4}  {self.n_calls:>5}  {self.n_rows:>6}  {lines}"


@dataclass
class Week:
    """The home, and the days that were lived."""

    home: Home
    coingecko: CoinGecko
    clock: Clock
    start: Start
    mailbox: Mailbox
    days: list[Day] = field(default_factory=list)
    members: dict[str, Any] = field(default_factory=dict)
    doctor: list[dict[str, Any]] = field(default_factory=list)

    def begin(self, day: int, planted: str) -> Day:
        """A new day, on which the server is well and has the members of yesterday."""
        self.clock.forget()
        self.clock.at(f"2026-11-{day}T01:10:00+00:00")
        self.coingecko.set(**self.members)
        self.days.append(Day(day, planted))
        return self.days[-1]

    def run(self, day: Day) -> None:
        """The daily run, in this process."""
        ended = self.home(*DAILY)
        day.code, day.told = ended.code, ended.message

    def kill(self, day: Day) -> None:
        """The daily run as a process, killed while it waits for the sixth answer or later."""
        self.start.at = self.clock.text
        self.coingecko.fail("/global", "hang")
        process = self.start(*DAILY, CAPBRIEF_HTTP__TOTAL_SECONDS="120")
        end = time.monotonic() + 120
        while not any(one["fault"] == "hang" for one in self.coingecko.requests):
            assert time.monotonic() < end, "the run did not come that far"
            time.sleep(0.02)
        process.kill()
        process.wait()
        day.code = process.returncode

    def end(self) -> None:
        """Count what was asked on a day, and what a reader finds in the evening."""
        self.days[-1].n_calls = len(self.coingecko.requests)
        self.days[-1].n_rows = self.asked("select count(*) from marts.token_day")[0][0]
        self.days[-1].mails = [
            (str(mail["Subject"]), mail.get_content()) for _, mail in self.mailbox.taken
        ]
        self.mailbox.taken.clear()

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        """An answer of what is published, without any code of capbrief."""
        link = self.home.path / "warehouse" / "warehouse.duckdb"
        with duckdb.connect(str(link.resolve()), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def table(self) -> str:
        """The week for people."""
        head = f"day  {'what went wrong':<31} exit  calls    rows  mail to the operator"
        return "\n".join([head, *map(str, self.days)])


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def lived(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    """The days, one after the other; the home of the fixture ran on the 22nd."""
    week.days.append(Day(22, "nothing", 0, n_rows=week.asked(ROWS)[0][0]))
    for name, value in {
        "DELIVER__DESK__KIND": "mail",
        "DELIVER__DESK__TO": "desk@example.org",
        "MAIL__HOST": "127.0.0.1",
        "MAIL__PORT": str(week.mailbox.port),
        "MAIL__SECURITY": "none",
        "MAIL__SENDER": "capbrief@example.org",
    }.items():
        monkeypatch.setenv(f"CAPBRIEF_{name}", value)
    monkeypatch.setattr("pipeline.deliver.delivery._PAUSE_SECONDS", 0.001)

    day = week.begin(23, "CoinGecko is down")
    with monkeypatch.context() as today:
        url = f"http://127.0.0.1:{closed_port()}/api/v3"
        today.setenv("CAPBRIEF_COINGECKO__URL", url)
        week.run(day)
    week.end()

    day = week.begin(24, "429, again and again, then well")
    for page in ("1", "2"):
        week.coingecko.fail("/coins/markets", "rate_limited", 2, when={"page": page})
    week.run(day)
    week.end()

    week.kill(week.begin(25, "killed (SIGKILL) in the middle"))
    week.end()
    week.doctor = json.loads(week.home("doctor", "--json").out)

    week.begin(26, "the machine is off")
    week.end()

    week.members = {"add": {AI: NEW}}
    day = week.begin(27, "the category grows by a third")
    week.run(day)
    week.end()

    day = week.begin(28, "accepted; then closes in cents")
    assert week.home("universe", "accept").code == 0
    for coin_id in COINS:
        week.coingecko.fail(f"/coins/{coin_id}/", "cents")
    week.run(day)
    week.end()

    day = week.begin(29, "the mail server is down")
    with monkeypatch.context() as today:
        today.setenv("CAPBRIEF_MAIL__PORT", str(closed_port()))
        week.run(day)
    week.end()

    week.run(week.begin(30, "nothing"))
    week.end()


ROWS = "select count(*) from marts.token_day"


@dataclass(frozen=True)
class Outcome:
    """What is there at the end of the week, and what the doctor said after the kill."""

    days: list[Day]
    runs: list[tuple[Any, ...]]
    gaps: list[tuple[Any, ...]]
    members: list[tuple[Any, ...]]
    closes: list[tuple[Any, ...]]
    doctor: list[dict[str, Any]]


@pytest.fixture(scope="module")
def kept() -> dict[str, Outcome]:
    """The week, once it was lived."""
    return {}


@pytest.fixture
def outcome(request: pytest.FixtureRequest, kept: dict[str, Outcome]) -> Outcome:
    """The week; it is lived for the first test that looks at it."""
    if "week" not in kept:
        names = ("good", "coingecko", "clock", "start", "mailbox")
        week = Week(*(request.getfixturevalue(name) for name in names))
        lived(week, request.getfixturevalue("monkeypatch"))
        print(f"\n{week.table()}")
        kept["week"] = Outcome(
            week.days,
            week.home.rows("select command, status, exit_code from run order by started_at"),
            week.asked(GAPS),
            week.asked(MEMBERS),
            week.asked(CLOSES),
            week.doctor,
        )
    return kept["week"]


GAPS = """
    select dataset, first_date::varchar, last_date::varchar from marts.gap
    where last_date is not null order by all
"""
MEMBERS = """
    select day(price_date), n_members, is_held from marts.category_day
    where universe_id = 'category/artificial-intelligence' order by all
"""
CLOSES = """
    select coin_id, count(*), max(price_date)::varchar from marts.token_day
    where coin_id in ('bitcoin', 'bittensor', 'near', 'render-token')
        and price_date >= '2026-11-20' group by all order by all
"""


def by_day(outcome: Outcome, what: Callable[[Day], Any]) -> dict[int, Any]:
    return {one.day: what(one) for one in outcome.days}


def test_f39_f41_f44_each_day_ends_as_it_went_and_says_why(outcome: Outcome) -> None:
    assert by_day(outcome, lambda one: one.code) == {
        22: 0,
        23: 6,
        24: 0,
        25: -9,
        26: None,
        27: 3,
        28: 7,
        29: 9,
        30: 0,
    }
    told = by_day(outcome, lambda one: one.told)
    assert "cannot be reached (connection refused) (3 tries)" in told[23]
    assert "100 entered and 0 left of 316 members, over a fifth" in told[27]
    assert "closes in common differ by a factor of 100" in told[28]
    assert {day for day, text in told.items() if text} >= {23, 27, 28}
    assert not any(told[day] for day in (22, 24, 30))
    # Of the run that was killed nobody heard; who looks is told, and what to do.
    said = {one["name"]: one for one in outcome.doctor}
    for name in ("runs", "lock"):
        assert said[name]["state"] == "warn"
        assert "capbrief run" in said[name]["mend"]


def test_f74_f78_each_trouble_and_its_end_are_mailed_once(outcome: Outcome) -> None:
    mails = by_day(outcome, lambda one: one.mails)
    subjects = {day: [subject for subject, _ in found] for day, found in mails.items()}
    assert {day: [one.partition(":")[0] for one in all_] for day, all_ in subjects.items()} == {
        **{day: [] for day in (22, 25, 26, 29)},
        23: ["capbrief failed"],
        24: ["capbrief alert", "capbrief is well again"],
        27: ["capbrief is not complete", "capbrief alert (and 1 more)"],
        28: ["capbrief failed"],
        # What the 29th could not send comes first: an alert that lasts, and two ends.
        30: ["capbrief alert", "capbrief is well again (and 1 more)", "capbrief is well again"],
    }
    ends = [text for found in mails.values() for subject, text in found if "well" in subject]
    for reason in ("connection refused", "closes in common", "waits for a person", "missing"):
        assert sum("over, since" in text and reason in text for text in ends) == 1


def test_f39_a_week_of_failures_costs_no_call_twice(outcome: Outcome) -> None:
    # A day takes 13 calls. Four were refused on the 24th; the ninth of the 25th had no answer.
    assert by_day(outcome, lambda one: one.n_calls) == {
        **dict.fromkeys((22, 23, 26), 0),
        24: 13 + 4,
        25: 9,
        **dict.fromkeys((27, 28, 29, 30), 13),
    }
    assert outcome.runs == [
        ("run", "ok", 0),
        ("run", "failed", 6),
        ("run", "ok", 0),
        ("run", "killed", None),
        ("run", "partial", 3),
        ("universe", "ok", 0),
        ("run", "failed", 7),
        ("run", "failed", 9),
        ("run", "ok", 0),
    ]


def test_f44_what_could_be_had_is_there_and_what_could_not_is_a_gap(outcome: Outcome) -> None:
    # Of the day of the kill, what came before it was kept: only the total of the market lacks.
    of_a_day = ("categories", "categories/list", "markets/ai-meme-coins", f"markets/{AI}")
    missed = {(name, f"2026-11-{day}", f"2026-11-{day}") for name in of_a_day for day in (23, 26)}
    missed |= {("markets/ids", f"2026-11-{day}", f"2026-11-{day}") for day in (23, 26)}
    missed |= {("global", "2026-11-23", "2026-11-23"), ("global", "2026-11-25", "2026-11-26")}
    assert set(outcome.gaps) == missed
    assert len(outcome.gaps) == len(missed)
    days = {22: 316, 24: 316, 25: 316, 27: 416, 28: 416, 29: 416, 30: 416}
    assert outcome.members == [(day, n_members, False) for day, n_members in days.items()]
    # Closes of all days were caught up, and those in cents never came in.
    assert outcome.closes == [(coin_id, 10, "2026-11-29") for coin_id in sorted(COINS)]


def test_what_is_published_stays_on_the_days_that_fail(outcome: Outcome) -> None:
    rows = by_day(outcome, lambda one: one.n_rows)
    assert rows[22] == rows[23]
    assert rows[24] == rows[25] == rows[26]
    assert rows[27] == rows[28]
    assert rows[22] < rows[24] < rows[27] < rows[29] < rows[30]
