-- description: Snapshots of tokens on the first day of a month, with the change since the
-- snapshot a month before. One row per token and snapshot day.
-- grain: coin_id, price_date

with token_monthly as (
    select
        coin_id,
        price_date,
        price_usd,
        market_cap_usd,
        circulating_supply,
        volume_usd,
        cmc_rank,
        known_at
    from staging.bundled__token_monthly
),

token as (
    select coin_id, symbol, name from marts.token
),

token_month as (
    select
        today.coin_id,
        token.symbol,
        token.name,
        today.price_date,
        today.price_usd,
        today.market_cap_usd,
        today.circulating_supply,
        today.volume_usd,
        today.cmc_rank,
        today.price_usd / month_before.price_usd - 1 as change_1m,
        today.known_at
    from token_monthly as today
    inner join token using (coin_id)
    left join token_monthly as month_before
        on month_before.coin_id = today.coin_id
        and month_before.price_date = today.price_date - interval 1 month
)

select * from token_month
