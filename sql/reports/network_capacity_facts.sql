-- description: GPUs of the networks at the last count of each, claimed and verified apart. One row per report.
-- grain: n_networks
with capacity as (
    -- A network's own interface goes before what is cited of it on the same day.
    select *, (fact_date, source <> 'bundled') as place
    from marts.network_capacity_day
    where fact_date <= (select report_date from marts.build)
        and coalesce(claimed_gpus, verified_gpus, leased_gpus, available_gpus, n_nodes) > 0
),

last_count as (
    select
        network_id,
        max_by(claimed_gpus, place) filter (claimed_gpus is not null) as claimed_gpus,
        max_by(verified_gpus, place) filter (verified_gpus is not null) as verified_gpus,
        max_by(leased_gpus, place) filter (leased_gpus is not null) as leased_gpus,
        max_by(n_nodes, place) filter (n_nodes is not null) as n_nodes,
        min(fact_date) as first_date,
        max(fact_date) as last_date
    from capacity
    group by network_id
)

select
    count(*) as n_networks,
    sum(claimed_gpus)::double as claimed_gpus,
    sum(verified_gpus)::double as verified_gpus,
    sum(leased_gpus)::double as leased_gpus,
    sum(n_nodes)::double as n_nodes,
    min(first_date) as first_date,
    max(last_date) as last_date
from last_count
having count(*) > 0
