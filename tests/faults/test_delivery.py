"""F74 to F78: what is told of a run reaches people, and what goes wrong on the way is kept.

Everything goes through ``capbrief run``, a mail server and an HTTP server on this machine.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.deliver import delivery
from pipeline.errors import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CoinGecko  # noqa: TID251 - for its types only
    from tests.faults.conftest import Clock, Home  # noqa: TID251 - for its types only
    from tests.post import Mailbox, Receiver  # noqa: TID251 - for its types only

SMALL = """\
title = "Small"
finding = "What the day brought."
dateline = "Report of {build.report_date:date}"

[[section]]
id = "one"
title = "Key findings"
lead = "A lead."
"""
ALERT = """\
[[alert]]
id = "own-rule"
title = "A rule of one's own"
kind = "rows"
severity = "warning"
query = "select 'it fires' as label"
"""
QUICK = ("run", "--no-report")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "_PAUSE_SECONDS", 0.001)


@pytest.fixture
def told(good: Home, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The good home, whose runs are told by mail, with a small report."""
    for name, value in {
        "REPORT__NAMES": "small",
        "MAIL__HOST": "127.0.0.1",
        "MAIL__PORT": str(mailbox.port),
        "MAIL__SECURITY": "none",
        "MAIL__SENDER": "capbrief@example.net",
        "DELIVER__TEAM__KIND": "mail",
        "DELIVER__TEAM__TO": "ops@example.org",
    }.items():
        monkeypatch.setenv(f"CAPBRIEF_{name}", value)
    own = tmp_path / "own"
    shutil.copytree(good.own, own)
    (own / "reports").mkdir()
    (own / "reports" / "small.toml").write_text(SMALL)
    good.own = own
    return good


def outbox(home: Home, columns: str) -> list[tuple[Any, ...]]:
    return home.rows(f"select {columns} from outbox order by outbox_id")


def test_a_good_run_brings_its_report_once(told: Home, mailbox: Mailbox) -> None:
    first = told("run")
    assert (first.code, first.message) == (0, "")
    [(to, mail)] = mailbox.taken
    assert to == ["ops@example.org"]
    assert mail["Subject"] == "Small · Report of 23 November 2026"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]
    [pdf] = mail.iter_attachments()
    [path] = (told.path / "reports").glob("small_2*/small.pdf")
    assert pdf.get_payload(decode=True) == path.read_bytes()
    assert told("run").code == 0
    assert len(mailbox.taken) == 1


def test_f78_a_failure_is_told_at_once_then_every_six_hours_then_its_end(
    told: Home, mailbox: Mailbox, coingecko: CoinGecko, clock: Clock
) -> None:
    """F78: alert storm: damping and a recovery notice."""
    coingecko.fail("/coins/markets", "html200")
    subjects = []
    for hour in ("01:10", "02:10", "06:50", "07:15", "09:00", "13:20"):
        clock.at(f"2026-11-23T{hour}:00+00:00")
        assert told(*QUICK).code == 6
        subjects.append(len(mailbox.taken))
    assert subjects == [1, 1, 1, 2, 2, 3]
    assert all(one.startswith("capbrief failed: ") for one in mailbox.subjects)
    assert "seen 4 times" in mailbox.taken[1][1].get_content()
    clock.forget()
    assert told(*QUICK).code == 0
    assert told(*QUICK).code == 0
    assert mailbox.subjects[3:] == [mailbox.subjects[3]]
    assert mailbox.subjects[3].startswith("capbrief is well again: ")
    assert told.rows("select 1 from trouble where ended_at is null") == []


