-- description: Work on Akash by day, from its own series: GPUs and leases at the end of the day,
-- what was spent in it, and the share of GPUs in use at the last look of the day. One row per
-- network and day.
-- grain: network_id, activity_date
-- column activity_date: Day that the figures speak of, a complete UTC day.
-- column leased_gpus: GPUs in use at the day's last block; null: not given.
-- column utilisation_pct: GPUs in use or asked for, for 100 in all; null: not given.
-- column n_leases: Leases that were active at the day's last block; null: not given.
-- column spent_usd: What tenants spent in the day; null: not given.

with graph_day as (
    select series, graph_date, value, known_at from staging.akash__graph_day
),

network_activity_day as (
    select
        'akash' as network_id,
        graph_date as activity_date,
        cast(max(value) filter (where series = 'activeGPU') as bigint) as leased_gpus,
        max(value) filter (where series = 'gpuUtilization') as utilisation_pct,
        cast(max(value) filter (where series = 'activeLeaseCount') as bigint) as n_leases,
        -- In millionths of a dollar.
        max(value) filter (where series = 'dailyUUsdSpent') / 1e6 as spent_usd,
        max(known_at) as known_at
    from graph_day
    group by graph_date
)

select * from network_activity_day
