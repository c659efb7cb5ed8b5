-- description: What moved the sum of a universe's market caps month by month: prices, supplies or
-- members, beside the growth of the index. One row per universe and month.
-- grain: universe_id, month
select
    change.universe_id,
    date_trunc('month', change.price_date) as month,
    sum(change.change_usd) / 1e6 as change_usd_m,
    sum(change.price_effect_usd) / 1e6 as price_usd_m,
    sum(change.supply_effect_usd) / 1e6 as supply_usd_m,
    sum(change.entries_usd - change.exits_usd) / 1e6 as members_usd_m,
    sum(change.unsplit_usd) / 1e6 as not_split_usd_m,
    exp(sum(ln(step.growth_cap_weighted))) - 1 as index_growth
from marts.sector_change_day as change
inner join marts.sector_step_day as step using (universe_id, price_date)
-- Month starts tell of the month before.
where change.universe_id <> 'ai-17'
group by all
order by change.universe_id, month
