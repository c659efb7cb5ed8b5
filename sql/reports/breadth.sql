-- description: Breadth and concentration of the daily universe on its last day, and what its sum gained beyond its prices since its first one. One row per report.
-- grain: price_date
-- sources: bundled, import
with last_day as (
    select max(price_date) as last_date
    from marts.sector_index_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
),

whole as (
    select
        min(price_date) as first_date,
        min_by(member_sum_usd, price_date)::double as first_usd,
        max_by(member_sum_usd, price_date)::double as last_usd
    from marts.category_day
    where universe_id = 'compute-daily'
        and member_sum_usd is not null
        and price_date <= (select last_date from last_day)
),

level as (
    select index_cap_weighted / 100 - 1 as index_change, base_date
    from marts.sector_index_day
    where universe_id = 'compute-daily' and price_date = (select last_date from last_day)
)

select
    breadth.price_date,
    breadth.n_members,
    breadth.hhi,
    breadth.effective_number,
    breadth.five_largest_share,
    breadth.n_rising,
    breadth.n_falling,
    case
        when breadth.n_30d > 0
            then breadth.n_above_30d || ' of ' || breadth.n_30d
                || ' tokens stood above their price of 30 days before'
        else 'no token had a price of 30 days before'
    end as above_note,
    breadth.equal_over_cap_30d,
    breadth.turnover,
    level.base_date,
    level.index_change,
    whole.last_usd / whole.first_usd - 1 as sum_change
from marts.sector_breadth_day as breadth
cross join whole
cross join level
where breadth.universe_id = 'compute-daily' and breadth.price_date = (select last_date from last_day)
