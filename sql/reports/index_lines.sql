-- description: The indices of the daily universe and the sum of its market caps, 100 on the index's first day; null on days that the series do not have. One row per day and series.
-- grain: price_date, series
-- sources: bundled, import
with level as (
    select
        level.price_date,
        level.index_cap_weighted,
        level.index_equal_weighted,
        100 * day.member_sum_usd::double / first.member_sum_usd as sum_of_caps
    from marts.sector_index_day as level
    inner join marts.category_day as day using (universe_id, price_date)
    inner join marts.category_day as first
        on first.universe_id = level.universe_id and first.price_date = level.base_date
    where level.universe_id = 'compute-daily'
        and level.price_date <= (select report_date from marts.build)
),

line as (
    select price_date, 'Sum of caps' as series, 1 as place, sum_of_caps as index_value from level
    union all
    select price_date, 'Index', 2, index_cap_weighted from level
    union all
    select price_date, 'Equal weight', 3, index_equal_weighted from level
),

-- Without rows of their own, missing days would be drawn over.
missing_day as (
    select unnest(generate_series(min(price_date), max(price_date), interval 1 day))::date
        as price_date
    from level
    except
    select price_date from level
)

select line.*, false as is_background, event.event_date, event.title as event_title
from (
    from line
    union all
    select missing_day.price_date, line.series, line.place, null
    from missing_day
    cross join (select distinct series, place from line) as line
) as line
left join marts.event on event.event_id = 'sora-demo'
order by line.price_date, line.place
