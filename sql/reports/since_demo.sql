-- description: Price changes from the close before the demo to the last close, tokens against BTC; null: not there yet. One row per report.
-- grain: last_date
-- sources: bundled, import, event
with demo as (
    select event_date, event_date - 1 as base_date from marts.event where event_id = 'sora-demo'
),

last_day as (
    select max(price_date) as last_date
    from marts.category_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
),

change as (
    select
        base.coin_id,
        base.name,
        base.market_cap_usd as base_cap_usd,
        universe_day.coin_id is not null as is_member,
        case
            when last_day.last_date > demo.base_date
                then last_close.close_usd / base.close_usd - 1
        end as change,
        week.close_usd / base.close_usd - 1 as week_change
    from demo
    cross join last_day
    inner join marts.token_day_from_files as base on base.price_date = demo.base_date
    inner join marts.token_day_from_files as last_close
        on last_close.coin_id = base.coin_id and last_close.price_date = last_day.last_date
    left join marts.token_day_from_files as week
        on week.coin_id = base.coin_id
        and week.price_date = demo.base_date + 7
        and week.price_date <= last_day.last_date
    left join marts.universe_day
        on universe_day.coin_id = base.coin_id
        and universe_day.price_date = demo.base_date
        and universe_day.universe_id = 'compute-daily'
),

btc as (select change, week_change from change where coin_id = 'bitcoin'),

summary as (
    select
        (select event_date from demo) as demo_date,
        (select base_date from demo) as base_date,
        (select base_date + 7 from demo) as week_date,
        (select last_date from last_day) as last_date,
        count(*) filter (is_member) as n_tokens,
        sum(base_cap_usd * change) filter (is_member) / sum(base_cap_usd) filter (is_member)
            as basket_change,
        sum(base_cap_usd * week_change) filter (is_member) / sum(base_cap_usd) filter (is_member)
            as basket_week_change,
        avg(change) filter (is_member) as equal_change,
        avg(week_change) filter (is_member) as equal_week_change,
        (select change from btc) as btc_change,
        (select week_change from btc) as btc_week_change,
        max(change) filter (coin_id = 'ethereum') as eth_change,
        count(*) filter (is_member and change > (select change from btc)) as n_above_btc,
        count(*) filter (is_member and week_change > (select week_change from btc)) as n_above_btc_week,
        max_by(name, change) filter (is_member) as best_name,
        max(change) filter (is_member) as best_change,
        min_by(name, change) filter (is_member) as worst_name,
        min(change) filter (is_member) as worst_change
    from change
)

select *, basket_change - btc_change as basket_over_btc
from summary
