-- description: Data sets that could not be had up to the report's date, those that were had before and those that never were; null where there are none. One row per report.
-- grain: n_sources
with open_outage as (
    select source, last_good_at
    from marts.outage
    where is_open and began_at::date <= (select report_date from marts.build)
)

select
    count(distinct source) as n_sources,
    nullif(count(last_good_at), 0) as n_stale,
    string_agg(distinct source, ', ' order by source) filter (last_good_at is not null)
        as stale_sources,
    min(last_good_at)::date as oldest_good_date,
    nullif(count(*) - count(last_good_at), 0) as n_never,
    string_agg(distinct source, ', ' order by source) filter (last_good_at is null)
        as never_sources
from open_outage
