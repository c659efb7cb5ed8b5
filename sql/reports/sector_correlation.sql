-- description: Correlation of the daily universe's index with each benchmark within 90 days; null on days without a figure. One row per day and benchmark.
-- grain: price_date, series
with figure as (
    select
        tied.price_date,
        coalesce(token.symbol, tied.benchmark_id) as series,
        tied.benchmark_id,
        tied.correlation_90d as rolling_value
    from marts.sector_comovement_day as tied
    left join marts.token on token.coin_id = tied.benchmark_id
    where tied.universe_id = 'compute-daily'
        and tied.price_date <= (select report_date from marts.build)
),

-- A line needs two days.
line as (
    select
        series,
        row_number() over (
            order by list_position(['bitcoin', 'ethereum', 'NVDA'], benchmark_id), benchmark_id
        ) as place
    from figure
    group by series, benchmark_id
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
