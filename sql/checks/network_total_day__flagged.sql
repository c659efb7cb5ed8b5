-- description: Where an endpoint of a network counts over two GPUs (or 2 %) more or fewer than its
-- capacity says, the day is flagged, and no other is. One row per total that is flagged wrongly.

with network_total_day as (
    select network_id, fact_date, endpoint, total_gpus, total_difference_gpus, is_total_disputed
    from marts.network_total_day
)

select *
from network_total_day
where
    is_total_disputed
    is distinct from
    abs(total_difference_gpus)
    > greatest(2, 0.02 * (total_gpus - total_difference_gpus))
