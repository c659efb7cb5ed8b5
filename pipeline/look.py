"""Look: which tokens count and what waits, and what is estimated, from a warehouse."""

from __future__ import annotations

from datetime import timedelta
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
        "weight_limit, "
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
        "baskets": "select basket.universe_id, title, weight_limit, "
        "(select count(*) from staging.universe__basket_member as member "
        "where member.universe_id = basket.universe_id) as n_named, "
        "max(price_date) as price_date, max_by(n_members, price_date) as n_counted, "
        "max_by(member_sum_usd, price_date) as market_cap_usd "
        "from staging.universe__basket as basket left join marts.category_day "
        "using (universe_id) group by all order by universe_id",
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
    known = sorted([*tables["counted"]["universe_id"], *tables["baskets"]["universe_id"]])
    if name is None:
        return tables
    if name not in known:
        raise UsageError(
            f"{name}: no universe of that name has a day; there is {', '.join(known) or 'none yet'}"
        )
    return {title: rows.filter(rows["universe_id"] == name) for title, rows in tables.items()}


_CHANGES: dict[str, str] = {
    # The sum beside the indices: what it gained by supply and members is no growth of prices.
    "growth": "select universe_id, begun.price_date as first_date, ended.price_date as last_date, "
    + ", ".join(
        f"ended.index_{kind}_weighted / begun.index_{kind}_weighted - 1 as {kind}_weighted"
        for kind in ("cap", "limited_cap", "sqrt_cap", "equal")
    )
    + ", after.member_sum_usd::double / before.member_sum_usd - 1 as sum_of_caps "
    "from marts.sector_index_day as begun "
    "inner join marts.sector_index_day as ended using (universe_id, base_date) "
    "inner join marts.category_day as before using (universe_id) "
    "inner join marts.category_day as after using (universe_id) "
    "where universe_id = $name and begun.price_date = $first and ended.price_date = $last "
    "and before.price_date = $first and after.price_date = $last",
    "change": "select universe_id, $first as first_date, $last as last_date, count(*) as n_steps, "
    "sum(change_usd) as change_usd, sum(price_effect_usd) as price_effect_usd, "
    "sum(supply_effect_usd) as supply_effect_usd, sum(entries_usd) as entries_usd, "
    "sum(exits_usd) as exits_usd, sum(unsplit_usd) as unsplit_usd "
    "from marts.sector_change_day "
    "where universe_id = $name and price_date > $first and price_date <= $last group by all",
    "tokens": "with token as (select coin_id, price_date, price_usd, market_cap_usd "
    "from marts.universe_token_day where universe_id = $name and is_member) "
    "select coin_id, "
    # Who is not counted has nothing there; a market cap that is unknown is not nothing.
    "case when ended.coin_id is null then 0 else ended.market_cap_usd end "
    "- case when begun.coin_id is null then 0 else begun.market_cap_usd end as change_usd, "
    "begun.market_cap_usd as first_market_cap_usd, ended.market_cap_usd as last_market_cap_usd, "
    "ended.price_usd / begun.price_usd - 1 as price_change, "
    "case when begun.coin_id is null then 'entered' when ended.coin_id is null then 'left' end "
    "as membership from (from token where price_date = $first) as begun "
    "full join (from token where price_date = $last) as ended using (coin_id) "
    "order by abs(change_usd) desc nulls last, coin_id",
}


def changes(
    opened: Warehouse, name: str, first: date | None = None, last: date | None = None
) -> dict[str, pl.DataFrame]:
    """What moved a universe between two of its days: prices, supplies or members.

    ``growth``: of the indices and of the sum of market caps; ``change``: the parts of the sum's
    change, those of all steps added up, to the cent; ``tokens``: each token's part of it, null
    where its market cap is unknown on one of the two days.

    Args:
        opened: what is published, or a private file as of a moment.
        name: a universe that has an index.
        first: its day before the change; null is 30 days before the last, or its first.
        last: its last day; null is the last that it has.

    Raises:
        UsageError: there is no universe of that name, it has no figure on a day, or its chain
            of days is broken between the two.
    """
    every = opened.query("select distinct universe_id from marts.sector_index_day order by all")
    known = every.to_series().to_list()
    if name not in known:
        raise UsageError(
            f"{name}: no universe of that name has an index; there is "
            f"{', '.join(known) or 'none yet'}"
        )
    days = opened.query(
        f"select price_date, base_date from marts.sector_index_day where universe_id = '{name}' "
        "order by all"
    )
    based = dict(days.iter_rows())
    last = last or max(based)
    wanted = last - timedelta(days=30)
    first = first or max((day for day in based if day <= wanted), default=min(based))
    for day in (first, last):
        if day not in based:
            near = sorted(based, key=lambda one: abs((one - day).days))[:2]
            raise UsageError(
                f"{name}: has no figure on {day}; the nearest are of "
                f"{' and '.join(str(one) for one in sorted(near))}"
            )
    if first >= last:
        raise UsageError(f"{name}: {first} is not before {last}")
    if based[first] != based[last]:
        raise UsageError(f"{name}: its chain begins anew on {based[last]}; take a later first day")
    return {
        title: opened.query(
            sql.replace("$name", f"'{name}'")
            .replace("$first", f"date '{first}'")
            .replace("$last", f"date '{last}'")
        )
        for title, sql in _CHANGES.items()
    }


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
