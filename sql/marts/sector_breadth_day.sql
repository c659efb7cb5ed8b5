-- description: Whether a universe's market is a few names or everyone: concentration of the market
-- caps that are known (n_priced), how many members rose and fell since the day before, how many
-- stand above their price of 30 days before, what changed hands, and what share of all crypto it
-- is. Carried prices do not count. The equal-weighted index over the cap-weighted one says whether
-- small tokens did better. One row per universe and day on which a member's market cap is known.
-- grain: universe_id, price_date
-- column n_members: Members of the universe on the day.
-- column largest_share: Share of the largest member in the sum of the caps that are known.

with universe_token_day as (
    select
        universe_id,
        price_date,
        coin_id,
        case when not is_carried then price_usd end as price_usd,
        case when not was_carried then price_before_usd end as price_before_usd,
        market_cap_usd,
        volume_usd
    from marts.universe_token_day
    where is_member
),

sector_index_day as (
    select universe_id, price_date, base_date, index_cap_weighted, index_equal_weighted
    from marts.sector_index_day
),

category_day as (
    select universe_id, price_date, member_sum_usd, known_at from marts.category_day
),

global_day as (
    select seen_date as price_date, total_market_cap_usd, known_at from marts.global_day
),

compared as (
    select today.*, month_before.price_usd as price_30d_before_usd
    from universe_token_day as today
    left join universe_token_day as month_before
        on month_before.universe_id = today.universe_id
        and month_before.coin_id = today.coin_id
        and month_before.price_date = today.price_date - 30
),

-- Decimals, so that the order of addition does not show.
added as (
    select
        universe_id,
        price_date,
        count(*) as n_members,
        count(market_cap_usd) as n_priced,
        cast(sum(cast(market_cap_usd as decimal(38, 6))) as double) as cap,
        cast(sum(cast(market_cap_usd * market_cap_usd as decimal(38, 6))) as double) as squared,
        max(market_cap_usd, 5) as largest,
        max_by(coin_id, {'cap': market_cap_usd, 'coin_id': coin_id})
            filter (market_cap_usd is not null) as largest_coin_id,
        count(*) filter (price_usd > price_before_usd) as n_rising,
        count(*) filter (price_usd < price_before_usd) as n_falling,
        count(price_usd + price_30d_before_usd) as n_30d,
        count(*) filter (price_usd > price_30d_before_usd) as n_above_30d,
        count(volume_usd + market_cap_usd) as n_with_volume,
        cast(
            sum(cast(volume_usd as decimal(38, 6))) filter (market_cap_usd is not null) as double
        ) as volume,
        cast(
            sum(cast(market_cap_usd as decimal(38, 6))) filter (volume_usd is not null) as double
        ) as cap_with_volume
    from compared
    group by universe_id, price_date
),

spread as (
    select
        today.universe_id,
        today.price_date,
        today.index_equal_weighted / before.index_equal_weighted
        - today.index_cap_weighted / before.index_cap_weighted as equal_over_cap_30d
    from sector_index_day as today
    inner join sector_index_day as before
        on before.universe_id = today.universe_id
        and before.base_date = today.base_date
        and before.price_date = today.price_date - 30
),

sector_breadth_day as (
    select
        added.universe_id,
        added.price_date,
        added.n_members,
        added.n_priced,
        added.squared / (added.cap * added.cap) as hhi,
        added.cap * added.cap / added.squared as effective_number,
        added.largest_coin_id,
        added.largest[1] / added.cap as largest_share,
        list_sum(added.largest) / added.cap as five_largest_share,
        added.n_rising,
        added.n_falling,
        added.n_30d,
        added.n_above_30d,
        spread.equal_over_cap_30d,
        added.n_with_volume,
        added.volume / nullif(added.cap_with_volume, 0) as turnover,
        cast(category_day.member_sum_usd as double) / global_day.total_market_cap_usd
            as share_of_crypto,
        greatest(category_day.known_at, global_day.known_at) as known_at
    from added
    inner join category_day using (universe_id, price_date)
    left join spread using (universe_id, price_date)
    left join global_day using (price_date)
)

select * from sector_breadth_day
