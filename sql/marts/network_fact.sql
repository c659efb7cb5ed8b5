-- description: Cited facts on the capacity of decentralised GPU networks; the kind says who vouches
-- for a figure (it is claimed, verified, reported and so on), and figures of different kinds are
-- not comparable. One row per network, day, metric and kind.
-- grain: network_id, fact_date, metric, kind
-- column source: Document or outlet of the figure.
-- column measure: What the figure counts: claimed, verified, available, leased or active GPUs,
-- nodes, providers or utilisation; other: none of these, or a plan.
-- column gpu_name: Model that the figure is of, as the source names it; null: the whole network.

with source_rows as (
    select
        network_id,
        fact_date,
        metric,
        value_low,
        value_high,
        unit,
        kind,
        kind_note,
        source,
        known_at
    from staging.bundled__network_fact
),

parted as (
    select
        *,
        nullif(regexp_extract(metric, ' of model (.+)$', 1), '') as gpu_name,
        regexp_extract(metric, '^GPUs (claimed|verified|available|leased|active)\b', 1) as said
    from source_rows
),

network_fact as (
    select
        network_id,
        fact_date,
        metric,
        -- A figure that nobody says was verified is no more than a claim, whoever makes it.
        case
            when unit = 'GPUs' and said <> '' then said
            when unit = 'GPUs' and kind = 'verified' then 'verified'
            when unit = 'GPUs' then 'claimed'
            when metric in ('nodes', 'active nodes') then 'nodes'
            when metric = 'providers' then 'providers'
            when metric = 'utilisation' then 'utilisation'
            else 'other'
        end as measure,
        gpu_name,
        value_low,
        value_high,
        unit,
        kind,
        kind_note,
        source,
        known_at
    from parted
)

select * from network_fact
