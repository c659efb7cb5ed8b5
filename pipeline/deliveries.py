"""Deliveries: the commands on channels and on what waits to be sent.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from pipeline.errors import DeliveryError, UsageError
from pipeline.invocation import job_of, print_result

if TYPE_CHECKING:
    import argparse

    from pipeline.console import Log
    from pipeline.deliver.delivery import Sent
    from pipeline.job import Job

_LONGEST_SUBJECT = 60


def listed(options: argparse.Namespace, log: Log) -> int:
    """Show who is told of what, what waits, and what is wrong; nothing is sent."""
    from pipeline import answers
    from pipeline.deliver import troubles
    from pipeline.deliver.outbox import Outbox
    from pipeline.ledger_file import LedgerFile
    from pipeline.visible import visible

    job = job_of(options, log)
    channels = [
        {
            "channel": name,
            "kind": one.kind,
            "on": " ".join(one.on),
            "reports": " ".join(one.reports) or "all",
            "recipients": len(one.to) if one.kind == "mail" else 1,
        }
        for name, one in job.settings.deliver.items()
    ]
    waiting: list[dict[str, Any]] = []
    wrong: list[dict[str, Any]] = []
    if job.settings.ledger.exists():
        file = LedgerFile(job.settings.ledger)
        waiting = [
            {
                "id": one.parcel_id,
                "channel": one.channel,
                "recipient": one.recipient,
                "event": one.message.event,
                "subject": one.message.subject,
                "queued_at": f"{one.queued_at:%Y-%m-%d %H:%M:%SZ}",
                "tries": one.n_tries,
                "last_error": one.last_error or "",
            }
            for one in Outbox(file).waiting()
        ]
        with file.transaction() as connection:
            wrong = [
                {
                    "trouble": one.subject,
                    "event": one.event,
                    "since": f"{one.began_at:%Y-%m-%d %H:%M:%SZ}",
                    "seen": one.n_seen,
                    "told": one.n_told,
                    "reason": one.reason,
                }
                for one in troubles.lasting(connection)
            ]
    parts = [("channels", channels), ("waiting", waiting), ("troubles", wrong)]
    shown = [
        f"{title}:\n{answers.drawn([_short(row) for row in rows])}" if rows else f"{title}: none"
        for title, rows in parts
    ]
    print_result(options, dict(parts), visible("\n\n".join(shown)))
    return 0


def _short(row: dict[str, Any]) -> dict[str, str]:
    return {key: " ".join(str(cell).split())[:_LONGEST_SUBJECT] for key, cell in row.items()}


def test(options: argparse.Namespace, log: Log) -> int:
    """Send a message to each channel, or to those that are named, and say how it went."""
    from pipeline.deliver import delivery
    from pipeline.deliver.message import LaterError, Message, Parcel, RefusedError
    from pipeline.secret import redacted

    job = job_of(options, log)
    message = Message(
        event="report",
        subject="capbrief: a test message",
        lines=("This is a test: messages of capbrief arrive here.", f"run {job.run_id}"),
        about=secrets.token_hex(8),
        run_id=job.run_id,
    )
    result = []
    for name in _chosen(job, options.channels):
        by = delivery.carrier(name, job.settings, job.version)
        for recipient in delivery.addresses(job.settings.deliver[name]):
            key = message.key(name, recipient)
            now = job.clock()
            parcel = Parcel(0, key, name, recipient, message, now, 0, None, None)
            flaw = ""
            try:
                by.send(parcel, now)
            except (LaterError, RefusedError) as error:
                flaw = redacted(str(error), job.settings.secrets)
            result.append({"channel": name, "recipient": recipient, "flaw": flaw})
        by.close()
    text = "\n".join(
        f"{' '.join(filter(None, (one['channel'], one['recipient'])))}: {one['flaw'] or 'sent'}"
        for one in result
    )
    print_result(options, {"sent": result}, text)
    if failed := [one for one in result if one["flaw"]]:
        raise DeliveryError("\n".join(f"deliver.{one['channel']}: {one['flaw']}" for one in failed))
    return 0


def _chosen(job: Job, names: list[str]) -> list[str]:
    known = job.settings.deliver
    if not known:
        raise UsageError(
            "deliver: no channel is set; give one a section [deliver.<name>] in the settings"
        )
    for name in names:
        if name not in known:
            raise UsageError(f"{name}: no channel has that name; there are {', '.join(known)}")
    return names or list(known)


def flush(options: argparse.Namespace, log: Log) -> int:
    """Send what waits, without regard to when it was tried last."""
    from pipeline import telling

    job = job_of(options, log)
    return must_be_sent(options, telling.flush(job))


def must_be_sent(options: argparse.Namespace, sent: Sent) -> int:
    """Print how a delivery went; what could not be sent ends the command after it.

    Raises:
        DeliveryError: something waits, or was given up.
    """
    count = sum(sent.counts.values())
    result = {"sent": count, "waiting": sent.waiting, "given_up": sent.dropped}
    print_result(options, result, f"{count} sent")
    if sent.unsent:
        raise DeliveryError(sent.unsent)
    return 0


def drop(options: argparse.Namespace, log: Log) -> int:
    """Give up a message that waits."""
    from pipeline.deliver.outbox import Outbox
    from pipeline.ledger_file import LedgerFile

    job = job_of(options, log)
    box = Outbox(LedgerFile(job.settings.ledger))
    if not box.drop(options.id, job.clock(), "dropped by hand"):
        raise UsageError(f"{options.id}: no such message waits; see 'capbrief deliver list'")
    print_result(options, {"dropped": options.id}, f"{options.id} dropped")
    return 0
