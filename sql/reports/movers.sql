-- description: The largest moves over seven days in the sector of the daily brief, of tokens above its floor of volume, gains first. One row per token.
-- grain: coin_id
with mover as (
    select ranking.*
    from marts.brief_universe as chosen
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
