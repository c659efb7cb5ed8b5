-- description: What each endpoint of a network gives as its total of GPUs on a day, beside the one
-- that the capacity is taken from. They count at other moments and leave out other nodes, so that a
-- unit or two between them is usual. One row per network, day and endpoint.
-- grain: network_id, fact_date, endpoint
-- column endpoint: Where the network gives it; models: the sum over its models.
-- column total_gpus: GPUs in all.
-- column leased_gpus: GPUs in use; null: the endpoint does not say.
-- column available_gpus: GPUs that are free; null: the endpoint does not say.

with capacity as (
    select seen_date, gpus_active, gpus_available, gpus_total, known_at
    from staging.akash__capacity
),

own_total as (
    select seen_date, endpoint, gpus_total, gpus_leased, gpus_available, known_at
    from staging.akash__gpu_total
),

model as (
    select seen_date, gpus_allocatable, gpus_allocated, known_at from staging.akash__gpu_model
),

told as (
    select
        seen_date,
        'network-capacity' as endpoint,
        gpus_total as total_gpus,
        gpus_active as leased_gpus,
        gpus_available as available_gpus,
        known_at
    from capacity
    union all
    select seen_date, endpoint, gpus_total, gpus_leased, gpus_available, known_at from own_total
    union all
    select
        seen_date,
        'models',
        cast(sum(gpus_allocatable) as bigint),
        cast(sum(gpus_allocated) as bigint),
        cast(sum(gpus_allocatable - gpus_allocated) as bigint),
        max(known_at)
    from model
    group by seen_date
),

network_total_day as (
    select
        'akash' as network_id,
        told.seen_date as fact_date,
        told.endpoint,
        told.total_gpus,
        told.leased_gpus,
        told.available_gpus,
        told.total_gpus - capacity.gpus_total as total_difference_gpus,
        -- A unit or two, or what is as little of a larger network.
        abs(told.total_gpus - capacity.gpus_total)
        > greatest(2, 0.02 * capacity.gpus_total) as is_total_disputed,
        greatest(told.known_at, capacity.known_at) as known_at
    from told
    left join capacity using (seen_date)
)

select * from network_total_day
