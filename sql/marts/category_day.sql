-- description: Market cap of a universe as the sum over the members whose cap is known; a sum
-- of the whole universe only where n_priced equals n_members. One row per universe and day.
-- grain: universe_id, price_date

with universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
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

category_day as (
    select
        universe_day.universe_id,
        universe_day.price_date,
        -- Null, not zero, where no member's cap is known. Decimal, so that the order of
        -- addition does not show.
        cast(
            sum(cast(market_cap.market_cap_usd as decimal(38, 2))) as decimal(38, 2)
        ) as member_sum_usd,
        count(*) as n_members,
        count(market_cap.market_cap_usd) as n_priced
    from universe_day
    left join market_cap using (universe_id, price_date, coin_id)
    group by universe_day.universe_id, universe_day.price_date
)

select * from category_day
