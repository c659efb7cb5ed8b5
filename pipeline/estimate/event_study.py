"""Event study: what tokens returned around an announcement beyond what the market explains.

Day 0 is the UTC day of the announcement: its return runs from the close before it. The method is
that of A. C. MacKinlay, Event Studies in Economics and Finance, Journal of Economic Literature
35, 1997, with the market model; ``event_tests`` has the tests and their sources.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property

import numpy as np

from pipeline.estimate import event_tests
from pipeline.estimate.event_panel import Panel
from pipeline.estimate.event_placebo import Calendar
from pipeline.estimate.event_result import (
    COMPUTED,
    LEAST_SIGMA,
    NO_MEMBERS,
    NOT_COVERED,
    PRE_TREND_P,
    Choice,
    Path,
    Result,
    Window,
)
from pipeline.estimate.market_model import BoolArray, MarketModel, fit
from pipeline.estimate.normal import FloatArray
from pipeline.estimate.sampling import generator


class Study:
    """One event, and the tokens of one universe.

    Args:
        panel: closes of the tokens and of the market.
        tokens: members of the universe before the event.
        event_id: which of ``events`` it is.
        events: days 0 of all events that are known.
        universe_id: names the streams of random numbers, with the event.
        choice: windows, estimation, market, draws and seed.
    """

    def __init__(
        self,
        panel: Panel,
        tokens: Sequence[str],
        event_id: str,
        events: Mapping[str, date],
        universe_id: str,
        choice: Choice,
    ) -> None:
        self.tokens = tuple(token for token in tokens if token != choice.market)
        self.choice, self.events, self.event_id = choice, events, event_id
        self._panel = panel.of(self.tokens)
        self._market = panel.of([choice.market]).returns[:, 0]
        self._stream = f"event_study/{event_id}/{universe_id}"
        self.zero = panel.place(events[event_id])
        self._correlations: dict[bytes, float] = {}

    def day(self, relative: int) -> date:
        """The day so many days after day 0."""
        return self._panel.day(self.zero + relative)

    def _returns(self, window: Window) -> tuple[FloatArray, FloatArray]:
        first, last = self.zero + window[0], self.zero + window[1]
        rows = self._panel.rows
        return rows(self._panel.returns, first, last), rows(self._market, first, last)

    @cached_property
    def model(self) -> MarketModel:
        """The market model of every token."""
        return fit(*self._returns(self.choice.estimation))

    @cached_property
    def n_estimation(self) -> int:
        """Returns of the market on the estimation days."""
        return int(np.isfinite(self._returns(self.choice.estimation)[1]).sum())

    @cached_property
    def has_fit(self) -> BoolArray:
        """Which tokens have enough estimation returns, and move otherwise than the market does."""
        return (self.model.n >= self.choice.least) & (self.model.sigma > LEAST_SIGMA)

    @cached_property
    def results(self) -> tuple[Result, ...]:
        """Each window, in the order of the choice."""
        return tuple(self._result(window) for window in self.choice.windows)

    @cached_property
    def _calendar(self) -> Calendar:
        events = [self._panel.place(day) for day in self.events.values()]
        estimation = self.choice.estimation
        return Calendar(self._panel.returns, self._market, self.zero, events, estimation)

    def overlapping(self, window: Window) -> list[str]:
        """Other events whose day lies in a window, by day."""
        first, last = self.day(window[0]), self.day(window[1])
        others = sorted((day, name) for name, day in self.events.items() if name != self.event_id)
        return [name for day, name in others if first <= day <= last]

    @cached_property
    def has_pre_trend(self) -> bool | None:
        """Whether the tokens moved apart from the market in a window that ends before day 0.

        They did where its CAAR lies outside of 90 % of what is seen without an event, or where
        the adjusted test has p < 0.1. None where no such window could be computed.
        """
        before = [one for one in self.results if one.window[1] < 0 and one.status == COMPUTED]
        if not before:
            return None
        return any(one.is_outside or one.adjusted.p < PRE_TREND_P for one in before)

    def _lack(self, window: Window) -> tuple[str, str]:
        """Why a window cannot be computed for any token; nothing where it can."""
        market, known = self.choice.market, np.flatnonzero(np.isfinite(self._market))
        if not len(known):
            return NOT_COVERED, f"there are no two closes of {market} on days in a row"
        run = (
            f"closes of {market} run from {self._panel.day(int(known[0]) - 1)} "
            f"to {self._panel.day(int(known[-1]))}"
        )
        first, last = map(self.day, self.choice.estimation)
        begun, ended = (self.zero + day for day in self.choice.estimation)
        if known[0] > begun or known[-1] < ended:
            return NOT_COVERED, f"estimation from {first} to {last} is not inside; {run}"
        if self.n_estimation < self.choice.least:
            has = f"has {self.n_estimation} returns, {self.choice.least} are needed"
            return NOT_COVERED, f"estimation from {first} to {last} {has}; {run}"
        if not np.isfinite(self._returns(window)[1]).all():
            first, last = map(self.day, window)
            return NOT_COVERED, f"window from {first} to {last} is not inside; {run}"
        if not self.tokens:
            return NO_MEMBERS, "no day within 31 days before has members of the universe"
        return "", ""

    def left_out(self, window: Window) -> list[str]:
        """Why each token is in no figure of a window; empty for those that are."""
        first, last = self.choice.estimation
        missing = (~np.isfinite(self._returns(window)[0])).sum(axis=0)
        return [
            f"{n:.0f} of {last - first + 1} estimation returns"
            if n < self.choice.least
            else "does not move, or as the market does"
            if not is_fitted
            else (f"{lacking} returns of the window are missing" if lacking else "")
            for n, is_fitted, lacking in zip(self.model.n, self.has_fit, missing, strict=True)
        ]

    def _result(self, window: Window) -> Result:
        status, reason = self._lack(window)
        nothing = np.empty(0)
        if status:
            nobody = np.zeros(len(self.tokens), dtype=bool)
            return Result(window, status, reason, nobody, nothing, nothing)
        returns, market = self._returns(window)
        abnormal = self.model.abnormal(returns, market)
        inside = self.has_fit & np.isfinite(abnormal).all(axis=0)
        if not inside.any():
            days = np.flatnonzero(np.isfinite(self._panel.returns).any(axis=1))
            run = f"run to {self._panel.day(int(days[-1]))}" if len(days) else "are missing"
            reason = (
                f"none of {len(self.tokens)} tokens has {self.choice.least} estimation returns and "
                f"all of the window; their closes {run}"
            )
            return Result(window, NOT_COVERED, reason, inside, nothing, nothing)
        cars = abnormal[:, inside].sum(axis=0)
        model, n = self.model, len(cars)
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = cars / model.error(market)[inside]
        correlation = self._correlation(inside)
        standardised = event_tests.cross_sectional(scaled)
        held = np.exp(returns[:, inside].sum(axis=0)) - math.exp(market.sum())
        made = self._without_event(inside, market, window).sum(axis=1)
        low, high = np.quantile(made, [0.05, 0.95])
        left, right = event_tests.token_interval(
            cars, self.choice.draws, self._random("tokens", window)
        )
        return Result(
            *(window, COMPUTED, "", inside, cars, held),
            weighted=self._weighted(cars, inside, window),
            correlation=correlation,
            cross=event_tests.cross_sectional(cars),
            standardised=standardised,
            adjusted=event_tests.adjusted(standardised, n, correlation),
            rank=event_tests.rank(model.residuals[:, inside], abnormal[:, inside]),
            interval=(float(left), float(right)),
            without_event=(float(low), float(high)),
            placebo=self._calendar.compare(
                *(window, inside, float(cars.mean()), self.choice.least),
                self._random("placebo", window),
            ),
        )

    def _correlation(self, inside: BoolArray) -> float:
        """Mean correlation of residuals; most windows have the same tokens."""
        key = inside.tobytes()
        if key not in self._correlations:
            residuals = self.model.residuals[:, inside]
            self._correlations[key] = event_tests.mean_correlation(residuals)
        return self._correlations[key]

    def _random(self, what: str, window: Window) -> np.random.Generator:
        return generator(f"{self._stream}/{what}/{window[0]},{window[1]}", self.choice.seed)

    def _without_event(self, inside: BoolArray, ahead: FloatArray, window: Window) -> FloatArray:
        _, market = self._returns(self.choice.estimation)
        residuals = self.model.residuals[:, inside]
        random = self._random("without_event", window)
        return event_tests.without_event(residuals, market, ahead, self.choice.draws, random)

    def _weighted(self, cars: FloatArray, inside: BoolArray, window: Window) -> float:
        """CARs weighted by market cap at the close before the window; NaN where one is unknown."""
        before = self.zero + window[0] - 1
        weights = self._panel.rows(self._panel.caps, before, before)[0, inside]
        return float(weights @ cars / weights.sum())

    @cached_property
    def path(self) -> Path | None:
        """Every day that the windows span, as far as the market has returns around day 0.

        None where no token has them all.
        """
        if self._lack((0, 0))[0]:
            return None
        first, last = self.choice.span
        first, last = min(first, 0), max(last, 0)
        known = np.isfinite(self._returns((first, last))[1])
        gaps = [first + int(place) for place in np.flatnonzero(~known)]
        first = max([first, *(gap + 1 for gap in gaps if gap < 0)])
        last = min([last, *(gap - 1 for gap in gaps if gap > 0)])
        returns, market = self._returns((first, last))
        abnormal = self.model.abnormal(returns, market)
        inside = self.has_fit & np.isfinite(abnormal).all(axis=0)
        if not inside.any():
            return None
        aar = abnormal[:, inside].mean(axis=1)
        made = self._without_event(inside, market, (first, last))
        ranges = np.quantile(_from_eve(made.T, -first).T, [0.05, 0.25, 0.75, 0.95], axis=0)
        return Path(first, int(inside.sum()), aar, _from_eve(aar, -first), ranges)


def _from_eve(values: FloatArray, before: int) -> FloatArray:
    """Sums of daily values from the close before day 0, which stands ``before`` rows down.

    Onwards up to and with the day; backwards with the sign turned, so that the day before day 0
    is 0, as a price would be that starts there.
    """
    total = np.cumsum(values, axis=0)
    return total - (total[before - 1] if before else 0.0)
