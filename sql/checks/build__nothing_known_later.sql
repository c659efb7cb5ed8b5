-- description: A file built for an earlier state of knowledge holds nothing that became known
-- after it. One row per table that does.

with build as (
    select as_of from marts.build where as_of is not null
),

fact as (
    select 'marts.token_day' as model, max(known_at) as known_at from marts.token_day
    union all
    select 'marts.token_month', max(known_at) from marts.token_month
    union all
    select 'marts.gpu', max(known_at) from marts.gpu
    union all
    select 'marts.fleet_quarter', max(known_at) from marts.fleet_quarter
    union all
    select 'marts.fleet_total_quarter', max(known_at) from marts.fleet_total_quarter
    union all
    select 'marts.shipment_quarter', max(known_at) from marts.shipment_quarter
    union all
    select 'marts.network_capacity_day', max(known_at) from marts.network_capacity_day
    union all
    select 'marts.equity_day', max(known_at) from marts.equity_day
    union all
    select 'marts.video_timing', max(known_at) from marts.video_timing
    union all
    select 'marts.claim', max(known_at) from marts.claim
    union all
    select 'estimates.claim_evidence', max(known_at) from estimates.claim_evidence
)

select fact.model, fact.known_at, build.as_of
from fact
cross join build
where fact.known_at > build.as_of
