-- description: Which sources could not be had up to the report's date, in a sentence. One row per report.
-- grain: n_sources
with open_outage as (
    select
        source,
        count(*) as n_datasets,
        count(*) filter (last_good_at is null) as n_never,
        min(last_good_at) as last_good_at
    from marts.outage
    where is_open and began_at::date <= (select report_date from marts.build)
    group by source
),

told as (
    select
        source,
        source
        || ' ('
        || concat_ws(
            '; ',
            case when n_datasets > 1 then n_datasets || ' data sets' end,
            case
                when last_good_at is not null
                    then 'last had ' || strftime(last_good_at, '%Y-%m-%d')
            end,
            case
                when n_never = n_datasets then 'never had'
                when n_never > 0 then n_never || ' never had'
            end
        )
        || ')' as text
    from open_outage
)

select
    count(*) as n_sources,
    coalesce('Stale: ' || string_agg(text, ', ' order by source), '') as warning
from told
