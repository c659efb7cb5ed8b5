"""Record: how runs ended, how old the data is, what is missing and what waits for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import holder
from pipeline.errors import StaleError
from pipeline.ops.finding import broken, doubtful, well
from pipeline.ops.kept import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.entry import Outage, Run
    from pipeline.ops.asked import Asked
    from pipeline.ops.finding import Finding

_DAILY = ("run", "demo")


def runs(asked: Asked) -> Iterator[Finding]:
    """How the last run ended, and when one went well."""
    from pipeline.ledger import Ledger

    found = Ledger(asked.ledger).runs()
    daily = [one for one in found if one.command in _DAILY]
    if not daily:
        yield well("runs", "none yet; 'capbrief demo' needs no network, 'capbrief run' does")
        return
    last = daily[-1]
    good = [one for one in daily if one.status in ("ok", "partial")]
    said = f"the last one that delivered began {_at(good[-1])}" if good else "none delivered yet"
    if last.status == "running" and holder.is_held(asked.job.settings):
        yield well("runs", f"one goes on since {_at(last)}; {said}")
    elif last.status in ("running", "killed"):
        yield doubtful(
            "runs",
            f"the last one ({_at(last)}) was killed; {said}",
            "run 'capbrief run', which goes on from there; look why it was (memory, time limit)",
        )
    elif last.status == "failed":
        yield doubtful(
            "runs",
            f"the last one ({_at(last)}) ended with {last.exit_code}; {said}",
            "look at its log, then run 'capbrief run'",
        )
    else:
        yield well("runs", f"{len(found)} on record; {said}, and ended {last.status}")


def _at(run: Run) -> str:
    return f"{run.started_at:%Y-%m-%d %H:%M}Z"


def ages(asked: Asked) -> Iterator[Finding]:
    """How old what each source gave last is."""
    from pipeline import freshness, opening
    from pipeline.warehouse import LINK

    job = reading(asked)
    if not (job.settings.warehouse / LINK).is_symlink():
        return
    with opening.open_warehouse(job) as opened:
        found = freshness.ages(job, opened, job.clock())
    for one in found:
        said = f"{one.source}: is {one.state}, {one.age_hours:.0f} hours old"
        if one.state == "stale" and one.is_required:
            mend = "run 'capbrief run', and look why no run did ('capbrief schedule')"
            yield from broken("freshness", StaleError(said), mend)
        elif one.state != "fresh":
            yield doubtful("freshness", said, "run 'capbrief run'")
    if all(one.state == "fresh" for one in found):
        said = f"{len(found)} sources on the web are fresh"
        yield well("freshness", said if found else "no source on the web gave anything yet")


def outages(asked: Asked) -> Iterator[Finding]:
    """What could not be had the last time, and answers that could not be used."""
    from pipeline.ledger import Ledger

    found = [one for one in Ledger(asked.ledger).outages() if one.ended_at is None]
    alike: dict[tuple[str, str], list[Outage]] = {}
    for one in found:
        alike.setdefault((one.source, one.reason), []).append(one)
    for (source, reason), of_one in alike.items():
        # A host that is away takes all that is asked of it.
        others = f" and {len(of_one) - 1} more" if len(of_one) > 1 else ""
        yield doubtful(
            "outages",
            f"{source} {of_one[0].dataset}{others}: not to be had since "
            f"{min(one.began_at for one in of_one):%Y-%m-%d %H:%M}Z, "
            f"{max(one.n_failures for one in of_one)} times ({reason})",
            f"run 'capbrief fetch {source}'; 'capbrief doctor --online' asks whether it is up",
        )
    if not found:
        yield well("outages", "everything that was asked for last was had")


def announced(asked: Asked) -> Iterator[Finding]:
    """Hosts that announced an end of the interface that is asked."""
    from pipeline.ledger import Ledger

    found = Ledger(asked.ledger).announcements()
    for one in found:
        yield doubtful(
            "announced",
            f"{one.source}: {one.url} said on {one.seen_at:%Y-%m-%d} that it ends ({one.said})",
            "look for a newer capbrief before that day",
        )
    if not found:
        yield well("announced", "no host announced an end of its interface")


def gaps(asked: Asked) -> Iterator[Finding]:
    """Days that cannot be had any more, which is no fault by now, and what has no end yet."""
    from pipeline.ledger import Ledger

    found = Ledger(asked.ledger).gaps()
    still = [one.dataset for one in found if one.last_date is None]
    more = f", and {len(still)} without an end: {', '.join(still[:3])}" if still else ""
    yield well("gaps", f"{len(found) - len(still)} ranges of days are gone for good{more}")


def memberships(asked: Asked) -> Iterator[Finding]:
    """Members that changed by so much that a person is to look at them."""
    from pipeline.ledger import Ledger
    from pipeline.past import held

    waiting = held(Ledger(asked.ledger))
    for one in waiting:
        yield doubtful(
            "memberships",
            f"{one.dataset}: waits since {one.seen_date}, {len(one.entered)} entered and "
            f"{len(one.left)} left of {one.n_before}",
            f"look with 'capbrief universe', then run 'capbrief universe accept {one.dataset}'",
        )
    if not waiting:
        yield well("memberships", "none waits")


def quarantine(asked: Asked) -> Iterator[Finding]:
    """Rows that did not fit, by source."""
    from pipeline import opening
    from pipeline.warehouse import LINK

    job = reading(asked)
    if not (job.settings.warehouse / LINK).is_symlink():
        return
    with opening.open_warehouse(job) as opened:
        rows = opened.query(
            "select source, entity, count(*) from marts.quarantine group by all order by all"
        ).rows()
    said = ", ".join(f"{count} of {source} {entity}" for source, entity, count in rows)
    yield well("quarantine", f"rows that did not fit: {said or 'none'}")


PROBES = (
    ("runs", runs),
    ("freshness", ages),
    ("outages", outages),
    ("announced", announced),
    ("gaps", gaps),
    ("memberships", memberships),
    ("quarantine", quarantine),
)
