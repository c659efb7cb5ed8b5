-- description: Tokens of a universe on its last day, largest first, with what else is known of them.
-- Fully diluted value: price times the largest supply that there can be, else the total one. Changes
-- are over exact calendar days, in the universe's own series, of members of both days; carried
-- prices do not count. Movers are ranked by the size of their change over seven days, those alone
-- whose volume over 30 days has a median of at least the universe's floor (100,000 USD where it sets
-- none). One row per universe and token.
-- grain: universe_id, coin_id
-- column price_date: The universe's last day.
-- column place: Rank by market cap, 1 for the largest; null: market cap unknown.
-- column place_30d_before: Rank by market cap 30 days before, among the members of that day.
-- column share: Share of the market caps that are known.
-- column volume_usd: Traded in the 24 hours up to the price.
-- column known_at: When the last of it was known.

with last_day as (
    select universe_id, max(price_date) as last_date
    from marts.category_day
    where member_sum_usd is not null
    group by universe_id
),

category_day as (
    select universe_id, price_date, known_at from marts.category_day
),

universe_token_day as (
    select universe_id, price_date, coin_id, price_usd, market_cap_usd, is_price_carried, volume_usd
    from marts.universe_token_day
    where is_member
),

universe as (
    select universe_id, min_volume_usd from staging.universe__universe
),

token_snapshot_day as (
    select coin_id, seen_date, circulating_supply, total_supply, max_supply
    from marts.token_snapshot_day
),

recent as (
    select
        token.universe_id,
        token.coin_id,
        token.market_cap_usd,
        token.volume_usd,
        case when not token.is_price_carried then token.price_usd end as price_usd,
        last_day.last_date - token.price_date as days_ago,
        rank() over (
            partition by token.universe_id, token.price_date
            order by token.market_cap_usd desc
        ) as place
    from universe_token_day as token
    inner join last_day
        on last_day.universe_id = token.universe_id
        and token.price_date between last_day.last_date - 30 and last_day.last_date
),

before as (
    select
        universe_id,
        coin_id,
        max(price_usd) filter (days_ago = 1) as price_1d_before,
        max(price_usd) filter (days_ago = 7) as price_7d_before,
        max(price_usd) filter (days_ago = 30) as price_30d_before,
        max(place) filter (days_ago = 30 and market_cap_usd is not null) as place_30d_before,
        median(volume_usd) filter (days_ago < 30) as median_volume_30d_usd
    from recent
    group by universe_id, coin_id
),

-- Only crawls say supplies, and only live universes rest on crawls.
supplied as (
    select
        universe.universe_id,
        snapshot.*,
        coalesce(snapshot.max_supply, snapshot.total_supply) as largest_supply
    from last_day
    inner join universe using (universe_id)
    inner join token_snapshot_day as snapshot on snapshot.seen_date = last_day.last_date
),

described as (
    select
        today.universe_id,
        last_day.last_date as price_date,
        case when today.market_cap_usd is not null then today.place end as place,
        before.place_30d_before,
        today.coin_id,
        today.price_usd,
        today.market_cap_usd,
        today.market_cap_usd / sum(today.market_cap_usd) over (
            partition by today.universe_id
            order by today.market_cap_usd desc nulls last, today.coin_id
            rows between unbounded preceding and unbounded following
        ) as share,
        today.price_usd * supplied.largest_supply as fully_diluted_value_usd,
        case
            when supplied.max_supply is not null then 'max'
            when supplied.total_supply is not null then 'total'
        end as diluted_by,
        supplied.circulating_supply / nullif(supplied.largest_supply, 0) as float_ratio,
        today.volume_usd,
        today.volume_usd / today.market_cap_usd as turnover,
        before.median_volume_30d_usd,
        today.price_usd / before.price_1d_before - 1 as change_1d,
        today.price_usd / before.price_7d_before - 1 as change_7d,
        today.price_usd / before.price_30d_before - 1 as change_30d,
        before.median_volume_30d_usd >= coalesce(universe.min_volume_usd, 100000) as is_liquid
    from (from recent where days_ago = 0) as today
    inner join last_day using (universe_id)
    inner join before using (universe_id, coin_id)
    left join universe using (universe_id)
    left join supplied
        on supplied.universe_id = today.universe_id
        and supplied.coin_id = today.coin_id
        and supplied.seen_date = last_day.last_date
),

universe_ranking as (
    select
        described.*,
        case
            when described.is_liquid and described.change_7d is not null
                then
                    rank() over (
                        partition by
                            described.universe_id,
                            described.is_liquid and described.change_7d is not null
                        order by abs(described.change_7d) desc
                    )
        end as mover_place_7d,
        category_day.known_at
    from described
    inner join category_day using (universe_id, price_date)
)

select * from universe_ranking
