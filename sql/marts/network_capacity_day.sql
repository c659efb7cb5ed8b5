-- description: Capacity of decentralised GPU networks: what is claimed, verified, available and
-- leased, side by side, each null where nobody says. Only the last three are supply; nothing is
-- derived from a claim alone. Of a published range the low end stands here, the range in the note.
-- One row per network, day and source.
-- grain: network_id, fact_date, source
-- column source: Source of the figures, by the name of capbrief's source; bundled: cited facts.
-- column active_gpus: GPUs that the network calls active, which does not say that they are rented.
-- column n_nodes: Nodes, by whoever counts them (kind); a node may hold several GPUs, or none.
-- column n_providers: Providers that offer GPUs.
-- column utilisation_pct: GPUs in use for 100 in all, as the source gives it, else leased GPUs for
-- 100 verified ones; null: unknown.
-- column kind: Who vouches for the figures: api (the network's interface), else the kinds of the
-- cited facts.
-- column kind_note: What the columns do not say: ranges, remarks, and facts without a column.
-- column citation: Documents or endpoints of the figures.

with capacity as (
    select
        seen_date,
        n_providers,
        gpus_active,
        gpus_pending,
        gpus_available,
        gpus_total,
        known_at
    from staging.akash__capacity
),

ionet_market as (
    select seen_date, gpus_idle, gpus_hired, known_at from staging.ionet__gpu_market
),

ionet_inventory as (
    select seen_date, devices_total, devices_active, known_at from staging.ionet__inventory
),

render_node as (
    select seen_date, n_nodes, known_at from staging.render__node
),

fact as (
    select
        network_id,
        fact_date,
        metric,
        measure,
        value_low,
        value_high,
        regexp_replace(cast(value_low as varchar), '\.0$', '') as low_text,
        regexp_replace(cast(value_high as varchar), '\.0$', '') as high_text,
        unit,
        kind,
        kind_note,
        source,
        known_at,
        -- Of two figures of one day the better vouched for.
        list_position(
            ['verified', 'reported', 'core team', 'investor note', 'press', 'claimed'], kind
        ) as rank
    from marts.network_fact
    where gpu_name is null
),

cited as (
    select
        network_id,
        fact_date,
        'bundled' as source,
        arg_min(value_low, rank) filter (where measure = 'claimed') as claimed_gpus,
        arg_min(value_low, rank) filter (where measure = 'verified') as verified_gpus,
        arg_min(value_low, rank) filter (where measure = 'available') as available_gpus,
        arg_min(value_low, rank) filter (where measure = 'leased') as leased_gpus,
        arg_min(value_low, rank) filter (where measure = 'active') as active_gpus,
        arg_min(value_low, rank) filter (where measure = 'nodes') as n_nodes,
        arg_min(value_low, rank) filter (where measure = 'providers') as n_providers,
        100 * arg_min(value_low, rank) filter (where measure = 'utilisation') as utilisation_pct,
        string_agg(distinct kind, '; ' order by kind) as kind,
        string_agg(
            metric
            || case
                when value_low < value_high then ' ' || low_text || ' to ' || high_text
                when measure = 'other' then ' ' || low_text || case unit when '1' then '' else ' ' || unit end
                else ''
            end
            || coalesce(' (' || kind_note || ')', ''),
            '; '
            order by metric, kind
        ) filter (
            where value_low < value_high or kind_note is not null or measure = 'other'
        ) as kind_note,
        string_agg(distinct source, '; ' order by source) as citation,
        max(known_at) as known_at
    from fact
    group by network_id, fact_date
),

ionet as (
    select
        seen_date,
        max(devices_total) as claimed_gpus,
        max(devices_active) as active_gpus,
        sum(gpus_idle) as available_gpus,
        sum(gpus_hired) as leased_gpus,
        max(known_at) as known_at
    from (
        select
            seen_date,
            devices_total,
            devices_active,
            null as gpus_idle,
            null as gpus_hired,
            known_at
        from ionet_inventory
        union all
        select seen_date, null, null, gpus_idle, gpus_hired, known_at from ionet_market
    ) as told
    group by seen_date
),

network_capacity as (
    select * from cited
    union all
    select
        'akash',
        seen_date,
        'akash',
        null,
        gpus_total,
        gpus_available,
        gpus_active,
        null,
        null,
        n_providers,
        null,
        'api',
        case when gpus_pending > 0 then gpus_pending || ' pending: neither leased nor free' end,
        'Akash console, network-capacity',
        known_at
    from capacity
    union all
    select
        'io.net',
        seen_date,
        'ionet',
        claimed_gpus,
        null,
        available_gpus,
        leased_gpus,
        active_gpus,
        null,
        null,
        null,
        'api',
        'unofficial; claimed: all devices registered',
        'io.net explorer, inventory-aggregated and market-snapshot',
        known_at
    from ionet
    union all
    select
        'render',
        seen_date,
        'render',
        null,
        null,
        null,
        null,
        null,
        n_nodes,
        null,
        null,
        'api',
        'unofficial; nodes since the beginning, not those that work now',
        'Render Foundation statistics page, nodes_and_frames',
        known_at
    from render_node
),

network_capacity_day as (
    select
        network_id,
        fact_date,
        source,
        cast(claimed_gpus as bigint) as claimed_gpus,
        cast(verified_gpus as bigint) as verified_gpus,
        cast(available_gpus as bigint) as available_gpus,
        cast(leased_gpus as bigint) as leased_gpus,
        cast(active_gpus as bigint) as active_gpus,
        cast(n_nodes as bigint) as n_nodes,
        cast(n_providers as bigint) as n_providers,
        coalesce(utilisation_pct, 100 * leased_gpus / nullif(verified_gpus, 0)) as utilisation_pct,
        kind,
        kind_note,
        citation,
        known_at
    from network_capacity
)

select * from network_capacity_day
