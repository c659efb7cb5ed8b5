"""Telling: what people, and whoever watches, are told of a run.

What is told is put into the outbox in one transaction with what is noted as told, then sent.
Whatever goes wrong here never hides how the run itself ended.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pipeline.deliver import delivery, outbox, troubles, wording
from pipeline.deliver.message import File, Message, Phrases
from pipeline.deliver.outbox import Outbox
from pipeline.deliver.ping import Switch
from pipeline.deliver.troubles import Seen
from pipeline.errors import (
    CapbriefError,
    DeliveryError,
    LockedError,
    PartialError,
    StorageError,
    exit_code_of,
)
from pipeline.ledger_file import LedgerFile
from pipeline.secret import redacted
from pipeline.visible import writable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from pipeline.alert import Alert
    from pipeline.deliver.delivery import Sent
    from pipeline.deliver.troubles import Trouble
    from pipeline.desk import Delivered, Reported
    from pipeline.job import Job
    from pipeline.settings import Channel

_SIGNALS = (130, 143)


@dataclass(frozen=True)
class Ended:
    """How a run ended: its exit code, why (one line for each finding), and what it made."""

    exit_code: int
    reason: str = ""
    reported: Reported | None = None

    @property
    def alerts(self) -> tuple[Alert, ...] | None:
        """What the rules of alerts found; null where the run did not come to them."""
        return None if self.reported is None else self.reported.alerts


@dataclass
class Telling:
    """Tells of one run: of its start once it is under way, of its end however it ends.

    A run that another one kept from starting, or that a person ended, is told to nobody.
    """

    job: Job
    is_on: bool
    ended: Ended = field(default_factory=lambda: Ended(0))
    undelivered: str = ""
    exit_code: int = 0

    def __enter__(self) -> Telling:
        self._started = self.job.clock()
        return self

    def begin(self) -> None:
        """Tell that the run is under way: it holds the lock."""
        if self.is_on:
            self._switch.start()

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self.ended = replace(self.ended, exit_code=exit_code_of(error), reason=_reason(error))
        # Before any of it is cut: half a secret would not be known as one.
        reason = redacted(self.ended.reason, self.job.settings.secrets)
        self.ended = replace(self.ended, reason=writable(reason))
        self.exit_code = self.ended.exit_code
        if not self.is_on or self.exit_code in (LockedError.exit_code, *_SIGNALS):
            return
        try:
            sent = _told(self.job, self.ended)
            self.undelivered = sent.unsent
        except CapbriefError as failure:
            self.undelivered = writable(str(failure))
        if self.undelivered:
            self.job.log("undelivered", stage="deliver", reason=self.undelivered)
            if self.exit_code in (0, PartialError.exit_code):
                self.exit_code = DeliveryError.exit_code
        self._measure()
        # Who watches is told what a scheduler is told.
        told = 0 if self.exit_code in self.job.forgiven else self.exit_code
        self._switch.end(told, wording.summary(self.job.run_id, *self._summary()))

    @property
    def _switch(self) -> Switch:
        job = self.job
        return Switch(
            job.settings, run_id=job.run_id, version=job.version, log=job.log, clock=job.clock
        )

    def _summary(self) -> tuple[int, Sequence[str]]:
        made = self.ended.reported
        names = [one.html.name for one in made.delivered] if made else []
        lines = [*self.ended.reason.splitlines(), *self.undelivered.splitlines()]
        return self.exit_code, [*lines, *(f"made {name}" for name in names)]

    def _measure(self) -> None:
        from pipeline import measures

        alerts = self.ended.alerts
        n_firing = None if alerts is None else sum(one.state == "firing" for one in alerts)
        measures.write(self.job, self.exit_code, self._started, n_firing)


def reports(job: Job, reported: Reported) -> Sent:
    """Send reports that were built to all who are to have them, and all else that waits.

    Raises:
        CapbriefError: what is sent cannot be put together, or the ledger cannot be used.
    """
    file = LedgerFile(job.settings.ledger)
    messages = [_report(job, one) for one in reported.delivered]
    with file.transaction(write=True) as connection:
        for message in messages:
            _put(connection, job, message, job.settings.deliver, job.clock())
    return _flushed(job, file)


def flush(job: Job) -> Sent:
    """Send all that waits, without regard to when it was tried last.

    Raises:
        StorageError: the ledger cannot be used.
    """
    return _flushed(job, LedgerFile(job.settings.ledger), is_forced=True)


def _told(job: Job, ended: Ended) -> Sent:
    """Put what is to be told of a run into the outbox, and send all that waits."""
    if not job.settings.deliver:
        return delivery.Sent()
    file, now = LedgerFile(job.settings.ledger), job.clock()
    messages, failure = [], None
    try:
        if ended.reported is not None:
            messages = [_report(job, one) for one in ended.reported.delivered]
    except CapbriefError as error:
        failure = error  # keeps nobody from being told of all else
    with file.transaction(write=True) as connection:
        for message in messages:
            _put(connection, job, message, job.settings.deliver, now)
        seen = [*_of_run(ended), *_of_alerts(ended.alerts or ())]
        _put_troubles(connection, job, seen, now)
        over = troubles.recover(connection, lambda one: _is_over(one, ended), now)
        _put_recoveries(connection, job, over, now)
    sent = _flushed(job, file)
    if failure is not None:
        raise failure
    return sent


def _flushed(job: Job, file: LedgerFile, *, is_forced: bool = False) -> Sent:
    """Send what waits; what is given up for one channel is told over the others."""
    sent = _send(job, file, is_forced=is_forced)
    now = job.clock()
    lost = [Seen(_of_channel(name), "failure", "lost", f"deliver.{name}: given up: {reason}")
            for name, reason in sent.dropped.items()]  # fmt: skip
    well = set(map(_of_channel, sent.counts)) - {one.subject for one in lost}
    there = set(map(_of_channel, job.settings.deliver))

    def is_over(one: Trouble) -> bool:
        is_gone = one.subject.startswith(_of_channel("")) and one.subject not in there
        return one.subject in well or is_gone

    with file.transaction(write=True) as connection:
        told = _put_troubles(connection, job, lost, now)
        over = troubles.recover(connection, is_over, now)
        told += _put_recoveries(connection, job, over, now)
    if told:
        again = _send(job, file)
        sent.counts |= again.counts
        sent.waiting |= again.waiting
    return sent


def _send(job: Job, file: LedgerFile, *, is_forced: bool = False) -> Sent:
    return delivery.flush(
        Outbox(file),
        job.settings,
        version=job.version,
        log=job.log,
        clock=job.clock,
        is_forced=is_forced,
    )


# --- What is told -----------------------------------------------------------------------------


def _report(job: Job, made: Delivered) -> Message:
    """The message that brings a report.

    Raises:
        TemplateError: the template of its mail is broken.
        StorageError: its files cannot be read.
    """
    from pipeline.report import briefing

    report = made.report
    brief = briefing.brief(report, template_folders=job.templates)
    try:
        files = tuple(File.of(path) for path in (made.pdf, made.html) if path is not None)
    except OSError as error:
        raise StorageError(f"{error.filename}: cannot be read ({error.strerror})") from error
    missing = [str(made.missing)] if made.missing else []
    return Message(
        event="report",
        subject=brief.subject,
        lines=(*brief.lines, *missing),
        about=report.report_id,
        run_id=job.run_id,
        html=brief.page,
        report=made.html.stem,
        report_date=str(report.report_date),
        files=files,
        phrases=Phrases(brief.attached, brief.linked, brief.kept, brief.gone),
    )


def _of_run(ended: Ended) -> list[Seen]:
    if ended.exit_code == 0:
        return []
    is_partial = ended.exit_code == PartialError.exit_code
    kind = wording.kind(ended.exit_code, ended.reason)
    return [Seen("run", "partial" if is_partial else "failure", kind, ended.reason)]


def _of_alerts(alerts: Iterable[Alert]) -> list[Seen]:
    return [
        Seen(f"alert:{one.alert_id}", "alert", one.severity, f"{one.title}: {one.text}")
        for one in alerts
        if one.state == "firing"
    ]


def _of_channel(name: str) -> str:
    """The subject of troubles of a channel."""
    return f"delivery:{name}"


def _is_over(one: Trouble, ended: Ended) -> bool:
    """Whether a run shows that a trouble is over; what it did not ask about may last."""
    if one.subject == "run":
        return ended.exit_code == 0
    if not one.subject.startswith("alert:") or ended.alerts is None:
        return False
    states = {f"alert:{alert.alert_id}": alert.state for alert in ended.alerts}
    return states.get(one.subject, "calm") == "calm"


def _put(
    connection: sqlite3.Connection,
    job: Job,
    message: Message,
    channels: Mapping[str, Channel],
    now: datetime,
) -> int:
    clean = message.without(job.settings.secrets)
    return outbox.put(connection, clean, delivery.recipients(clean, channels), now)


def _put_troubles(
    connection: sqlite3.Connection, job: Job, seen: Iterable[Seen], now: datetime
) -> int:
    due = troubles.see(connection, seen, now, job.settings.monitor.repeat_hours)
    count = 0
    for name, channel in job.settings.deliver.items():
        others = _of_others(due, name)
        for event in dict.fromkeys(one.event for one in others):
            found = [one for one in others if one.event == event]
            message = wording.trouble(event, found, job.run_id)
            count += _put(connection, job, message, {name: channel}, now)
    return count


def _put_recoveries(
    connection: sqlite3.Connection, job: Job, over: Sequence[Trouble], now: datetime
) -> int:
    """Tell each channel of the end of what it was told of."""
    count = 0
    for name, channel in job.settings.deliver.items():
        known = [one for one in _of_others(over, name) if one.event in channel.on]
        if known:
            message = wording.recovery(known, job.run_id)
            count += _put(connection, job, message, {name: channel}, now)
    return count


def _of_others(found: Iterable[Trouble], channel: str) -> list[Trouble]:
    """What a channel can be told: that it takes nothing would wait for it like all else."""
    return [one for one in found if one.subject != _of_channel(channel)]


def _reason(error: BaseException) -> str:
    if isinstance(error, CapbriefError):
        return str(error)
    return f"a fault of capbrief itself ({type(error).__name__}); the log of the run has it"
