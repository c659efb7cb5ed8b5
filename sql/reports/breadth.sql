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

-- From where on concentration is worth a sentence; of the index the yardstick of the merger
-- guidelines of the United States (2023).
rule as (select 0.5::double as least_share, 0.18::double as least_hhi),

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
    month.price_date as date_30d_before,
    month.hhi as hhi_30d_before,
    breadth.hhi - month.hhi as hhi_change_30d,
    month.effective_number as effective_number_30d_before,
    largest.name as first_name,
    breadth.largest_share as first_share,
    -- Rules of findings: null where they do not hold.
    rule.*,
    case when breadth.largest_share > rule.least_share then breadth.largest_share end
        as first_share_high,
    case when breadth.hhi > rule.least_hhi then breadth.hhi end as hhi_high,
    breadth.five_largest_share,
    breadth.n_rising,
    breadth.n_falling,
    -- Of none that had a price then, nothing is said.
    nullif(breadth.n_30d, 0) as n_30d,
    case when breadth.n_30d > 0 then breadth.n_above_30d end as n_above_30d,
    case when breadth.n_30d > 0 then breadth.n_above_30d / breadth.n_30d end as above_30d_share,
    breadth.equal_over_cap_30d,
    breadth.turnover,
    level.base_date,
    level.index_change,
    whole.last_usd / whole.first_usd - 1 as sum_change
from marts.sector_breadth_day as breadth
cross join whole
cross join level
cross join rule
left join marts.sector_breadth_day as month
    on month.universe_id = breadth.universe_id and month.price_date = breadth.price_date - 30
left join marts.token as largest on largest.coin_id = breadth.largest_coin_id
where breadth.universe_id = 'compute-daily' and breadth.price_date = (select last_date from last_day)
