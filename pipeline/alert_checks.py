"""Alert checks: the commands on rules of alerts, and what they print.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pipeline.errors import DefinitionError, UsageError
from pipeline.invocation import job_of, print_result
from pipeline.rows import as_json, table
from pipeline.visible import in_one_line, visible

if TYPE_CHECKING:
    import argparse

    from pipeline.alert import Alert
    from pipeline.console import Log


def listed(options: argparse.Namespace, log: Log) -> int:
    """List the rules with what they find; a rule that cannot be used is said after them.

    Raises:
        DefinitionError: a rule cannot be used.
    """
    from pipeline import alert_rules, alerting, opening

    job = job_of(options, log)
    off = alert_rules.load(job.alerts).off
    with opening.open_warehouse(job, report_date=options.date, as_of=options.as_of) as opened:
        alerts = alerting.evaluate(job, opened)
    lines = [*map(_line, alerts), *(f"{'off':<18}{name}" for name in off)]
    result = {"alerts": [one.to_fields() for one in alerts], "off": list(off)}
    print_result(options, result, visible("\n".join(lines)) or "there is no rule")
    if failure := alerting.failure(job, alerts):
        raise failure
    return 0


def check(options: argparse.Namespace, log: Log) -> int:
    """Read rules, ask them of what is published, and tell every mistake.

    Raises:
        DefinitionError: a rule cannot be used.
    """
    from pipeline import alert_rules, alerting, answers, opening
    from pipeline.extract import rule_files

    job = job_of(options, log)
    if options.files:
        shipped = rule_files.files(job.alerts[-1:])
        own = [path for path in options.files if path.resolve() not in shipped]
        rules = alert_rules.read([*shipped, *own], job.alerts[-1])
        chosen = [one for one in rules.rules if one.path in options.files]
    else:
        rules = alert_rules.load(job.alerts)
        chosen = list(rules.rules)
    with opening.if_published(job) as opened:
        alerts = alerting.asked(job, opened, chosen) if opened else ()
    faults = [*rules.findings, *(one.fault for one in alerts if one.fault)]
    if faults:
        raise DefinitionError("\n".join(faults))
    known = "each was asked" if opened else "none was asked: nothing is published"
    lines = [*map(_line, alerts), f"{answers.counted('rules', len(chosen))} can be used; {known}"]
    result: dict[str, Any] = {
        "rules": [one.alert_id for one in chosen],
        "alerts": [one.to_fields() for one in alerts],
        "queries_run": opened is not None,
    }
    print_result(options, result, visible("\n".join(lines)))
    return 0


def test(options: argparse.Namespace, log: Log) -> int:
    """Ask one rule, and show what its query gives.

    Raises:
        UsageError: there is no such rule.
        DefinitionError: it cannot be used.
    """
    from pipeline import alert_rules, alerting, opening

    job = job_of(options, log)
    rules = alert_rules.load(job.alerts)
    found = {one.alert_id: one for one in rules.rules}
    rule = found.get(options.alert_id)
    if rule is None:
        rules.must_be_usable()
        near = get_close_matches(options.alert_id, found, n=1)
        hint = f"did you mean {near[0]}?" if near else "see 'capbrief alerts'"
        raise UsageError(f"{options.alert_id}: no alert has that id; {hint}")
    with opening.open_warehouse(job, report_date=options.date, as_of=options.as_of) as opened:
        (alert,) = alerting.asked(job, opened, [rule])
        if alert.fault:
            raise DefinitionError(alert.fault)
        rows = opened.within(rule.query, job.settings.sql)
    result = {**alert.to_fields(), "rows": json.loads(as_json(rows))}
    print_result(options, result, f"{table(rows)}\n{_line(alert)}")
    return 0


def _line(alert: Alert) -> str:
    said = f"{alert.state:<8} {alert.severity:<9}{alert.alert_id}: {alert.title}: {alert.text}"
    return in_one_line(said)
