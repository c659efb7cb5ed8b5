-- description: Change of a universe's closes over seven calendar days, weighted by the market
-- caps of seven days before and equally, beside bitcoin's; closes and caps as they were known
-- first. Only members with both closes and that cap count. One row per universe and day.
-- grain: universe_id, price_date
-- column n_tokens: Members that count: with both closes, and with a market cap seven days before.

with universe_day as (
    select universe_id, price_date, coin_id from marts.universe_day
),

token_day as (
    select coin_id, price_date, market_cap_usd, change_7d, known_at
    from marts.token_day_first_known
),

member_change as (
    select
        universe_day.universe_id,
        today.price_date,
        today.change_7d,
        week_before.market_cap_usd as weight_usd,
        today.known_at
    from universe_day
    inner join token_day as today using (coin_id, price_date)
    inner join token_day as week_before
        on week_before.coin_id = today.coin_id
        and week_before.price_date = today.price_date - 7
    where today.change_7d is not null and week_before.market_cap_usd is not null
),

bitcoin as (
    select price_date, change_7d from token_day where coin_id = 'bitcoin'
),

basket as (
    select
        universe_id,
        price_date,
        -- Decimals, so that the order of addition does not show.
        cast(sum(cast(weight_usd * change_7d as decimal(38, 2))) as double)
        / cast(sum(cast(weight_usd as decimal(38, 2))) as double) as change_7d_cap_weighted,
        cast(sum(cast(change_7d as decimal(38, 12))) as double)
        / count(*) as change_7d_equal_weighted,
        count(*) as n_tokens,
        max(known_at) as known_at
    from member_change
    group by universe_id, price_date
),

basket_change_7d as (
    select
        basket.universe_id,
        basket.price_date,
        basket.change_7d_cap_weighted,
        basket.change_7d_equal_weighted,
        bitcoin.change_7d as change_7d_bitcoin,
        basket.n_tokens,
        basket.known_at
    from basket
    left join bitcoin using (price_date)
)

select * from basket_change_7d
