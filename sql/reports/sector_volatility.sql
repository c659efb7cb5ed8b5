-- description: Realised volatility of the daily universe's index within 30 and 90 days, in per cent a year; null on days without a figure. One row per day and window.
-- grain: price_date, series
-- sources: bundled, import
with figure as (
    select price_date, '30 days' as series, 1 as place, 100 * volatility_30d as rolling_value
    from marts.sector_risk_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
    union all
    select price_date, '90 days', 2, 100 * volatility_90d
    from marts.sector_risk_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
),

-- A line needs two days.
line as (
    select series, place
    from figure
    group by series, place
    having count(rolling_value) > 1
),

-- Without rows of their own, missing days would be drawn over.
day as (
    select unnest(generate_series(min(price_date), max(price_date), interval 1 day))::date
        as price_date
    from figure
    where rolling_value is not null
)

select
    day.price_date,
    line.series,
    line.place,
    figure.rolling_value,
    event.event_date,
    event.title as event_title
from day
cross join line
left join figure using (price_date, series)
left join marts.event on event.event_id = 'sora-demo'
order by day.price_date, line.place
