-- description: Which tokens a universe counts on a day, on days for which it has data: every
-- day for compute-daily, the month starts for ai-17. One row per universe, day and token.
-- grain: universe_id, price_date, coin_id

with universe_member as (
    select universe_id, coin_id from staging.bundled__universe_member
),

token_day as (
    select coin_id, price_date, market_cap_usd from marts.token_day
),

token_month as (
    select coin_id, price_date, market_cap_usd from marts.token_month
),

market_cap as (
    select 'compute-daily' as universe_id, * from token_day
    union all
    select 'ai-17' as universe_id, * from token_month
),

day_with_data as (
    select distinct universe_id, price_date
    from universe_member
    inner join market_cap using (universe_id, coin_id)
),

universe_day as (
    select
        universe_member.universe_id,
        day_with_data.price_date,
        universe_member.coin_id,
        market_cap.market_cap_usd is not null as has_market_cap
    from universe_member
    inner join day_with_data using (universe_id)
    left join market_cap using (universe_id, price_date, coin_id)
)

select * from universe_day