def test_a_run_that_is_locked_out_is_told_to_nobody(
    told: Home, mailbox: Mailbox, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setenv("CAPBRIEF_MONITOR__PING_URL", f"{receiver.url}/ping")
    with FileLock(told.path / "state" / "run.lock"):
        assert told(*QUICK).code == 5
    assert (mailbox.taken, receiver.posted) == ([], [])


def test_f74_what_cannot_be_sent_is_kept_and_sent_by_the_next_run(
    told: Home, mailbox: Mailbox, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F74: SMTP down: the report is kept, the run ends with 9, the next one delivers."""
    monkeypatch.setenv("CAPBRIEF_MAIL__PORT", "1")
    ended = told("run")
    assert ended.code == 9
    assert ended.message == (
        "deliver.team: 127.0.0.1: cannot be reached (connection refused); it is kept and tried "
        "again"
    )
    assert [path.name for path in (told.path / "reports").glob("small_2*/small.pdf")]
    [(code,)] = told.rows("select exit_code from run order by started_at desc, rowid desc limit 1")
    assert code == 9
    monkeypatch.setenv("CAPBRIEF_MAIL__PORT", str(mailbox.port))
    clock.at("2026-11-23T02:10:00+00:00")
    assert told(*QUICK).code == 0
    assert mailbox.subjects == ["Small · Report of 23 November 2026"]


def test_f74_the_runs_own_worse_end_stays(
    told: Home, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F74: SMTP down while the source is down, too."""
    monkeypatch.setenv("CAPBRIEF_MAIL__PORT", "1")
    coingecko.fail("/coins/markets", "html200")
    ended = told(*QUICK, "-q")
    assert ended.code == 6
    [line] = [one for one in ended.log if one["event"] == "undelivered"]
    assert "cannot be reached" in str(line["reason"])


def test_f75_a_run_that_ends_between_sending_and_noting_sends_again_with_the_same_id(
    told: Home, mailbox: Mailbox, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F75: crash between send and the mark: at least once, and the receiver can tell."""
    coingecko.fail("/coins/markets", "html200")

    class Killed(BaseException): ...

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr("pipeline.deliver.outbox.Outbox.sent", die)
        told(*QUICK)
    assert outbox(told, "sent_at") == [(None,)]
    assert told("deliver", "flush").code == 0
    ids = [mail["Message-ID"] for _, mail in mailbox.taken]
    assert len(ids) == 2
    assert len(set(ids)) == 1
    assert told("deliver", "flush").code == 0
    assert len(mailbox.taken) == 2


def test_f74_a_refusal_for_good_is_tried_three_times_then_told_elsewhere(
    told: Home,
    mailbox: Mailbox,
    coingecko: CoinGecko,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F74: never lost without a word: what is given up for one channel is told over another."""
    (tmp_path / "out").mkdir()
    monkeypatch.setenv("CAPBRIEF_DELIVER__WEB__KIND", "folder")
    monkeypatch.setenv("CAPBRIEF_DELIVER__WEB__FOLDER", str(tmp_path / "out"))
    mailbox.refused = {"ops@example.org": "550 nobody of that name"}
    coingecko.fail("/coins/markets", "html200")
    assert told(*QUICK).code == 6
    assert told("deliver", "flush").code == 9
    ended = told("deliver", "flush")
    assert ended.code == 9
    assert "deliver.team: given up: capbrief failed" in ended.message
    texts = [path.read_text() for path in (tmp_path / "out").iterdir()]
    assert len([one for one in texts if "deliver.team: given up" in one]) == 1


def test_f74_a_channel_that_gives_up_is_not_told_of_that_itself(
    told: Home, mailbox: Mailbox, coingecko: CoinGecko, clock: Clock
) -> None:
    """F74: where one channel is all there is, its refusals do not breed messages for ever."""
    mailbox.refused = {"ops@example.org": "550 nobody of that name"}
    coingecko.fail("/coins/markets", "html200")
    assert told(*QUICK).code == 6
    for _ in range(2):
        assert told("deliver", "flush").code == 9
    assert outbox(told, "event, dropped_at is not null") == [("failure", 1)]
    mailbox.refused.clear()
    clock.forget()
    assert told(*QUICK).code == 0
    assert [one.partition(":")[0] for one in mailbox.subjects] == ["capbrief is well again"]


def test_a_recipient_who_is_taken_out_of_the_settings_is_no_failure(
    told: Home, mailbox: Mailbox, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.refused = {"ops@example.org": "451 later"}
    coingecko.fail("/coins/markets", "html200")
    assert told(*QUICK).code == 6
    monkeypatch.setenv("CAPBRIEF_DELIVER__TEAM__TO", "new@example.org")
    assert told("deliver", "flush").code == 0
    assert outbox(told, "dropped_at is not null, message") == [(1, "")]
    assert told.rows("select 1 from trouble where subject like 'delivery:%'") == []


def test_the_end_of_a_channel_ends_its_trouble(
    told: Home, mailbox: Mailbox, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox.refused = {"ops@example.org": "550 nobody of that name"}
    coingecko.fail("/coins/markets", "html200")
    assert told(*QUICK).code == 6
    for _ in range(2):
        told("deliver", "flush")
    lasting = "select subject from trouble where ended_at is null and subject != 'run'"
    assert told.rows(lasting) == [("delivery:team",)]
    for name in ("KIND", "TO"):
        monkeypatch.delenv(f"CAPBRIEF_DELIVER__TEAM__{name}")
    told("deliver", "flush")
    assert told.rows(lasting) == []


def test_f77_whoever_watches_is_told_and_never_changes_the_end(
    told: Home,
    coingecko: CoinGecko,
    clock: Clock,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F77: ping endpoint down: ignored, logged; never changes the exit code."""
    monkeypatch.setenv("CAPBRIEF_MONITOR__PING_URL", f"{receiver.url}/canary")
    coingecko.fail("/coins/markets", "html200")
    assert told(*QUICK).code == 6
    clock.forget()
    assert told(*QUICK).code == 0
    ends, ids = zip(*(got.path.split("?rid=") for got in receiver.posted), strict=True)
    assert ends == ("/canary/start", "/canary/6", "/canary/start", "/canary")
    assert (len(set(ids)), ids[0], ids[2]) == (2, ids[1], ids[3])
    assert b"ended with 6" in receiver.posted[1].body
    monkeypatch.setenv("CAPBRIEF_MONITOR__PING_URL", "http://127.0.0.1:1/canary")
    ended = told(*QUICK, "-q")
    assert ended.code == 0
    failed = [line for line in ended.log if line["event"] == "ping_failed"]
    assert [line["ping"] for line in failed] == ["start", "end"]
    assert "canary" not in ended.err


def test_f77_a_home_that_cannot_be_used_is_told_to_whoever_watches(
    told: Home, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F77: the ping is all that is left where the ledger itself is damaged."""
    monkeypatch.setenv("CAPBRIEF_MONITOR__PING_URL", f"{receiver.url}/ping")
    (told.path / "state" / "ledger.sqlite").write_bytes(b"no ledger" * 1000)
    assert told(*QUICK).code == 8
    assert [got.path.partition("?")[0] for got in receiver.posted] == ["/ping/8"]


def test_nobody_is_told_where_that_is_not_wanted(told: Home, mailbox: Mailbox) -> None:
    assert told("run", "--no-deliver", "--no-report").code == 0
    assert mailbox.taken == []


def test_secrets_are_nowhere_in_what_is_kept(
    told: Home, receiver: Receiver, coingecko: CoinGecko, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPBRIEF_DELIVER__CHAT__KIND", "slack")
    monkeypatch.setenv("CAPBRIEF_DELIVER__CHAT__URL", f"{receiver.url}/canary-hook")
    coingecko.fail("/coins/markets", "html200")
    receiver.answers = [500, 500]
    ended = told(*QUICK)
    assert "canary" not in ended.err + ended.out
    with closing(sqlite3.connect(told.path / "state" / "ledger.sqlite")) as connection:
        assert "canary" not in "\n".join(connection.iterdump())
    assert "canary" not in told("deliver", "list").out


def test_f76_a_report_above_the_limit_comes_as_a_link_with_its_summary(
    told: Home, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F76: attachment above the limit, through a whole run."""
    monkeypatch.setenv("CAPBRIEF_DELIVER__TEAM__ATTACH_MB", "0.001")
    monkeypatch.setenv("CAPBRIEF_DELIVER__TEAM__LINK", "https://reports.example.org")
    assert told("run").code == 0
    [(_, mail)] = mailbox.taken
    assert list(mail.iter_attachments()) == []
    [path] = (told.path / "reports").glob("small_2*/small.pdf")
    address = f"https://reports.example.org/{path.parent.name}/small.pdf"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        assert address in body.get_content()
        assert "What the day brought." in body.get_content()


def test_alerts_are_counted_where_nobody_is_told_of_them(
    told: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KIND", "TO"):
        monkeypatch.delenv(f"CAPBRIEF_DELIVER__TEAM__{name}")
    monkeypatch.setenv("CAPBRIEF_MONITOR__TEXTFILE", str(tmp_path / "capbrief.prom"))
    (told.own / "alerts").mkdir()
    (told.own / "alerts" / "own.toml").write_text(ALERT)
    assert told("run").code == 0
    firing = json.loads(told("alerts", "--json").out)["alerts"]
    count = sum(one["state"] == "firing" for one in firing)
    assert count > 0
    lines = (tmp_path / "capbrief.prom").read_text().splitlines()
    assert f"capbrief_alerts_firing {count}" in lines


def test_a_name_that_is_no_text_keeps_nobody_from_being_told(
    told: Home, mailbox: Mailbox, tmp_path: Path
) -> None:
    odd = tmp_path / "own\udcff"
    told.own.rename(odd)
    told.own = odd
    (odd / "reports" / "small.toml").write_text("no definition")
    ended = told("run")
    assert ended.code == 2, ended.err
    assert mailbox.taken, ended.err
    [(_, mail)] = mailbox.taken
    assert r"own\udcff" in mail["Subject"] + mail.get_content()


def test_f81_half_a_secret_is_told_to_nobody(
    told: Home,
    mailbox: Mailbox,
    receiver: Receiver,
    coingecko: CoinGecko,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """F81: what is told is cut to a length, and a secret may stand where the cut is."""
    monkeypatch.setenv("CAPBRIEF_MONITOR__PING_URL", f"{receiver.url}/ping")

    def fail(*_: object, **__: object) -> None:
        raise UnavailableError(f"{'x' * 492} {coingecko.demo_key}")

    monkeypatch.setattr("pipeline.fetch.fetch", fail)
    assert told(*QUICK).code == 6
    [(_, mail)] = mailbox.taken
    for text in (mail.get_content(), receiver.posted[-1].body.decode()):
        assert "x ***" in text
        assert coingecko.demo_key[:5] not in text
