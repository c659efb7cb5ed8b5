"""Event studies: the commands on announcements, and what they print.

Each imports what it needs itself, so that ``--help`` stays quick.
"""

from __future__ import annotations

import json
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pipeline.errors import PartialError, UsageError
from pipeline.invocation import job_of, print_result
from pipeline.rows import as_json
from pipeline.visible import visible

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    import polars as pl

    from pipeline.console import Log
    from pipeline.estimate.event_result import Choice

_STUDY = "estimates.event_study"
_LEAST_DAYS = 20
_MOST_DRAWS = 100_000


def listed(options: argparse.Namespace, log: Log) -> int:
    """List the events, and for each universe how far a study of them is covered."""
    from pipeline import answers, event_inputs, opening

    with opening.open_warehouse(job_of(options, log), as_of=options.as_of) as opened:
        events = event_inputs.known(opened).to_dicts()
        windows = opened.query(
            "select event_id, universe_id, window_first_day, window_last_day, status, reason "
            "from estimates.event_study order by all"
        ).to_dicts()
    covered: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for one in windows:
        covered.setdefault(one["event_id"], {}).setdefault(one["universe_id"], []).append(one)
    result, lines = [], []
    for event in events:
        found = covered.get(event["event_id"], {})
        result.append({**event, "universes": {name: _covered(found[name]) for name in found}})
        announced = event["announced_at"]
        lines.append(
            {
                "event": event["event_id"],
                "title": event["title"],
                "announced": f"{announced:%Y-%m-%d %H:%M}" if announced else event["event_date"],
                **{name: _coverage(found[name]) for name in found},
                "source": event["source"],
            }
        )
    text = answers.drawn([{key: str(cell) for key, cell in line.items()} for line in lines])
    print_result(options, result, visible(text) if lines else "no event is known")
    return 0


def _covered(windows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "windows": len(windows),
        "computed": sum(one["status"] == "computed" for one in windows),
        "reasons": sorted({one["reason"] for one in windows if one["reason"]}),
    }


def _coverage(windows: Sequence[Mapping[str, Any]]) -> str:
    """How many windows are computed, or why none is that holds the event or what came after."""
    if not _is_computed(windows):
        lacking = next(one for one in _that_count(windows) if one["status"] != "computed")
        return f"{lacking['status']}: {lacking['reason']}"
    found = _covered(windows)
    return f"{found['computed']} of {found['windows']} windows"


