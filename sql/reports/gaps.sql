-- description: What is missing or was refused, by what it concerns. One row per gap.
-- grain: gap
with unknown_cap as (
    select
        token.name,
        min(token_day.price_date) as first_date,
        max(token_day.price_date) as last_date,
        count(*) as n
    from marts.token_day
    inner join marts.universe_day using (coin_id, price_date)
    inner join marts.token using (coin_id)
    where universe_day.universe_id = 'compute-daily' and token_day.market_cap_usd is null
        and token_day.price_date <= (select report_date from marts.build)
    group by token.name
),

late as (
    select max(price_date) as last_date from marts.token_day
    inner join marts.universe_day using (coin_id, price_date)
    where universe_id = 'compute-daily'
)

select
    'Market cap of ' || name || ' unknown' as gap,
    first_date,
    last_date,
    n,
    'left out of the sum, not counted as zero' as treatment
from unknown_cap
union all
select
    'Daily token series end before the report''s date',
    late.last_date + 1,
    build.report_date,
    build.report_date - late.last_date,
    'drawn to their end; nothing is carried forward'
from late
cross join marts.build
where late.last_date < build.report_date
union all
select
    'Rows refused when loading: ' || entity || ', ' || reason,
    null,
    null,
    count(*),
    'kept apart with the reason'
from marts.quarantine
group by entity, reason
order by 1
