-- description: Index of the daily universe against bitcoin over the last 30 days and over the 30 days before, from exact calendar days; null where a day lacks. One row per report.
-- grain: last_date
-- sources: bundled, import
with level as (
    select price_date, base_date, index_cap_weighted as index_value
    from marts.sector_index_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
),

bitcoin as (
    select price_date, close_usd from marts.token_day_from_files where coin_id = 'bitcoin'
),

ends as (select max(price_date) as last_date from level),

point as (
    select level.*, bitcoin.close_usd, ends.last_date - level.price_date as days_before
    from level
    inner join ends on level.price_date in (
        ends.last_date, ends.last_date - 30, ends.last_date - 60
    )
    left join bitcoin using (price_date)
),

change as (
    select
        now.days_before,
        now.index_value / earlier.index_value - 1 as index_change,
        now.close_usd / earlier.close_usd - 1 as bitcoin_change
    from point as now
    inner join point as earlier
        on earlier.days_before = now.days_before + 30 and earlier.base_date = now.base_date
)

select
    ends.last_date,
    ends.last_date - 30 as date_30d_before,
    max(index_change) filter (days_before = 0) as index_change_30d,
    max(bitcoin_change) filter (days_before = 0) as bitcoin_change_30d,
    max(index_change - bitcoin_change) filter (days_before = 0) as index_over_bitcoin_30d,
    max(index_change) filter (days_before = 30) as index_change_30d_before,
    max(bitcoin_change) filter (days_before = 30) as bitcoin_change_30d_before,
    max(index_change - bitcoin_change) filter (days_before = 30) as index_over_bitcoin_30d_before
from ends
left join change on true
where ends.last_date is not null
group by ends.last_date
