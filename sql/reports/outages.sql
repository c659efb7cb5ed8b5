-- description: Sources that could not be had at the report's date, or within the 30 days before, and what is used meanwhile. One row per source and whether it is still out.
-- grain: source, state
with outage as (
    select
        *,
        case when is_open then 'out' else 'had again' end as state
    from marts.outage
    where began_at::date <= (select report_date from marts.build)
        and (is_open or ended_at::date >= (select report_date from marts.build) - 30)
)

select
    source,
    state,
    count(distinct dataset) as n_datasets,
    min(began_at)::date as began_date,
    max(ended_at)::date as ended_date,
    min(last_good_at)::date as last_good_date,
    case
        when count(last_good_at) = count(*) then 'what was had before'
        when count(last_good_at) = 0 then 'nothing, it was never had'
        else 'what was had before, of some nothing'
    end as in_use,
    min_by(reason, dataset) as reason
from outage
group by source, state
order by state desc, source
