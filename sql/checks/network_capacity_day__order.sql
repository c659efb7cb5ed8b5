-- description: Counts are not negative, utilisation is a percentage, and of the GPUs that are there
-- no more are leased or free than there are, but for the unit or two by which endpoints differ. One
-- row per capacity that is not so.

with network_capacity_day as (
    select
        network_id,
        fact_date,
        source,
        claimed_gpus,
        verified_gpus,
        available_gpus,
        leased_gpus,
        active_gpus,
        n_nodes,
        n_providers,
        utilisation_pct
    from marts.network_capacity_day
)

select *
from network_capacity_day
where
    least(
        claimed_gpus,
        verified_gpus,
        available_gpus,
        leased_gpus,
        active_gpus,
        n_nodes,
        n_providers,
        utilisation_pct
    ) < 0
    or utilisation_pct > 100
    or leased_gpus > verified_gpus + greatest(2, 0.02 * verified_gpus)
    or available_gpus > verified_gpus + greatest(2, 0.02 * verified_gpus)
