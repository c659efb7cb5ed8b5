"""Alarms: what an alert says, as a sentence in the language of a report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pipeline.report.formats import FORMATS, visible, written
from pipeline.report.language import Language
from pipeline.report.value import Notice

if TYPE_CHECKING:
    from pipeline.alert import Alert, Said

TEXTS: Final[Mapping[str, str]] = {
    "above": "{}, above the limit of {}.",
    "below": "{}, below the limit of {}.",
    "within": "{}; the limit is {}.",
    "between": "{}; the limits are {} and {}.",
    "above_on": "{} on {}, above the limit of {}.",
    "below_on": "{} on {}, below the limit of {}.",
    "within_on": "{} on {}; the limit is {}.",
    "between_on": "{} on {}; the limits are {} and {}.",
    "change_above": "{} within {} days up to {}, above the limit of {}.",
    "change_below": "{} within {} days up to {}, below the limit of {}.",
    "change_within": "{} within {} days up to {}; the limit is {}.",
    "change_between": "{} within {} days up to {}; the limits are {} and {}.",
    "hours_above": "{} hours old, above the limit of {} hours.",
    "hours_within": "{} hours old; the limit is {} hours.",
    "days_above": "{} days old, above the limit of {} days.",
    "days_within": "{} days old; the limit is {} days.",
    "gap_above": "{} of {} days up to {} are missing, {}; above the limit of {}.",
    "gap_within": "{} of {} days up to {} are missing, {}; the limit is {}.",
    "found": "Found: {}, namely {}.",
    "found_more": "Found: {}, among them {}.",
    "none_found": "None found.",
    "nothing": "There is nothing to judge: the query gives no row.",
    "no_row": "Not known: the query gives no row.",
    "no_value": "Not known: the value is missing.",
    "no_value_on": "Not known: there is no value of {}.",
    "not_finite": "Not known: the value is not a finite number.",
    "not_positive": "Not known: the value of {} is not above zero, so that no change can be told.",
    "too_old": "Not known: the last value is of {}, {} days before the report’s date.",
    "too_young": "Not known: the days begin on {} only.",
    "later": "Not known: the value is of {}, which is after the report’s date.",
    "fault": "Not known: the rule cannot be asked; capbrief alerts check says why.",
}
"""What alerts say, by the keys of ``Said``; each ``{}`` is one of its parts, in order."""


def worded(said: Said, language: Language) -> str:
    """What an alert says, in a language."""
    parts = [visible(str(part)) if form == "text" else written(form, part, language)
             for part, form in said.parts]  # fmt: skip
    sentence = language.say(TEXTS[said.key]).format(*parts)
    return f"{visible(said.label)}: {sentence}" if said.label else sentence


def notices(alerts: Sequence[Alert], language: Language) -> tuple[Notice, ...]:
    """The alerts that a report shows: those that fire, critical ones first, then the unknown."""
    shown = [one for one in alerts if one.state != "calm"]
    shown.sort(key=lambda one: (one.state != "firing", one.severity != "critical"))
    return tuple(
        Notice(
            key=one.alert_id,
            title=visible(language.say(one.title)),
            severity=one.severity,
            state=one.state,
            text=worded(one.said, language) if one.said else visible(one.text),
            sql=one.query,
        )
        for one in shown
    )


def numeric() -> Iterator[str]:
    """The formats that a rule can have its numbers written in."""
    return (name for name, one in FORMATS.items() if float in one.accepts)
