-- description: Daily closes of every source side by side, and the one that counts (is_kept): of
-- CoinGecko, then imported, then bundled. A spike that is held (marts.token_close_spike_day) counts
-- nowhere; base_usd is the close that a spike is measured by. is_first_known: of those not held, the
-- one that was known first. One row per token, day and source.
-- grain: coin_id, price_date, source
-- incremental: price_date
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

spike as (
    select coin_id, price_date, source, base_usd, is_held from marts.token_close_spike_day
),

close_of_source as (
    select *, 'CoinGecko' as vendor, 'coingecko' as source, 1 as place from chart
    union all by name
    select *, 'import' as source, 2 as place from imported
    union all by name
    select *, 'bundled' as source, 3 as place from bundled
),

judged as (
    select
        close_of_source.*,
        spike.base_usd,
        spike.coin_id is not null as is_spike,
        coalesce(spike.is_held, false) as is_held
    from close_of_source
    left join spike using (coin_id, price_date, source)
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
