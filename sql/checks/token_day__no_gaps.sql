-- description: A bundled series has every calendar day between its first and its last, from
-- whatever source counts on that day; what is missing from live series stands in marts.gap. One
-- row per token with a gap.

with token_daily as (
    select coin_id, price_date from staging.bundled__token_daily
),

token_day as (
    select coin_id, price_date from marts.token_day
),

span as (
    select
        coin_id,
        min(price_date) as first_date,
        max(price_date) as last_date,
        max(price_date) - min(price_date) + 1 as n_expected
    from token_daily
    group by coin_id
),

counted as (
    select
        span.coin_id,
        span.first_date,
        span.last_date,
        span.n_expected,
        count(token_day.coin_id) as n_days
    from span
    left join token_day
        on token_day.coin_id = span.coin_id
        and token_day.price_date between span.first_date and span.last_date
    group by span.coin_id, span.first_date, span.last_date, span.n_expected
)

select * from counted where n_days <> n_expected
