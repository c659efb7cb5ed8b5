"""What studies of events give, as tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import polars as pl

from pipeline.estimate.event_panel import panel
from pipeline.estimate.event_result import Choice, Result
from pipeline.estimate.event_study import Study
from pipeline.estimate.table import Table

READ = ("marts.event", "marts.event_universe", "marts.event_member", "marts.event_close_day")
"""What is read of the warehouse."""

_WINDOW = {
    "window_first_day": "First day of the window, counted from the event's UTC day.",
    "window_last_day": "Last day of the window, counted from the event's UTC day.",
}

TABLES: Mapping[str, Table] = {
    "estimates.event_study": Table(
        "Whether events mattered beyond bitcoin: abnormal log returns by the market model, "
        "cumulated over a window, mean of the tokens of a universe, with tests. One row per event, "
        "universe and window.",
        ("event_id", "universe_id", "window_first_day", "window_last_day"),
        READ,
        {
            **_WINDOW,
            "event_date": "UTC day of the announcement, day 0.",
            "first_date": "First day of the window.",
            "last_date": "Last day of the window.",
            "status": "computed, window not covered, or no members.",
            "reason": "Why there are no figures; null: there are.",
            "n_estimation": "Estimation days on which bitcoin has a return; 110 if all are there.",
            "n_tokens": "Tokens that the figures rest on: those with 60 of the 110 estimation "
            "returns and all returns of the window; null: not computed.",
            "left_out": "Members that are in no figure, and why; null: none.",
            "caar": "Mean of the cumulated abnormal returns, equally weighted.",
            "caar_cap_weighted": "The same, weighted by market cap at the close before the window; "
            "null: a market cap is unknown.",
            "caar_p05": "5th percentile of the mean over tokens that are drawn anew: too narrow "
            "where tokens move together.",
            "caar_p95": "95th percentile of the mean over tokens that are drawn anew: too narrow "
            "where tokens move together.",
            "n_positive": "Tokens whose cumulated abnormal return is above 0.",
            "bhar": "Mean buy-and-hold return of the tokens less that of bitcoin.",
            "cross_sectional_t": "Mean over its standard error across tokens, as if they were "
            "independent; null: fewer than two tokens.",
            "cross_sectional_p": "Its p-value, two-sided, Student's t.",
            "standardised_t": "The same of standardised abnormal returns (Boehmer, Musumeci and "
            "Poulsen), still as if they were independent.",
            "standardised_p": "Its p-value, two-sided, Student's t.",
            "adjusted_t": "The standardised one, cut for tokens that move together (Kolari and "
            "Pynnönen).",
            "adjusted_p": "Its p-value, two-sided, Student's t.",
            "rank_z": "Rank test (Corrado).",
            "rank_p": "Its p-value, two-sided, normal.",
            "residual_correlation": "Mean correlation of the tokens' estimation residuals.",
            "no_event_p05": "5th percentile of the CAAR if nothing had happened: whole days of "
            "estimation residuals drawn anew.",
            "no_event_p95": "95th percentile of the CAAR if nothing had happened.",
            "n_placebo": "Other days, within a year of the event, on which the same was computed; "
            "their windows overlap, so they are fewer than so many observations.",
            "placebo_p": "Share of these days and the event with a CAAR as far from 0; null: no "
            "such day.",
            "has_pre_trend": "Whether the tokens moved before the event: the CAAR of a window that "
            "ends before it is outside of no_event_p05 to no_event_p95, or has an adjusted_p below "
            "0.1; null: no such window could be computed.",
            "overlapping_events": "Other events in the window; null: none.",
            "estimation_events": "Other events in the estimation days; null: none.",
        },
    ),
    "estimates.event_study_day": Table(
        "Mean abnormal log returns around events day by day, and cumulated from the close before "
        "day 0, onwards and backwards, with the range of that if nothing had happened. One row per "
        "event, universe and day that could be computed.",
        ("event_id", "universe_id", "relative_day"),
        READ,
        {
            "relative_day": "Day, counted from the event's UTC day.",
            "day_date": "UTC day.",
            "n_tokens": "Tokens with all returns of these days.",
            "aar": "Mean abnormal return of the day.",
            "caar": "Sum of the days from day 0 to this one; before day 0 that of the days after "
            "this one up to the event, with its sign turned.",
            **{
                f"no_event_p{n:02}": f"{n}th percentile of caar if nothing had happened."
                for n in (5, 25, 75, 95)
            },
        },
    ),
    "estimates.event_study_token": Table(
        "The tokens behind the means of events: market model and cumulated abnormal log return. "
        "One row per event, universe, window that is computed and member.",
        ("event_id", "universe_id", "window_first_day", "window_last_day", "coin_id"),
        READ,
        {
            **_WINDOW,
            "left_out_because": "Why the token is not in the mean; null: it is.",
            "n_returns": "Estimation returns that the market model rests on.",
            "alpha": "Daily log return that the market does not explain; null: no model.",
            "beta": "Share of the market's log return that the token takes; null: no model.",
            "r2": "Share of the variance that the market explains; null: no model.",
            "sigma": "Standard error of the regression, daily log return; null: no model.",
            "car": "Cumulated abnormal return of the window; null: left out.",
            "bhar": "Buy-and-hold return less that of bitcoin; null: left out.",
        },
    ),
}
"""Every table that studies of events make, by name."""

_F, _I, _S = pl.Float64, pl.Int64, pl.String
_KEY = {"event_id": _S, "universe_id": _S}
_DAYS = {"window_first_day": _I, "window_last_day": _I}
SCHEMAS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "estimates.event_study": {
        **_KEY,
        **_DAYS,
        **dict.fromkeys(("event_date", "first_date", "last_date"), pl.Date),
        **dict.fromkeys(("status", "reason"), _S),
        **dict.fromkeys(("n_members", "n_estimation", "n_tokens"), _I),
        "left_out": _S,
        **dict.fromkeys(("caar", "caar_cap_weighted", "caar_p05", "caar_p95"), _F),
        "n_positive": _I,
        **dict.fromkeys(
            (
                *("bhar", "cross_sectional_t", "cross_sectional_p", "standardised_t"),
                *("standardised_p", "adjusted_t", "adjusted_p", "rank_z", "rank_p"),
                *("residual_correlation", "no_event_p05", "no_event_p95"),
            ),
            _F,
        ),
        "n_placebo": _I,
        "placebo_p": _F,
        "has_pre_trend": pl.Boolean,
        **dict.fromkeys(("overlapping_events", "estimation_events"), _S),
    },
    "estimates.event_study_day": {
        **_KEY,
        "relative_day": _I,
        "day_date": pl.Date,
        "n_tokens": _I,
        **dict.fromkeys(
            ("aar", "caar", "no_event_p05", "no_event_p25", "no_event_p75", "no_event_p95"), _F
        ),
    },
    "estimates.event_study_token": {
        **_KEY,
        **_DAYS,
        **dict.fromkeys(("coin_id", "left_out_because"), _S),
        "n_returns": _I,
        **dict.fromkeys(("alpha", "beta", "r2", "sigma", "car", "bhar"), _F),
    },
}
"""Columns of these tables, and their types."""

_DIGITS = 12

Row = tuple[object, ...]


def studied(
    marts: Mapping[str, pl.DataFrame], choice: Choice | None = None
) -> dict[str, pl.DataFrame]:
    """One frame for each table: every event beside every universe with daily closes.

    Args:
        marts: rows of the tables in ``READ``, by their names.
        choice: how the studies are made.
    """
    choice = choice or Choice()
    panels = {
        str(series): panel(closes)
        for (series,), closes in marts["marts.event_close_day"].group_by("series")
    }
    days: dict[str, date] = dict(
        marts["marts.event"].select("event_id", "event_date").sort("event_id").iter_rows()
    )
    tokens: dict[tuple[str, str], list[str]] = {}
    for event, universe, coin in (
        marts["marts.event_member"].select("event_id", "universe_id", "coin_id").sort(pl.all())
    ).iter_rows():
        tokens.setdefault((event, universe), []).append(coin)
    rows: dict[str, list[Row]] = {name: [] for name in SCHEMAS}
    pairs = marts["marts.event_universe"].select("event_id", "universe_id", "series")
    for event, universe, series in pairs.sort(pl.all()).iter_rows():
        found = panels.get(series) or panel(marts["marts.event_close_day"].clear())
        members = tokens.get((event, universe), [])
        _add(rows, (event, universe), Study(found, members, event, days, universe, choice))
    return {
        name: pl.DataFrame(rows[name], schema=dict(schema), orient="row")
        for name, schema in SCHEMAS.items()
    }


def _add(rows: dict[str, list[Row]], key: tuple[str, str], study: Study) -> None:
    for one in study.results:
        rows["estimates.event_study"].append((*key, *_window(study, one)))
        if len(one.cars):
            rows["estimates.event_study_token"] += [
                (*key, *one.window, *row) for row in _tokens(study, one)
            ]
    if (path := study.path) is not None:
        for place, aar in enumerate(path.aar):
            relative = path.first + place
            figures = _numbers([aar, path.caar[place], *path.ranges[:, place]])
            rows["estimates.event_study_day"].append(
                (*key, relative, study.day(relative), path.n, *figures)
            )


def _window(study: Study, one: Result) -> Row:
    is_computed = len(one.cars) > 0
    left = [
        f"{token} ({because})"
        for token, because in zip(study.tokens, study.left_out(one.window), strict=True)
        if because and is_computed
    ]
    tests = (one.cross, one.standardised, one.adjusted, one.rank)
    return (
        *one.window,
        study.day(0),
        *(study.day(day) for day in one.window),
        *(one.status, one.reason or None, len(study.tokens), study.n_estimation),
        *(len(one.cars) if is_computed else None, ", ".join(left) or None),
        *_numbers([one.caar, one.weighted, *one.interval]),
        int((one.cars > 0).sum()) if is_computed else None,
        *_numbers([one.bhars.mean() if is_computed else math.nan]),
        *_numbers([each for test in tests for each in (test.statistic, test.p)]),
        *_numbers([one.correlation, *one.without_event]),
        one.placebo.n if is_computed else None,
        *_numbers([one.placebo.p]),
        study.has_pre_trend,
        ", ".join(study.overlapping(one.window)) or None,
        ", ".join(study.overlapping(study.choice.estimation)) or None,
    )


def _tokens(study: Study, one: Result) -> Iterable[Row]:
    model = study.model
    figures = iter(zip(one.cars, one.bhars, strict=True))
    left_out = study.left_out(one.window)
    for place, token in enumerate(study.tokens):
        car, bhar = next(figures) if one.inside[place] else (math.nan, math.nan)
        fitted = (model.alpha, model.beta, model.r2, model.sigma)
        yield (
            *(token, left_out[place] or None, int(model.n[place])),
            *_numbers([*(each[place] for each in fitted), car, bhar]),
        )


def _numbers(values: Sequence[float]) -> list[float | None]:
    """To 12 digits, so that the order of a sum does not show; None for what there is not."""
    return [round(float(each), _DIGITS) + 0.0 if math.isfinite(each) else None for each in values]
