-- description: A daily series has every calendar day between its first and its last. One row per
-- token with a gap.

with token_day as (
    select coin_id, price_date from marts.token_day
),

span as (
    select
        coin_id,
        min(price_date) as first_date,
        max(price_date) as last_date,
        count(*) as n_days,
        max(price_date) - min(price_date) + 1 as n_expected
    from token_day
    group by coin_id
)

select * from span where n_days <> n_expected
