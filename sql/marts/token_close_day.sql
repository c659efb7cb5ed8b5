-- description: Daily closes of every source side by side, and the one that counts (is_kept): of
-- CoinGecko, then imported, then bundled. A close over 1,000 times or under 1/1,000 of the one
-- before is a spike; it is held, and counts nowhere, until the next close is within a factor of 10
-- of it. is_first_known: of those not held, the one that was known first. One row per token, day
-- and source.
-- grain: coin_id, price_date, source
-- column is_held: Whether the close is a spike that the next close has not confirmed, so that it
-- counts nowhere.

with chart as (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, known_at
    from staging.coingecko__chart
),

imported as (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, vendor, known_at
    from staging.import__token_daily
),

bundled as (
    select coin_id, price_date, close_usd, market_cap_usd, volume_usd, vendor, known_at
    from staging.bundled__token_daily
),

close_of_source as (
    select *, 'CoinGecko' as vendor, 'coingecko' as source, 1 as place from chart
    union all by name
    select *, 'import' as source, 2 as place from imported
    union all by name
    select *, 'bundled' as source, 3 as place from bundled
),

with_neighbours as (
    select
        *,
        lag(close_usd) over series as close_before_usd,
        coalesce(lead(close_usd) over series / close_usd between 0.1 and 10, false) as is_followed
    from close_of_source
    window series as (partition by coin_id, source order by price_date)
),

-- What is no spike against its neighbours is what the others are measured by: else the return
-- from a spike would be one, too.
with_base as (
    select
        *,
        last_value(
            case
                when
                    is_followed
                    or coalesce(close_usd / close_before_usd between 1e-3 and 1e3, true)
                    then close_usd
            end
            ignore nulls
        ) over (
            partition by coin_id, source
            order by price_date
            rows between unbounded preceding and 1 preceding
        ) as base_usd
    from with_neighbours
),

judged as (
    select
        *,
        coalesce(close_usd / base_usd not between 1e-3 and 1e3, false) as is_spike,
        is_spike and not is_followed as is_held
    from with_base
),

token_close_day as (
    select
        coin_id,
        price_date,
        source,
        close_usd,
        market_cap_usd,
        volume_usd,
        vendor,
        base_usd,
        is_spike,
        is_held,
        not is_held and row_number() over (
            partition by coin_id, price_date
            order by is_held, place
        ) = 1 as is_kept,
        not is_held and row_number() over (
            partition by coin_id, price_date
            order by is_held, known_at, place desc
        ) = 1 as is_first_known,
        known_at
    from judged
)

select * from token_close_day
