-- description: Whether a universe's market is a few names or everyone: concentration of the market
-- caps that are known (n_priced), how many members rose and fell since the day before, how many
-- stand above their price of 30 days before, what changed hands, and what share of all crypto it
-- is. Carried prices do not count. The equal-weighted index over the cap-weighted one says whether
-- small tokens did better. One row per universe and day on which a member's market cap is known.
-- grain: universe_id, price_date
-- column n_members: Members of the universe on the day.
-- column largest_share: Share of the largest member in the sum of the caps that are known.

with sector_count_day as (
    select * from marts.sector_count_day
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
        counted.universe_id,
        counted.price_date,
        counted.n_members,
        counted.n_priced,
        counted.hhi,
        1 / counted.hhi as effective_number,
        counted.largest_coin_id,
        counted.largest_share,
        counted.five_largest_share,
        counted.n_rising,
        counted.n_falling,
        counted.n_30d,
        counted.n_above_30d,
        spread.equal_over_cap_30d,
        counted.n_with_volume,
        counted.volume_usd / nullif(counted.traded_cap_usd, 0) as turnover,
        cast(category_day.member_sum_usd as double) / global_day.total_market_cap_usd
            as share_of_crypto,
        greatest(category_day.known_at, global_day.known_at) as known_at
    from sector_count_day as counted
    inner join category_day using (universe_id, price_date)
    left join spread using (universe_id, price_date)
    left join global_day using (price_date)
)

select * from sector_breadth_day
