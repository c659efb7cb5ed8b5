-- description: What each decentralised network claims, what was verified of it, what is leased and
-- what is free, on the newest day of each source that counts GPUs: a claim is no supply. One row per
-- network and source.
-- grain: network, source
select
    network_id as network,
    source,
    fact_date,
    claimed_gpus,
    verified_gpus,
    leased_gpus,
    available_gpus,
    active_gpus,
    round(utilisation_pct, 1) as utilisation_pct,
    kind
from marts.network_capacity_day
where coalesce(claimed_gpus, verified_gpus, leased_gpus, available_gpus, active_gpus) is not null
qualify row_number() over (partition by network_id, source order by fact_date desc) = 1
order by network_id, source
