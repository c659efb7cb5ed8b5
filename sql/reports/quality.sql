-- description: How complete the daily series are and what was refused. One row per report.
-- grain: last_date
with day as (
    select * from marts.category_day
    where universe_id = 'compute-daily' and price_date <= (select report_date from marts.build)
)

select
    max(day.price_date) as last_date,
    build.report_date - max(day.price_date) as lag_days,
    count(*) as n_days,
    count(*) filter (day.n_priced = day.n_members) as n_complete_days,
    (max(day.price_date) - min(day.price_date) + 1) - count(*) as n_missing_days,
    max(source.n_sources) as n_sources,
    max(source.n_rows) as n_rows,
    max(quarantine.n_refused) as n_refused,
    count(*) filter (day.n_priced = day.n_members) = count(*)
        and max(quarantine.n_refused_here) = 0 as is_complete
from day
cross join marts.build
cross join (
    select count(distinct (source, entity)) as n_sources, sum(n_rows)::bigint as n_rows
    from marts.source
    -- What a file is and which tokens count are rules, not facts.
    where entity <> 'edition' and source <> 'universe'
) as source
cross join (
    select
        count(*) as n_refused,
        -- A crawl's refused rows do not make the bundled series less complete.
        count(*) filter (source = 'bundled' or entity = 'token_daily') as n_refused_here
    from marts.quarantine
) as quarantine
group by build.report_date
