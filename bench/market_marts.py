"""All market marts at 2,000 tokens x 5 years: made whole, and for one more day.

A scratch database gets closes and crawls of random walks with gaps, and the tables that the marts
of sectors, rankings and risk rest on. Then each of those marts is made by its own file: as a whole
and, where it has days, for the last day alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date, timedelta

import duckdb

from pipeline import blank, transform
from pipeline.days import Days
from pipeline.model import Model, models, ordered
from pipeline.resources import SQL

FIRST = date(2021, 11, 28)
# What they rest on: prices, caps and members by day.
GROUND = (
    *("token_close_day", "token_day", "token_snapshot_day", "token", "crawl_day"),
    *("universe_day", "category_sum_day", "category_day", "benchmark", "benchmark_step_day"),
)
MARKET = (
    *("universe_token_day", "sector_step_day", "sector_index_day", "sector_change_day"),
    *("sector_count_day", "sector_breadth_day", "universe_ranking"),
    *("token_risk", "token_comovement", "sector_risk_day", "sector_comovement_day"),
)
FILL = (
    """
    create temp table walk as
    select
        case coin when 0 then 'bitcoin' when 1 then 'ethereum' else format('coin-{{:05}}', coin) end
            as coin_id,
        date '{first}' + cast(day as integer) as price_date,
        (1 + coin % 7) * exp(
            sum(0.05 * (hash(coin * 100003 + day) % 20001 / 10000.0 - 1)) over (
                partition by coin
                order by day
            )
        ) as price_usd,
        price_usd * 1e6 * (1 + coin % 911) * (1 + day / 3000.0) as market_cap_usd,
        market_cap_usd * 0.05 as volume_usd
    from range({tokens}) as coins (coin)
    cross join range({days}) as days (day)
    """,
    # Half a per cent of the days are without a price.
    """
    update walk
    set price_usd = null, market_cap_usd = null
    where hash(coin_id, price_date) % 1000 < 5 and coin_id like 'coin-%'
    """,
    """
    insert into staging.coingecko__market by name
    select
        * exclude (volume_usd, price_date), 'ai' as category_id, coin_id as symbol,
        coin_id as name, price_date as seen_date, volume_usd as volume_24h_usd,
        market_cap_usd / price_usd as circulating_supply, 2 * circulating_supply as max_supply,
        price_date + interval 1 hour as last_updated_at,
        price_date + interval 70 minute as known_at
    from walk
    where price_usd is not null
    """,
    """
    insert into staging.coingecko__chart by name
    select
        * exclude (price_usd), price_usd as close_usd,
        price_date + interval 25 hour as known_at
    from walk
    where price_usd is not null
    """,
    """
    insert into staging.universe__universe by name
    select 'ai-sector' as universe_id, 'AI' as title, 0 as min_volume_usd
    """,
    """
    insert into marts.universe_candidate_day by name
    select
        'ai-sector' as universe_id, price_date, coin_id, price_usd is not null as is_seen,
        case when price_usd is null then 'market cap unknown' end as left_out_because
    from walk
    where coin_id like 'coin-%'
    """,
)


def main() -> int:
    """Print seconds per mart, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, default=2000)
    parser.add_argument("--days", type=int, default=1826)
    options = parser.parse_args()
    connection, raw = _tables()
    for statement in FILL:
        connection.execute(
            statement.format(first=FIRST, tokens=options.tokens, days=options.days)
            if "{" in statement
            else statement
        )
    connection.execute("drop table walk")
    every = ordered(models([SQL], ["staging", "marts"]), raw)
    dated = {model.name: model.dated_by for model in every if model.dated_by is not None}
    last = Days.of([FIRST + timedelta(days=options.days - 1)])
    whole = more = 0.0
    for model in every:
        name = model.name.partition(".")[2]
        if name in GROUND:
            _made(connection, model)
        if name not in MARKET or not model.name.startswith("marts."):
            continue
        seconds = _made(connection, model)
        day = _made(connection, model, last, dated) if model.name in dated else seconds
        whole, more = whole + seconds, more + day
        rows = connection.execute(f"select count(*) from {model.name}").fetchall()[0][0]
        print(f"  {model.name:<28} {rows:>10,} rows {seconds:6.2f} s, a day more {day:6.3f} s")
    print(
        f"market marts of {options.tokens:,} tokens x {options.days:,} days: {whole:.2f} s whole, "
        f"{more:.2f} s for a day more"
    )
    return 0


def _tables() -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """All tables without rows in a database that may take all memory; the raw ones by name."""
    shape = blank.made([SQL])
    connection = duckdb.connect()
    connection.execute("set threads = 2; set preserve_insertion_order = false")
    raw = []
    for schema, table in shape.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where schema_name in ('raw', 'staging', 'marts')"
    ).fetchall():
        columns = shape.execute(f"describe {schema}.{table}").fetchall()
        listed = ", ".join(f'"{name}" {kind}' for name, kind, *_ in columns)
        connection.execute(f"create schema if not exists {schema}")
        connection.execute(f"create table {schema}.{table} ({listed})")
        if schema == "raw":
            raw.append(f"raw.{table}")
    shape.close()
    return connection, raw


def _made(
    connection: duckdb.DuckDBPyConnection,
    model: Model,
    days: Days | None = None,
    dated: dict[str, str] | None = None,
) -> float:
    """Make a table whole, or find its rows of some days; the seconds of it."""
    started = time.perf_counter()
    if days is None:
        connection.execute(f"create or replace table {model.name} as select * from ({model.sql})")
    else:
        sql = transform.narrowed(connection, model, days, dated or {})
        connection.execute(
            f"create or replace temp table one_day as select * from ({sql}\n) "
            f"where {days.condition(str(model.dated_by))}"
        )
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
