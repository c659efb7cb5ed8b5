"""Changes: the watched numbers of a report against those of an earlier one.

A number changed if it is printed otherwise. One that speaks of a later day than before has
moved; one of the same day (or an earlier one) is revised. Where the number of the earlier day can
be had from today's tables, it is held against what was printed then: if it is printed alike, new
data are the whole cause of a move. Otherwise causes are what changed of what the number rests on,
all that apply:

    data        it speaks of a later day, or rows for days after its earlier day differ
    revision    rows for days up to its earlier day differ, and so do the payloads
    membership  a universe that it counts has other members on its newest day, or has other
                members on days up to the earlier one
    method      the SQL of its query or of a table below it, a scenario or its model, or, for what
                Python computes, the version of capbrief differ; or rows for days up to its
                earlier day differ though the payloads are the same
    unknown     none of these

"Differ" is any difference at all: digests are compared, of whole tables (of every token, not
only of those that the number counts). A table without days counts as one of earlier days. What
two releases of DuckDB digested is not compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.report.formats import written
from pipeline.report.language import Language
from pipeline.report.value import Cause, Change, Changes
from pipeline.report.watch import Again, Number, Trace, Watch

# How a difference is written where not as the numbers themselves: that of two shares is in
# percentage points, and has no percentage of its own.
_POINTS = {
    **dict.fromkeys(("pct", "pct1", "percent", "points"), "points1"),
    **dict.fromkeys(("change", "change0", "change_percent", "moved", "moved0"), "points1"),
    "pct2": "points2",
}
_DIFFERENCE = {**_POINTS, "words": "count"}
_MOST_GROWTH = 10
"""A number that is more than eleven times what it was has grown by no percentage."""


@dataclass(frozen=True)
class Earlier:
    """An earlier report: its id, its day, and its watched numbers."""

    report_id: str
    report_date: dt.date
    numbers: tuple[Number, ...]


def compare(
    earlier: Earlier,
    now: Sequence[Number],
    again: Mapping[str, Again],
    watches: Sequence[Watch],
    language: Language,
) -> Changes:
    """What changed from an earlier report to this one.

    Args:
        earlier: the earlier report.
        now: the watched numbers of this report.
        again: by number, what the earlier report's is today; every number that both reports
            have has one.
        watches: how the numbers are named and written; their order is kept.
        language: language of numbers, dates and words.

    Raises:
        DefinitionError: a format does not take a number.
    """
    before = {one.key: one for one in earlier.numbers}
    pairs = [
        (watch, before[one.key], one)
        for watch, one in zip(watches, now, strict=True)
        if one.key in before
    ]
    moved: list[Change] = []
    revised: list[Change] = []
    for watch, old, new in pairs:
        change = _change(watch, old, new, again[new.key], language)
        if change.before != change.now:
            (moved if new.day > old.day else revised).append(change)
    return Changes(
        since_id=earlier.report_id,
        since_date=written("date", earlier.report_date, language),
        moved=tuple(moved),
        revised=tuple(revised),
        n_moved=written("count", len(moved), language),
        n_revised=written("count", len(revised), language),
        n_compared=written("count", len(pairs), language),
    )


def _change(watch: Watch, old: Number, new: Number, again: Again, language: Language) -> Change:
    before = written(watch.format, old.value, language)
    revised = written(watch.format, again.value, language) if again.value is not None else ""
    is_only_new = new.day > old.day and revised == before
    difference = percent = ""
    if old.value is not None and new.value is not None:
        difference = _difference(watch.format, new.value - old.value, language)
        if watch.format not in _POINTS and old.value * new.value > 0:
            growth = new.value / old.value - 1
            percent = written("change", growth, language) if growth <= _MOST_GROWTH else ""
    return Change(
        label=language.say(watch.label),
        before=before,
        before_date=written("date_short", old.day, language),
        revised=revised if new.day > old.day and not is_only_new else "",
        now=written(watch.format, new.value, language),
        now_date=written("date_short", new.day, language),
        change=difference,
        percent=percent,
        causes=("data",) if is_only_new else tuple(_causes(old, new, again.trace)) or ("unknown",),
    )


def _difference(name: str, value: float, language: Language) -> str:
    text = written(_DIFFERENCE.get(name, name), value, language)
    return text if value <= 0 or text.startswith("+") else f"+{text}"


def _causes(old: Number, new: Number, trace: Trace) -> Iterator[Cause]:
    was, same_engine = old.trace, old.trace.engine == trace.engine
    is_revised = same_engine and was.earlier != trace.earlier
    has_other_payloads = was.payloads != trace.payloads
    if new.day > old.day or (same_engine and was.later != trace.later):
        yield "data"
    if is_revised and has_other_payloads:
        yield "revision"
    if same_engine and was.members != trace.members:
        yield "membership"
    if was.method != trace.method or (is_revised and not has_other_payloads):
        yield "method"
