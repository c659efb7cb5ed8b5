-- description: What moved the sum of the bundled universes over some periods: prices, supplies or members, and the index beside the sum. One row per universe and period.
-- grain: place
-- sources: bundled, import
with day as (
    select universe_id, price_date, member_sum_usd
    from marts.category_day
    where universe_id in ('compute-daily', 'ai-17')
        and member_sum_usd is not null
        and price_date <= (select report_date from marts.build)
),

ends as (
    select universe_id, min(price_date) as first_date, max(price_date) as last_date
    from day
    group by universe_id
),

demo as (select event_date - 1 as eve_date from marts.event where event_id = 'sora-demo'),

wanted as (
    select 1 as place, universe_id, last_date - 7 as begun_date, last_date from ends
    where universe_id = 'compute-daily'
    union all
    select 2, universe_id, last_date - 30, last_date from ends where universe_id = 'compute-daily'
    union all
    select 3, universe_id, demo.eve_date, last_date from ends cross join demo
    where universe_id = 'compute-daily'
    union all
    select 4, universe_id, first_date, last_date from ends where universe_id = 'compute-daily'
    union all
    select 5, universe_id, (last_date - interval 1 month)::date, last_date from ends
    where universe_id = 'ai-17'
),

parts as (
    select
        wanted.place,
        sum(change.change_usd) as change_usd,
        sum(change.price_effect_usd) as price_effect_usd,
        sum(change.supply_effect_usd) as supply_effect_usd,
        sum(change.entries_usd - change.exits_usd) as membership_usd,
        sum(change.unsplit_usd) as unsplit_usd
    from wanted
    inner join marts.sector_change_day as change
        on change.universe_id = wanted.universe_id
        and change.price_date > wanted.begun_date
        and change.price_date <= wanted.last_date
    group by wanted.place
)

select
    wanted.place,
    wanted.universe_id,
    wanted.begun_date,
    wanted.last_date,
    parts.change_usd,
    parts.price_effect_usd,
    parts.supply_effect_usd,
    parts.membership_usd,
    parts.unsplit_usd,
    ended_sum.member_sum_usd::double / begun_sum.member_sum_usd - 1 as sum_change,
    ended.index_cap_weighted / begun.index_cap_weighted - 1 as cap_weighted_change,
    ended.index_limited_cap_weighted / begun.index_limited_cap_weighted - 1 as limited_change,
    ended.index_equal_weighted / begun.index_equal_weighted - 1 as equal_weighted_change
from wanted
inner join parts using (place)
inner join day as begun_sum
    on begun_sum.universe_id = wanted.universe_id and begun_sum.price_date = wanted.begun_date
inner join day as ended_sum
    on ended_sum.universe_id = wanted.universe_id and ended_sum.price_date = wanted.last_date
inner join marts.sector_index_day as begun
    on begun.universe_id = wanted.universe_id and begun.price_date = wanted.begun_date
inner join marts.sector_index_day as ended
    on ended.universe_id = wanted.universe_id
    and ended.price_date = wanted.last_date
    and ended.base_date = begun.base_date
order by wanted.place
