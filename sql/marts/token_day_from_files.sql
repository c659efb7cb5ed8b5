-- description: Daily closes, market caps and volumes of tokens from files alone, imported before
-- bundled, without closes that are held as spikes, with the change over exact calendar days: what
-- the bundled universe rests on. Live closes of the same days change nothing here. One row per
-- token and day.
-- grain: coin_id, price_date

with token_close_day as (
    select
        coin_id,
        price_date,
        close_usd,
        market_cap_usd,
        volume_usd,
        vendor,
        known_at,
        source
    from marts.token_close_day
    where source in ('bundled', 'import') and not is_held
),

token as (
    select coin_id, symbol, name from marts.token
),

kept as (
    select *
    from token_close_day
    qualify row_number() over (
        partition by coin_id, price_date
        order by source = 'bundled'
    ) = 1
),

token_day_from_files as (
    select
        today.coin_id,
        token.symbol,
        token.name,
        today.price_date,
        today.close_usd,
        today.market_cap_usd,
        today.volume_usd,
        today.close_usd / day_before.close_usd - 1 as change_1d,
        today.close_usd / week_before.close_usd - 1 as change_7d,
        today.close_usd / month_before.close_usd - 1 as change_30d,
        today.vendor,
        today.known_at,
        today.source
    from kept as today
    inner join token using (coin_id)
    left join kept as day_before
        on day_before.coin_id = today.coin_id and day_before.price_date = today.price_date - 1
    left join kept as week_before
        on week_before.coin_id = today.coin_id and week_before.price_date = today.price_date - 7
    left join kept as month_before
        on month_before.coin_id = today.coin_id and month_before.price_date = today.price_date - 30
)

select * from token_day_from_files
