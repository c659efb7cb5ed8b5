"""Look: which tokens count and what waits, and what is estimated, from a warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import UsageError
from pipeline.ledger import Ledger
from pipeline.past import held

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import polars as pl

    from pipeline.entry import Membership
    from pipeline.job import Job
    from pipeline.warehouse import Warehouse


def waiting(job: Job) -> tuple[Membership, ...]:
    """The memberships that wait for a person."""
    return held(Ledger(job.settings.ledger))


_LAST_DAY = (
    "where (universe_id, price_date) in (select universe_id, max(price_date) "
    "from marts.universe_candidate_day group by universe_id)"
)


def universes(opened: Warehouse, name: str | None = None) -> dict[str, pl.DataFrame]:
    """What each universe counts on its last day: in all, what changed, and what is left out.

    With a name, only that universe, and each of its candidates.

    Raises:
        UsageError: there is no universe of that name.
    """
    queries = {
        "rules": "select universe_id, title, min_volume_usd, min_age_days, max_staleness_hours, "
        "string_agg(category_id || case tier when 'core' then '' else ' (not counted)' end, ', ' "
        "order by tier, category_id) as categories, "
        "(select count(*) from staging.universe__member as member "
        "where member.universe_id = universe__universe.universe_id) as n_named "
        "from staging.universe__universe left join staging.universe__category "
        "using (universe_id) group by all order by universe_id",
        "counted": "select universe_id, price_date, count(*) as n_candidates, "
        "count(*) filter (left_out_because is null) as n_counted, "
        "sum(market_cap_usd) filter (left_out_because is null) as market_cap_usd "
        f"from marts.universe_candidate_day {_LAST_DAY} group by all order by all",
        "changed": "select universe_id, coin_id, change, because "
        f"from marts.universe_change_day {_LAST_DAY} order by all",
        "left out": "select universe_id, left_out_because, count(*) as n_tokens "
        f"from marts.universe_candidate_day {_LAST_DAY} and left_out_because is not null "
        "group by all order by universe_id, n_tokens desc, left_out_because",
    }
    if name is not None:
        queries["candidates"] = (
            "select universe_id, coin_id, market_cap_usd, median_volume_30d_usd, age_days, "
            f"left_out_because from marts.universe_candidate_day {_LAST_DAY} "
            "order by left_out_because is not null, market_cap_usd desc nulls last, coin_id"
        )
    tables = {title: opened.query(sql) for title, sql in queries.items()}
    known = sorted(tables["counted"]["universe_id"])
    if name is None:
        return tables
    if name not in known:
        raise UsageError(
            f"{name}: no universe of that name has a day; there is {', '.join(known) or 'none yet'}"
        )
    return {title: rows.filter(rows["universe_id"] == name) for title, rows in tables.items()}


_ESTIMATES = {
    "demand": "select scenario_id, month_date, quantity, unit, p05, p50, p95, se_p50 "
    "from estimates.demand_month where month_date = ? order by all",
    "supply": "select scenario_id, month_date, demand_h100e_p50, fleet_quarter_end, "
    "fleet_age_days, fleet_h100e_bf16_dense_p05, fleet_h100e_bf16_dense_p50, "
    "fleet_h100e_bf16_dense_p95, "
    "demand_to_fleet_p05, demand_to_fleet_p50, demand_to_fleet_p95, gap_h100e_p50 "
    "from estimates.supply_gap_month where month_date = ? order by all",
    "training": "select scenario_id, case_id, quantity, unit, p05, p50, p95, se_p50 "
    "from estimates.training order by all",
    "breakeven": "select scenario_id, case_id, quantity, unit, p05, p50, p95, se_p50 "
    "from estimates.breakeven order by all",
    "overtaking": "select scenario_id, p05, p50, p95 from estimates.breakeven_date order by all",
}


def estimates(
    opened: Warehouse, scenarios: Sequence[str], month: date | None = None
) -> dict[str, pl.DataFrame]:
    """What scenarios demand in a month, and how that compares with the fleets known then.

    Args:
        opened: what is published, or a private file as of a moment.
        scenarios: ids of scenarios; none names all of them.
        month: the first day of a month; null is the first one of the scenarios.

    Raises:
        UsageError: there is no such scenario, or no estimate for the month.
    """
    known = opened.query("select scenario_id from estimates.scenario order by all").to_series()
    for name in scenarios:
        if name not in known:
            raise UsageError(f"{name}: no scenario of that name; there is {', '.join(known)}")
    span = opened.query(
        "select min(month_date) as first, max(month_date) as last from estimates.demand_month"
    ).row(0)
    wanted = month or span[0]
    if not span[0] <= wanted <= span[1]:
        raise UsageError(f"{wanted:%Y-%m}: estimates are from {span[0]:%Y-%m} to {span[1]:%Y-%m}")
    tables = {
        name: opened.query(sql.replace("?", f"date '{wanted}'")) for name, sql in _ESTIMATES.items()
    }
    if not scenarios:
        return tables
    return {
        name: rows.filter(rows["scenario_id"].is_in(list(scenarios)))
        for name, rows in tables.items()
    }
