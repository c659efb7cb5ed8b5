"""The outbox and troubles: what is kept, when it is sent, and when something is told again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from email.policy import SMTP
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pipeline.deliver import delivery, mail, outbox, troubles, webhook, wording
from pipeline.deliver.message import LaterError, Message, RefusedError
from pipeline.deliver.outbox import Outbox
from pipeline.deliver.troubles import Seen
from pipeline.errors import UsageError
from pipeline.ledger_file import LedgerFile
from pipeline.secret import Secret
from pipeline.settings import Channel, Mail, Settings

if TYPE_CHECKING:
    from pipeline.deliver.message import Parcel
    from tests.deliver.conftest import Makes  # noqa: TID251 - for its types only

CHANNELS = {
    "ops": Channel(kind="mail", to=("a@example.org", "b@example.org", "a@example.org")),
    "chat": Channel(kind="slack", on=("failure",), url=Secret("https://chat.example")),
    "boss": Channel(kind="mail", on=("report",), reports=("market",), to=("boss@example.org",)),
}
RUN = Seen("run", "failure", "6 x", "coingecko: is down")


class World:
    """A ledger, a clock, and carriers that do as they are told."""

    def __init__(self, settings: Settings, make: Makes, patch: pytest.MonkeyPatch) -> None:
        self.now: datetime = make.now
        self.settings = replace(settings, deliver=CHANNELS)
        self.file = LedgerFile(settings.ledger)
        self.box = Outbox(self.file)
        self.sent: list[tuple[str, str, str]] = []
        self.faults: dict[str, Exception] = {}
        self.events: list[str] = []
        patch.setattr(delivery, "carrier", lambda *_: self)

    def send(self, parcel: Parcel, _: datetime) -> None:
        if fault := self.faults.get(parcel.recipient or parcel.channel):
            raise fault
        self.sent.append((parcel.channel, parcel.recipient, parcel.message.subject))

    def close(self) -> None: ...

    def put(self, message: Message) -> int:
        with self.file.transaction(write=True) as connection:
            to = delivery.recipients(message, self.settings.deliver)
            return outbox.put(connection, message, to, self.now)

    def flush(self, *, is_forced: bool = False) -> delivery.Sent:
        return delivery.flush(
            self.box,
            self.settings,
            version="0",
            log=lambda event, **_: self.events.append(event),
            clock=lambda: self.now,
            is_forced=is_forced,
            sleep=lambda _: None,
        )

    def see(self, *seen: Seen) -> list[str]:
        with self.file.transaction(write=True) as connection:
            return [one.kind for one in troubles.see(connection, seen, self.now, 6.0)]


@pytest.fixture
def world(settings: Settings, make: Makes, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(settings, make, monkeypatch)


def test_who_is_told_of_what(make: Makes) -> None:
    def to(message: Message) -> list[tuple[str, str]]:
        return delivery.recipients(message, CHANNELS)

    ops = [("ops", "a@example.org"), ("ops", "b@example.org")]
    assert to(make.message()) == [*ops, ("boss", "boss@example.org")]
    assert to(make.message(report="market.de")) == [*ops, ("boss", "boss@example.org")]
    assert to(make.message(report="capacity")) == ops
    assert to(make.message(event="failure", report="")) == [*ops, ("chat", "")]


def test_the_same_message_is_taken_in_once(world: World, make: Makes) -> None:
    assert world.put(make.message()) == 3
    assert world.put(make.message(run_id="another", subject="other words")) == 0
    world.flush()
    assert world.put(make.message()) == 0
    assert world.put(make.message(about="another report")) == 3


def test_a_message_comes_back_as_it_was_kept(make: Makes) -> None:
    message = make.message(files=(make.file("market.pdf", b"x"),), lines=("ä", "\u2028", ""))
    assert Message.from_json(message.to_json()) == message


def test_one_refusal_keeps_nobody_else(world: World, make: Makes) -> None:
    world.put(make.message())
    world.faults = {"a@example.org": RefusedError("550 no")}
    sent = world.flush()
    assert [to for _, to, _ in world.sent] == ["b@example.org", "boss@example.org"]
    assert sent.waiting == {"ops": "550 no"}
    world.flush(is_forced=True)
    sent = world.flush(is_forced=True)
    assert sent.dropped == {"ops": "Market · 23 November 2026: 550 no"}
    assert world.events.count("delivery_given_up") == 1
    assert world.box.waiting() == []


def test_a_channel_that_is_down_keeps_its_order_and_no_other_channel(
    world: World, make: Makes
) -> None:
    for number in range(3):
        world.put(make.message(about=str(number), subject=f"{number}"))
    world.faults = {"a@example.org": LaterError("down")}
    world.flush()
    assert [to for to, _, _ in world.sent] == ["boss"] * 3
    world.faults = {}
    world.now += timedelta(minutes=5)
    world.flush()
    assert [subject for to, _, subject in world.sent if to == "ops"] == list("001122")


def test_a_channel_that_is_down_is_left_alone_for_longer_each_time(
    world: World, make: Makes
) -> None:
    world.put(make.message())
    world.faults = {"a@example.org": LaterError("down"), "boss@example.org": LaterError("down")}
    tried = []
    for minute in range(0, 24 * 60, 5):
        before = world.events.count("delivery_failed")
        sent = world.flush()
        assert sent.waiting["boss"] == "down"
        if world.events.count("delivery_failed") > before:
            tried.append(minute)
        world.now += timedelta(minutes=5)
    assert tried == [0, 5, 15, 35, 75, 155, 315, 635, 995, 1355]


def test_what_nobody_wants_to_read_any_more_is_given_up(world: World, make: Makes) -> None:
    world.put(make.message())
    world.faults = {to: LaterError("down") for to in ("a@example.org", "boss@example.org")}
    world.flush()
    world.now += timedelta(days=14)
    sent = world.flush()
    assert sent.dropped["boss"].endswith("could not be sent for 14 days (down)")
    assert world.box.waiting() == []


def test_what_is_for_a_channel_that_is_gone_is_given_up(world: World, make: Makes) -> None:
    world.put(make.message())
    world.settings = replace(world.settings, deliver={"boss": CHANNELS["boss"]})
    assert world.flush().unsent == ""
    assert world.sent == [("boss", "boss@example.org", "Market · 23 November 2026")]
    assert world.box.waiting() == []


def test_two_processes_do_not_send_at_once(
    world: World, make: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from filelock import FileLock

    monkeypatch.setattr(delivery, "_LOCK_SECONDS", 0.01)
    world.put(make.message())
    with FileLock(world.settings.state / "outbox.lock"):
        assert world.flush().waiting["ops"] == "another process is sending"
    assert world.sent == []
    world.flush()
    assert len(world.sent) == 3


def test_no_try_begins_when_the_time_is_over(
    world: World, make: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_LONGEST_SECONDS", -1.0)
    world.put(make.message())
    assert world.flush().waiting["ops"] == "there was no time left"
    assert world.sent == []


# --- Troubles ---------------------------------------------------------------------------------


def test_f78_a_trouble_is_told_at_once_then_every_six_hours(world: World) -> None:
    """F78: damping."""
    told = []
    for hour in range(14):
        told += [hour] * len(world.see(RUN))
        world.now += timedelta(hours=1)
    assert told == [0, 6, 12]


def test_f78_another_kind_is_told_at_once(world: World) -> None:
    """F78: damping holds back what was told, and nothing else."""
    assert world.see(RUN) == ["6 x"]
    assert world.see(replace(RUN, kind="4 y")) == ["4 y"]
    assert world.see(replace(RUN, kind="4 y", reason="in other words")) == []
    assert world.see(RUN) == ["6 x"]


def test_f78_the_end_is_told_once_and_only_of_what_was_told(world: World) -> None:
    """F78: recovery notice."""
    world.see(RUN, Seen("alert:x", "alert", "warning", "fell"))
    with world.file.transaction(write=True) as connection:
        over = troubles.recover(connection, lambda one: one.subject == "run", world.now)
        assert [one.subject for one in over] == ["run"]
        assert troubles.recover(connection, lambda one: one.subject == "run", world.now) == []
        assert [one.subject for one in troubles.lasting(connection)] == ["alert:x"]


def test_f78_a_hundred_alerts_are_one_message(world: World) -> None:
    """F78: alert storm."""
    seen = [Seen(f"alert:{n}", "alert", "warning", f"rule {n} fires") for n in range(100)]
    with world.file.transaction(write=True) as connection:
        due = troubles.see(connection, seen, world.now, 6.0)
    message = wording.trouble("alert", due, "run")
    assert message.subject == "capbrief alert (and 99 more): rule 0 fires"
    assert len(message.lines) == 23
    assert "… and 80 more lines" in message.lines


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("a/x: answered 503", "a/x: answered 500", True),
        ("a/x: 31 hours ago", "a/x: 32 hours ago", True),
        ("a/x: down\nb/y: down", "b/y: down\na/x: down", True),
        ("a/x: down", "b/y: down", False),
    ],
)
def test_figures_are_no_news(one: str, other: str, is_same: bool) -> None:
    assert (wording.kind(6, one) == wording.kind(6, other)) is is_same
    assert wording.kind(6, one) != wording.kind(7, one)


def test_no_secret_is_kept(make: Makes) -> None:
    message = make.message(subject="canary", lines=("at canary",), html="<p>canary")
    assert "canary" not in message.without([Secret("canary")]).to_json()


def test_a_folder_is_given_files_and_a_latest(make: Makes, tmp_path: Path) -> None:
    from pipeline.deliver import folder

    out = tmp_path / "out"
    out.mkdir()
    planted = tmp_path / "outside"
    planted.write_text("mine")
    (out / "market_latest.pdf").symlink_to(planted)
    (out / "market_2026-11-23.pdf").symlink_to(planted)
    message = make.message(files=(make.file("market.pdf", b"%PDF"),))
    folder.put(make.parcel(message), out)
    assert planted.read_text() == "mine"
    assert {path.name: path.read_bytes() for path in out.iterdir() if not path.is_symlink()} == {
        "market_2026-11-23.pdf": b"%PDF", "market_latest.pdf": b"%PDF",
    }  # fmt: skip
    older = replace(message, report_date="2026-11-22", files=(make.file("market.pdf", b"old"),))
    folder.put(make.parcel(older), out)
    assert (out / "market_latest.pdf").read_bytes() == b"%PDF"
    assert (out / "market_2026-11-22.pdf").read_bytes() == b"old"


def test_a_folder_that_is_none(make: Makes, tmp_path: Path) -> None:
    from pipeline.deliver import folder

    with pytest.raises(LaterError, match="is no folder; make it"):
        folder.put(make.parcel(), tmp_path / "nowhere")
    message = make.message(files=(make.file("market.pdf", b"one"),))
    make.file("market.pdf", b"two")
    with pytest.raises(RefusedError, match="are other ones by now"):
        folder.put(make.parcel(message), tmp_path)


def test_a_clock_that_was_put_back_keeps_no_trouble_unsaid(world: World) -> None:
    assert world.see(RUN) == ["6 x"]
    world.now -= timedelta(days=400)
    assert world.see(RUN) == ["6 x"]
    world.now += timedelta(hours=1)
    assert world.see(RUN) == []


def test_of_a_message_that_is_refused_for_good_only_its_subject_is_kept(
    world: World, make: Makes
) -> None:
    world.put(make.message(event="failure", html=""))
    world.faults["chat"] = RefusedError("answers 404")
    for _ in range(outbox.MOST_REFUSALS):
        world.flush(is_forced=True)
    with world.file.transaction() as connection:
        kept = connection.execute(
            "select subject, message from outbox where dropped_at is not null"
        ).fetchall()
    assert kept == [(make.message().subject, "")]


def test_a_channel_that_hangs_leaves_time_to_the_others(
    world: World, make: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = 0.0

    def hang(parcel: Parcel, at: datetime) -> None:
        nonlocal seconds
        if parcel.channel == "ops":
            seconds += 40.0
            raise LaterError("did not take it within 40 s")
        world.sent.append((parcel.channel, parcel.recipient, ""))

    monkeypatch.setattr(delivery, "time", SimpleNamespace(monotonic=lambda: seconds))
    monkeypatch.setattr(world, "send", hang)
    world.put(make.message(event="failure", html=""))
    found = world.flush()
    assert world.sent == [("chat", "", "")]
    assert found.waiting == {"ops": "did not take it within 40 s"}
    assert seconds == 80.0


def test_a_channel_that_cannot_be_made_keeps_no_other_from_being_used(
    world: World, make: Makes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(name: str, *_: object) -> World:
        if name == "ops":
            raise UsageError("http.ca_file: ca.pem is no file of certificates")
        return world

    monkeypatch.setattr(delivery, "carrier", made)
    world.put(make.message(event="failure", html=""))
    found = world.flush()
    assert found.counts == {"chat": 1}
    assert found.waiting == {"ops": "http.ca_file: ca.pem is no file of certificates"}
    world.now += timedelta(minutes=1)
    assert world.flush().waiting == found.waiting


def test_a_file_whose_name_is_no_text_is_told_of(make: Makes) -> None:
    kept = make.file("a\udcff.html", b"page")
    message = Message.from_json(make.message(files=(kept,)).without(()).to_json())
    assert message.files == (kept,)
    channel = Channel(kind="mail", link="https://reports.example")
    reports, parcel = make.folder / "reports", make.parcel(message)
    own = Mail(sender="capbrief@example.net")
    for one, said in ((channel, "a%FF.html"), (Channel(kind="mail"), "a\\udcff.html")):
        letter = mail.letter(parcel, one, own, reports).as_bytes(policy=SMTP)
        assert said.encode() in letter.replace(b"=\r\n", b"")
    [told] = json.loads(webhook.plain(parcel, channel, reports))["data"]["files"]
    assert told["name"] == "a\udcff.html"
