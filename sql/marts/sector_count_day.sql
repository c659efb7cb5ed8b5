-- description: Counts and sums over the members of a universe on a day: what
-- marts.sector_breadth_day makes shares of. Carried prices do not count. One row per universe and
-- day on which a member's market cap is known.
-- grain: universe_id, price_date
-- incremental: price_date
-- reach: 30 days back
-- column n_members: Members of the universe on the day.

with universe_token_day as (
    select
        universe_id,
        price_date,
        coin_id,
        case when not is_price_carried then price_usd end as price_usd,
        case when not was_price_carried then price_before_usd end as price_before_usd,
        market_cap_usd,
        volume_usd
    from marts.universe_token_day
    where is_member
),

compared as materialized (
    select today.*, month_before.price_usd as price_30d_before_usd
    from universe_token_day as today
    left join universe_token_day as month_before
        on month_before.universe_id = today.universe_id
        and month_before.coin_id = today.coin_id
        and month_before.price_date = today.price_date - 30
),

-- Decimals, so that the order of addition does not show.
counted as (
    select
        universe_id,
        price_date,
        count(*) as n_members,
        count(market_cap_usd) as n_priced,
        max(market_cap_usd, 5) as largest_caps_usd,
        max_by(coin_id, {'cap': market_cap_usd, 'coin_id': coin_id})
            filter (market_cap_usd is not null) as largest_coin_id,
        count(*) filter (price_usd > price_before_usd) as n_rising,
        count(*) filter (price_usd < price_before_usd) as n_falling,
        count(price_usd + price_30d_before_usd) as n_30d,
        count(*) filter (price_usd > price_30d_before_usd) as n_above_30d,
        count(volume_usd + market_cap_usd) as n_with_volume,
        cast(
            sum(cast(volume_usd as decimal(38, 6))) filter (market_cap_usd is not null) as double
        ) as volume_usd,
        cast(
            sum(cast(market_cap_usd as decimal(38, 6))) filter (volume_usd is not null) as double
        ) as traded_cap_usd
    from compared
    group by universe_id, price_date
),

-- Over the largest, so that no market cap is too large or too small to be squared.
concentrated as (
    select
        compared.universe_id,
        compared.price_date,
        cast(
            sum(cast(compared.market_cap_usd / counted.largest_caps_usd[1] as decimal(38, 18)))
            as double
        ) as added,
        cast(
            sum(
                cast(
                    pow(compared.market_cap_usd / counted.largest_caps_usd[1], 2) as decimal(38, 18)
                )
            )
            as double
        ) as squared
    from compared
    inner join counted using (universe_id, price_date)
    group by compared.universe_id, compared.price_date
),

sector_count_day as (
    select
        counted.* exclude (largest_caps_usd),
        concentrated.squared / pow(concentrated.added, 2) as hhi,
        1 / concentrated.added as largest_share,
        list_sum(
            list_transform(
                counted.largest_caps_usd, lambda cap: cap / counted.largest_caps_usd[1]
            )
        ) / concentrated.added as five_largest_share
    from counted
    inner join concentrated using (universe_id, price_date)
)

select * from sector_count_day
