-- description: The largest moves over seven days in the sector of the daily brief, of tokens above its floor of volume, gains first. One row per token.
-- grain: coin_id
with chosen as (
    -- The live sector where its last day is the newer one, else the daily universe of files.
    select universe_id, max(price_date) as last_date
    from marts.category_day
    where universe_id in ('ai-sector', 'compute-daily')
        and member_sum_usd is not null
        and price_date <= (select report_date from marts.build)
    group by universe_id
    order by last_date desc, universe_id
    limit 1
),

mover as (
    select ranking.*
    from chosen
    inner join marts.universe_ranking as ranking
        on ranking.universe_id = chosen.universe_id and ranking.price_date = chosen.last_date
    where ranking.is_liquid and ranking.change_7d is not null
    order by ranking.mover_place_7d nulls last
    limit 10
)

select
    mover.coin_id,
    coalesce(token.name || ' (' || token.symbol || ')', mover.coin_id) as token,
    mover.change_1d,
    mover.change_7d,
    mover.change_30d,
    mover.market_cap_usd,
    mover.place,
    mover.median_volume_30d_usd,
    mover.turnover
from mover
left join marts.token as token using (coin_id)
order by mover.change_7d desc, mover.coin_id
