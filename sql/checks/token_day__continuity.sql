-- description: Prices of a source do not change their unit: on a day, at most 30 % of its tokens
-- (of at least 10) moved by over 50 % against the day before. One row per source and day on which
-- more did.
-- incremental: price_date
-- reach: 1 day back

with token_day as (
    select coin_id, price_date, source, close_usd from marts.token_day
),

moved as (
    select
        today.source,
        today.price_date,
        abs(today.close_usd / day_before.close_usd - 1) > 0.5 as is_large
    from token_day as today
    inner join token_day as day_before
        on day_before.coin_id = today.coin_id
        and day_before.source = today.source
        and day_before.price_date = today.price_date - 1
    where today.source in ('coingecko', 'import')
),

counted as (
    select source, price_date, count(*) as n_tokens, count(*) filter (is_large) as n_large
    from moved
    group by source, price_date
)

select * from counted where n_tokens >= 10 and n_large > 0.3 * n_tokens
