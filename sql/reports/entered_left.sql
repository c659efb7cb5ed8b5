-- description: Tokens that the sector of the daily brief has counted since, or no longer counts, within the seven days up to its last one, the newest first. One row per day and token.
-- grain: price_date, coin_id
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
)

select
    changed.price_date,
    changed.coin_id,
    coalesce(token.name, changed.coin_id) as token,
    changed.change,
    -- What follows a reason says of which token or how much, and is the universe's own rule.
    case
        when starts_with(changed.because, 'excluded: ') then 'excluded by name'
        when starts_with(changed.because, 'twin of ') then 'twin of another token'
        when starts_with(changed.because, 'migrated into ') then 'exchanged for another token'
        when starts_with(changed.because, 'younger than ') then 'too young'
        when starts_with(changed.because, 'volume below ') then 'too little traded'
        else coalesce(changed.because, '')
    end as reason
from chosen
inner join marts.universe_change_day as changed
    on changed.universe_id = chosen.universe_id
    and changed.price_date between chosen.last_date - 6 and chosen.last_date
left join marts.token as token using (coin_id)
order by changed.price_date desc, changed.change, changed.coin_id
