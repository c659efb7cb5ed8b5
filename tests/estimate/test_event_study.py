"""Studies of events whose answer is known, and what must not move them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.estimate.event_panel import Panel, panel
from pipeline.estimate.event_result import COMPUTED, NO_MEMBERS, NOT_COVERED, Choice, Result
from pipeline.estimate.event_study import Study
from pipeline.estimate.market_model import fit
from tests.estimate.event_world import closes, day, world  # noqa: TID251 - its closes

TOKENS = [f"t{i}" for i in range(9)]
ZERO = 250
CHOICE = Choice(draws=200)


def study(made: Panel, choice: Choice = CHOICE, **events: date) -> Study:
    return Study(made, TOKENS, "it", {"it": day(ZERO), **events}, "u", choice)


def moved(made: Panel, rows: slice, by: float, *, market: bool = False) -> Panel:
    """The same world with other returns on some days, of the tokens or of the market."""
    returns = made.returns.copy()
    columns = [i for i, coin in enumerate(made.coins) if (coin == "bitcoin") == market]
    returns[rows, columns[0] : columns[-1] + 1] += by
    return replace(made, returns=returns)


def result(found: Study, window: tuple[int, int]) -> Result:
    return next(one for one in found.results if one.window == window)


@pytest.fixture(scope="module")
def made() -> Panel:
    return world(days=400)


def test_closes_become_returns_between_days_in_a_row() -> None:
    rows = closes({"a": [0.1, 0.2, 0.3], "b": [0.4, 0.4, 0.4]})
    found = panel(rows.filter((pl.col("coin_id") != "a") | (pl.col("price_date") != day(1))))
    assert (found.first, found.coins) == (day(0), ("a", "b"))
    expected = [[np.nan, np.nan], [np.nan, 0.4], [np.nan, 0.4], [0.3, 0.4]]
    assert found.returns == pytest.approx(np.array(expected), nan_ok=True)
    assert found.of(["b", "absent"]).returns[2] == pytest.approx([0.4, np.nan], nan_ok=True)
    assert panel(rows.clear()).coins == ()


@given(size=st.floats(-0.5, 0.5), at=st.integers(0, 10))
@settings(max_examples=20, deadline=None)
def test_a_planted_jump_comes_out(size: float, at: int) -> None:
    made = world(days=300)
    before, after = study(made), study(moved(made, slice(ZERO + at, ZERO + at + 1), size))
    for one, other in zip(before.results, after.results, strict=True):
        holds = one.window[0] <= at <= one.window[1]
        assert other.caar - one.caar == pytest.approx(size if holds else 0, abs=1e-12)


def test_a_token_that_is_the_market_has_no_abnormal_return(made: Panel) -> None:
    market = made.returns[1:, made.coins.index("bitcoin")]
    model = fit(market[:200, None], market[:200])
    assert model.beta == pytest.approx([1])
    assert model.abnormal(market[:, None], market) == pytest.approx(0, abs=1e-12)


def test_a_drift_that_was_there_before_is_not_of_the_event(made: Panel) -> None:
    plain, drifting = study(made), study(moved(made, slice(1, None), 0.01))
    for one, other in zip(plain.results, drifting.results, strict=True):
        assert other.cars == pytest.approx(one.cars)
        assert other.adjusted.statistic == pytest.approx(one.adjusted.statistic)
        assert other.rank.statistic == pytest.approx(one.rank.statistic)
    assert drifting.model.alpha == pytest.approx(plain.model.alpha + 0.01)


def test_the_currency_of_prices_does_not_matter() -> None:
    rows = closes({f"t{i}": world().returns[1:, i + 1] for i in range(3)})
    rows = pl.concat([rows, closes({"bitcoin": world().returns[1:, 0]})])
    other = rows.with_columns(pl.col("close_usd") * 7.3)
    found = [study(panel(each)).results[3] for each in (rows, other)]
    assert found[1].cars == pytest.approx(found[0].cars, abs=1e-12)


def test_the_model_does_not_look_ahead(made: Panel) -> None:
    plain = study(made)
    for market in (False, True):
        later = study(moved(made, slice(ZERO - 10, None), 0.3, market=market))
        assert later.model.alpha.tolist() == plain.model.alpha.tolist()
        assert later.model.beta.tolist() == plain.model.beta.tolist()
    # What comes after a window is not in it.
    after = study(moved(made, slice(ZERO + 5, None), 0.3))
    assert result(after, (0, 4)).cars.tolist() == result(plain, (0, 4)).cars.tolist()


def test_buying_and_holding_by_hand(made: Panel) -> None:
    one = result(study(made), (0, 4))
    prices = np.exp(np.nancumsum(made.returns, axis=0))
    held = prices[ZERO + 4] / prices[ZERO - 1] - 1
    place = list(made.coins).index("bitcoin")
    assert one.bhars == pytest.approx(np.delete(held, place) - held[place])


def test_weights_are_the_caps_before_the_window(made: Panel) -> None:
    one = result(study(made), (0, 4))
    caps = made.of(TOKENS).caps[ZERO - 1]
    assert one.weighted == pytest.approx(np.average(one.cars, weights=caps))
    unknown = made.caps.copy()
    unknown[ZERO - 1, made.coins.index("t0")] = np.nan
    assert np.isnan(result(study(replace(made, caps=unknown)), (0, 4)).weighted)


def test_standardised_by_hand(made: Panel) -> None:
    found = study(made)
    returns = made.of(TOKENS).returns
    market = made.of(["bitcoin"]).returns[:, 0]
    scaled = []
    for i in range(len(TOKENS)):
        model = fit(returns[ZERO - 120 : ZERO - 10, i : i + 1], market[ZERO - 120 : ZERO - 10])
        abnormal = model.abnormal(returns[ZERO : ZERO + 5, i : i + 1], market[ZERO : ZERO + 5])
        scaled.append(float(abnormal.sum() / model.error(market[ZERO : ZERO + 5])[0]))
    expected = np.mean(scaled) / np.std(scaled, ddof=1) * 3
    assert result(found, (0, 4)).standardised.statistic == pytest.approx(expected)


def test_a_token_without_enough_returns_is_left_out_by_name(made: Panel) -> None:
    returns = made.returns.copy()
    returns[ZERO - 120 : ZERO - 11 - 58, made.coins.index("t1")] = np.nan  # 59 are left
    returns[ZERO - 120 : ZERO - 11 - 59, made.coins.index("t2")] = np.nan  # 60 are left
    returns[ZERO + 3, made.coins.index("t3")] = np.nan
    found = study(replace(made, returns=returns))
    assert [one.inside.sum() for one in found.results] == [8, 8, 8, 8, 7, 7, 7]
    left = dict(zip(found.tokens, found.left_out((0, 4)), strict=True))
    assert {token: because for token, because in left.items() if because} == {
        "t1": "59 of 110 estimation returns",
        "t3": "1 returns of the window are missing",
    }
    assert found.path is not None
    assert found.path.n == 7


def test_the_path_starts_at_the_close_before(made: Panel) -> None:
    found = study(made)
    path = found.path
    assert path is not None
    assert (path.first, len(path.aar)) == (-10, 41)
    by_day = dict(zip(range(-10, 31), path.caar, strict=True))
    assert by_day[-1] == pytest.approx(0, abs=1e-15)
    assert by_day[4] == pytest.approx(result(found, (0, 4)).caar)
    # Backwards with the sign turned, less the first day, whose close is where the path begins.
    assert by_day[-10] == pytest.approx(-result(found, (-10, -1)).caar + path.aar[0])
    assert (np.diff(path.ranges, axis=0) >= 0).all()


@pytest.mark.parametrize(
    ("zero", "days", "computed"),
    [(250, 254, 5), (250, 249, 1), (120, 400, 0), (121, 400, 7), (500, 400, 0)],
)
def test_a_window_that_is_not_covered_says_so(zero: int, days: int, computed: int) -> None:
    found = Study(world(days=days), TOKENS, "it", {"it": day(zero)}, "u", CHOICE)
    assert sum(one.status == COMPUTED for one in found.results) == computed
    for one in found.results:
        if one.status != COMPUTED:
            assert one.status == NOT_COVERED
            assert f"closes of bitcoin run from {day(0)} to {day(days)}" in one.reason
            assert np.isnan(one.caar)


def test_an_event_without_members_or_closes_says_so(made: Panel) -> None:
    nobody = Study(made, [], "it", {"it": day(ZERO)}, "u", CHOICE)
    assert {one.status for one in nobody.results} == {NO_MEMBERS}
    assert nobody.path is None
    nothing = Study(panel(closes({"a": [0.1]}).clear()), ["a"], "it", {"it": day(0)}, "u", CHOICE)
    assert {one.status for one in nothing.results} == {NOT_COVERED}
    assert "no two closes of bitcoin" in nothing.results[0].reason
    other = study(made, replace(CHOICE, market="t0"))
    assert "t0" not in other.tokens
    assert result(other, (0, 4)).status == COMPUTED


def test_events_that_overlap_are_named(made: Panel) -> None:
    found = study(made, near=day(ZERO + 4), far=day(ZERO + 31), before=day(ZERO - 11))
    assert found.overlapping((0, 4)) == ["near"]
    assert found.overlapping((0, 3)) == []
    assert found.overlapping((-120, -11)) == ["before"]


def test_placebo_days_hold_no_day_after_an_event(made: Panel) -> None:
    # Of days 121 to 400, whose estimation days are inside; less [0, 10] of the event.
    assert result(study(made), (0, 0)).placebo.n == 400 - 121 + 1 - 11
    # The window of five days may not reach into the eleven: 11 + 4 fewer, and 4 at the end.
    assert result(study(made), (0, 4)).placebo.n == 400 - 121 + 1 - 4 - 15
    assert result(study(made, other=day(150)), (0, 4)).placebo.n == 400 - 121 + 1 - 4 - 2 * 15


def test_placebo_days_are_studied_as_the_event_is(made: Panel) -> None:
    # After the event without what it did, which would be in their estimation.
    returns = made.returns.copy()
    returns[ZERO : ZERO + 11] = np.nan
    without, choice = replace(made, returns=returns), replace(CHOICE, windows=((0, 4),))
    caars = [
        Study(panel, TOKENS, "it", {"it": day(zero)}, "u", choice).results[0].caar
        for panel, zeros in ((made, range(121, ZERO - 4)), (without, range(ZERO + 11, 397)))
        for zero in zeros
    ]
    one = result(study(made), (0, 4))
    k = sum(abs(caar) >= abs(one.caar) for caar in caars)
    assert one.placebo.n == len(caars)
    assert one.placebo.p == pytest.approx((1 + k) / (1 + len(caars)))


def test_placebo_days_know_nothing_of_the_event(made: Panel) -> None:
    # Neither what it did, nor its own days before it.
    before = result(study(made), (-10, -1)).placebo
    assert result(study(moved(made, slice(ZERO, ZERO + 1), 3)), (-10, -1)).placebo == before
    jumped = result(study(moved(made, slice(ZERO - 10, ZERO), 0.5)), (-10, -1)).placebo
    assert jumped.p == 1 / (1 + jumped.n)


@pytest.mark.parametrize("own", [0.0, 1.0])
def test_who_does_not_move_or_is_the_market_is_in_no_figure(made: Panel, own: float) -> None:
    # A token that stands still, or has bitcoin's returns, has no residuals to be tested by.
    column = made.returns[:, [made.coins.index("bitcoin")]] * own
    more = replace(
        made,
        coins=(*made.coins, "odd"),
        returns=np.hstack([made.returns, column]),
        caps=np.hstack([made.caps, np.ones_like(column)]),
    )
    found = Study(more, [*TOKENS, "odd"], "it", {"it": day(ZERO)}, "u", CHOICE)
    one, other = result(found, (0, 4)), result(study(made), (0, 4))
    assert one.adjusted.p == pytest.approx(other.adjusted.p)
    assert one.caar == pytest.approx(other.caar)
    assert found.left_out((0, 4))[-1] == "does not move, or as the market does"


def test_a_trend_before_the_event_is_seen(made: Panel) -> None:
    assert study(made).has_pre_trend is False
    assert study(moved(made, slice(ZERO - 10, ZERO), 0.05)).has_pre_trend is True
    assert study(made, replace(CHOICE, windows=((0, 4),))).has_pre_trend is None


def test_equal_seeds_give_equal_ranges_and_others_do_not(made: Panel) -> None:
    first, again = study(made).results[4], study(made).results[4]
    assert (first.interval, first.without_event) == (again.interval, again.without_event)
    other = study(made, replace(CHOICE, seed=1)).results[4]
    assert other.interval != first.interval
    assert other.caar == first.caar


def test_under_no_event_honest_tests_reject_one_time_in_twenty() -> None:
    # Nine tokens whose residuals correlate by 1/4, with fat tails: what the README tells of.
    choice = Choice(windows=((0, 4),), draws=200)
    p = []
    for seed in range(250):
        made = world(seed=seed, days=560)
        one = Study(made, TOKENS, "it", {"it": day(300)}, "u", choice).results[0]
        p.append([one.cross.p, one.standardised.p, one.adjusted.p, one.rank.p, one.placebo.p])
    plain, standardised, adjusted, rank, placebo = (np.array(p) <= 0.05).mean(axis=0)
    # 5 % of 250, give or take three standard errors.
    for honest in (adjusted, rank, placebo):
        assert honest == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / 250))
    assert min(plain, standardised) > 0.2
