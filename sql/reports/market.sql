-- description: Size of the daily universe on its last day, and how it got there. One row per report.
-- grain: last_date
-- sources: bundled, import, event
with day as (
    select category_day.*
    from marts.category_day
    where universe_id = 'compute-daily'
        and price_date <= (select report_date from marts.build)
),

ends as (
    select
        min(price_date) as first_date,
        max(price_date) as last_date,
        max(price_date) filter (n_priced < n_members) as last_incomplete_date,
        count(*) filter (n_priced < n_members) as n_incomplete_days,
        count(*) as n_days,
        max_by(price_date, member_sum_usd) as peak_date,
        max(member_sum_usd) as peak_usd
    from day
),

demo as (select event_date as demo_date from marts.event where event_id = 'sora-demo'),

unknown as (
    select
        string_agg(distinct token_day.name, ', ' order by token_day.name) as names,
        count(distinct token_day.price_date) as n_days,
        max(token_day.price_date) as last_date,
        count(distinct token_day.price_date)
        = max(token_day.price_date) - (select first_date from ends) + 1 as is_from_the_start
    from marts.token_day_from_files as token_day
    inner join marts.universe_day using (coin_id, price_date)
    where universe_day.universe_id = 'compute-daily'
        and token_day.market_cap_usd is null
        and token_day.price_date <= (select last_date from ends)
)

select
    ends.*,
    demo.demo_date,
    latest.n_members,
    latest.n_priced,
    latest.member_sum_usd as cap_usd,
    before.member_sum_usd as cap_before_demo_usd,
    before.price_date as day_before_demo,
    latest.member_sum_usd::double / week.member_sum_usd - 1 as cap_change_7d,
    latest.member_sum_usd::double / month.member_sum_usd - 1 as cap_change_30d,
    latest.member_sum_usd::double / before.member_sum_usd - 1 as cap_change_since_demo,
    largest.name as first_name,
    breadth.largest_share as first_share,
    breadth.five_largest_share as five_share,
    breadth.effective_number,
    -- One of three sentences can be said: nothing is unknown, all up to a day is, or some days are.
    case when unknown.names is null then ends.n_days end as n_known_days,
    case when unknown.is_from_the_start then unknown.names end as unknown_to_names,
    case when unknown.is_from_the_start then unknown.last_date end as unknown_to_date,
    case when not unknown.is_from_the_start then unknown.names end as unknown_on_names,
    case when not unknown.is_from_the_start then unknown.n_days end as n_unknown_days
from ends
cross join demo
cross join unknown
left join day as latest on latest.price_date = ends.last_date
left join day as week on week.price_date = ends.last_date - 7
left join day as month on month.price_date = ends.last_date - 30
left join day as before on before.price_date = demo.demo_date - 1
left join marts.sector_breadth_day as breadth
    on breadth.universe_id = 'compute-daily' and breadth.price_date = ends.last_date
left join marts.token as largest on largest.coin_id = breadth.largest_coin_id