def _that_count(windows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Windows that reach to the event; where none is asked for that does, all of them."""
    return [one for one in windows if one["window_last_day"] >= 0] or windows


def _is_computed(windows: Sequence[Mapping[str, Any]]) -> bool:
    return any(one["status"] == "computed" for one in _that_count(windows))


def run(options: argparse.Namespace, log: Log) -> int:
    """Study events on what is published.

    Raises:
        UsageError: an option, an event, a universe or the file cannot be used.
        PartialError: an event that was asked for by its name cannot be computed.
    """
    import polars as pl

    from pipeline import event_inputs, opening
    from pipeline.errors import DefinitionError
    from pipeline.estimate import event_tables
    from pipeline.extract import event_rules

    job, choice = job_of(options, log), _choice(options)
    try:
        own = event_rules.read_file(options.file) if options.file is not None else []
    except DefinitionError as error:
        raise UsageError(str(error)) from error
    with opening.open_warehouse(job, as_of=options.as_of) as opened:
        events = event_inputs.known(opened)
        for one in own:
            if one.event_id in events["event_id"]:
                raise UsageError(
                    f"{options.file}: event {one.event_id}: is known already; give it another id"
                )
        more = event_inputs.rows(own).select(events.columns)
        events = pl.concat([events, more]).sort("event_date", "event_id")
        names = options.events or ([one.event_id for one in own] or events["event_id"].to_list())
        _must_be_known("event", options.events, events["event_id"].to_list())
        marts = dict(event_inputs.inputs(opened, events, choice.market, job.sql))
    pairs = marts["marts.event_universe"]
    asked = [options.universe] if options.universe else []
    _must_be_known("universe with daily closes", asked, pairs["universe_id"].unique().to_list())
    if choice.market not in marts["marts.event_close_day"]["coin_id"]:
        raise UsageError(f"--market {choice.market}: the warehouse has no daily closes of it")
    marts["marts.event_universe"] = pairs.filter(
        pl.col("event_id").is_in(names),
        *([pl.col("universe_id") == options.universe] if options.universe else []),
    )
    found = event_tables.studied(marts, choice)
    result = {name.partition(".")[2]: json.loads(as_json(rows)) for name, rows in found.items()}
    print_result(options, result, visible("\n".join(_told(found[_STUDY], events, choice))))
    studies = {
        name: found[_STUDY].filter(pl.col("event_id") == name).to_dicts() for name in options.events
    }
    if lacking := [name for name, windows in studies.items() if not _is_computed(windows)]:
        raise PartialError("\n".join(_why(name, studies[name]) for name in lacking))
    return 0


def _why(name: str, windows: Sequence[Mapping[str, Any]]) -> str:
    if not windows:
        return f"{name}: there is no universe with daily closes"
    return f"{name}: {_coverage(windows)}"


def _must_be_known(what: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise UsageError(f"{name}: is no {what}; {hint if known else 'none is known'}")


def _choice(options: argparse.Namespace) -> Choice:
    from pipeline.estimate.event_result import Choice

    plain = Choice()
    windows = tuple(dict.fromkeys(options.windows)) or plain.windows
    first, last = estimation = options.estimation or plain.estimation
    days = last - first + 1
    if days < _LEAST_DAYS:
        raise UsageError(f"--estimation {first},{last}: has {days} days, {_LEAST_DAYS} are needed")
    earliest = min(0, *(window[0] for window in windows))
    if last >= earliest:
        raise UsageError(
            f"--estimation {first},{last}: must end before day {earliest}, with which the event or "
            "a window begins"
        )
    draws = options.draws or plain.draws
    if draws > _MOST_DRAWS:
        raise UsageError(f"--draws {draws}: at most {_MOST_DRAWS}")
    return Choice(
        windows=windows,
        estimation=estimation,
        market=options.market or plain.market,
        # The share of the days that the usual 110 ask for.
        least=-(-days * plain.least // (plain.estimation[1] - plain.estimation[0] + 1)),
        draws=draws,
        seed=options.seed or plain.seed,
    )


def _told(studies: pl.DataFrame, events: pl.DataFrame, choice: Choice) -> Iterator[str]:
    """Studies for people: a table for each event and universe, then what is not covered."""
    from pipeline import answers

    titles = dict(events.select("event_id", "title").iter_rows())
    lacking: dict[str, list[str]] = {}
    for (event, universe), rows in studies.group_by("event_id", "universe_id", maintain_order=True):
        computed = [row for row in rows.iter_rows(named=True) if row["status"] == "computed"]
        for row in rows.iter_rows(named=True):
            if row["status"] != "computed":
                why = f"{event} in {universe}: {row['status']}: {row['reason']}"
                lacking.setdefault(why, []).append(_window(row))
        if not computed:
            continue
        row = computed[0]
        yield (
            f"{titles[str(event)]} ({event}), {row['event_date']}, {universe} against "
            f"{choice.market}: {row['n_estimation']} estimation returns"
        )
        yield answers.drawn([_line(one) for one in computed])
        yield from _warnings(computed)
        yield ""
    for why, windows in lacking.items():
        yield f"{why} (days {', '.join(windows)})"


def _line(row: Mapping[str, Any]) -> dict[str, str]:
    def tested(name: str, kind: str = "t") -> str:
        found = row[f"{name}_{kind}"]
        return "" if found is None else f"{found:.2f} (p {row[f'{name}_p']:.3f})"

    def share(name: str) -> str:
        return "" if row[name] is None else f"{row[name]:+.1%}"

    return {
        "days": _window(row),
        "tokens": str(row["n_tokens"]),
        "up": str(row["n_positive"]),
        "CAAR, log": share("caar"),
        "90 % by tokens": f"{share('caar_p05')} to {share('caar_p95')}",
        "90 % without event": f"{share('no_event_p05')} to {share('no_event_p95')}",
        "cap-weighted": share("caar_cap_weighted"),
        "BHAR": share("bhar"),
        "plain t": tested("cross_sectional"),
        "standardised t": tested("standardised"),
        "adjusted t": tested("adjusted"),
        "rank z": tested("rank", "z"),
        "placebo p (days)": ""
        if row["placebo_p"] is None
        else f"{row['placebo_p']:.3f} ({row['n_placebo']})",
    }


def _warnings(computed: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if computed[0]["has_pre_trend"]:
        yield (
            "The tokens moved before the event already: a window that ends before it is outside of "
            "90 % without an event, or has an adjusted p below 0.1."
        )
    for row in computed:
        if row["overlapping_events"]:
            yield f"Days {_window(row)} hold other events: {row['overlapping_events']}."
    if computed[0]["estimation_events"]:
        yield f"The estimation days hold events: {computed[0]['estimation_events']}."
    for left_out in dict.fromkeys(row["left_out"] for row in computed if row["left_out"]):
        yield f"Left out: {left_out}."


def _window(row: Mapping[str, Any]) -> str:
    return f"{row['window_first_day']} to {row['window_last_day']}"
