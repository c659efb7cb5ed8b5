-- description: Times in which a data set could not be had, from the first failure to the next
-- success; what came before stays in use meanwhile, and is stale. One row per source, data set
-- and first failure.
-- grain: source, dataset, began_at
-- column began_at: First failure.
-- column last_good_at: When it was had before; null: never.
-- column reason: What the first failure said.
-- column ended_at: When it was had again, or its source was switched off; null: not yet.
-- column is_open: It could not be had up to now.

with build as (
    select as_of from marts.build
),

noted as (
    select source, dataset, began_at, last_good_at, reason, ended_at, known_at
    from staging.capbrief__outage
),

-- Of an earlier state of knowledge the end may not have been known.
outage as (
    select
        noted.source,
        noted.dataset,
        noted.began_at,
        noted.last_good_at,
        noted.reason,
        case
            when build.as_of is null or noted.ended_at <= build.as_of then noted.ended_at
        end as ended_at,
        noted.known_at
    from noted
    cross join build
)

select
    source,
    dataset,
    began_at,
    last_good_at,
    reason,
    ended_at,
    ended_at is null as is_open,
    known_at
from outage
