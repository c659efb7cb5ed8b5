-- description: Tokens that the warehouse has prices of, under the names that they go by in the
-- bundled edition, else those that they were seen with last, cut to 64 graphemes (in full they
-- stand in the snapshots). One row per token.
-- grain: coin_id

with token_daily as (
    select coin_id, symbol, price_date from staging.bundled__token_daily
),

token_monthly as (
    select coin_id, symbol, name, price_date from staging.bundled__token_monthly
),

imported as (
    select coin_id, price_date from staging.import__token_daily
),

chart as (
    select coin_id, price_date from staging.coingecko__chart
),

token_snapshot_day as (
    select coin_id, symbol, name, seen_date from marts.token_snapshot_day
),

benchmark as (
    select benchmark_id from marts.benchmark where kind = 'coin'
),

named as (
    select coin_id, symbol, null as name, price_date, true as is_bundled from token_daily
    union all
    select coin_id, symbol, name, price_date, true from token_monthly
    union all
    select coin_id, null, null, price_date, false from imported
    union all
    select coin_id, null, null, price_date, false from chart
    union all
    -- CoinGecko spells symbols small, unlike all others.
    select coin_id, upper(symbol), name, seen_date, false from token_snapshot_day
),

-- What is bundled keeps its names, so that a report of the edition reads as it did.
called as (
    select
        coin_id,
        -- What only a series of closes is known of goes by its id.
        coalesce(
            arg_max(symbol, price_date) filter (where is_bundled),
            arg_max(symbol, price_date),
            coin_id
        ) as symbol,
        -- Daily series carry no names; a token without one goes by its symbol.
        coalesce(
            arg_max(name, price_date) filter (where is_bundled),
            arg_max(symbol, price_date) filter (where is_bundled),
            arg_max(name, price_date),
            arg_max(symbol, price_date),
            coin_id
        ) as full_name,
        min(price_date) as first_price_date,
        max(price_date) as last_price_date
    from named
    group by coin_id
),

token as (
    select
        coin_id,
        symbol,
        case
            when length_grapheme(full_name) > 64 then left_grapheme(full_name, 63) || '…'
            else full_name
        end as name,
        -- The yardsticks that AI tokens are compared with.
        coin_id in (select benchmark.benchmark_id from benchmark) as is_benchmark,
        first_price_date,
        last_price_date
    from called
)

select * from token
