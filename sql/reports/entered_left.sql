-- description: Tokens that the sector of the daily brief has counted since, or no longer counts, within the seven days up to its last one, the newest first. One row per day and token.
-- grain: price_date, coin_id
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
from marts.brief_universe as chosen
inner join marts.universe_change_day as changed
    on changed.universe_id = chosen.universe_id
    and changed.price_date between chosen.last_date - 6 and chosen.last_date
left join marts.token as token using (coin_id)
order by changed.price_date desc, changed.change, changed.coin_id
