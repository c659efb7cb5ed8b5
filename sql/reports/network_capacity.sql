-- description: GPUs that decentralised networks claim, that were verified, and that are leased or free, up to the report's date, and nodes where these alone are counted. One row per network, day and figure.
-- grain: panel, fact_date, series
with capacity as (
    select
        network_id,
        fact_date,
        source = 'bundled' as is_cited,
        claimed_gpus,
        verified_gpus,
        leased_gpus,
        available_gpus,
        n_nodes
    from marts.network_capacity_day
    where fact_date <= (select report_date from marts.build)
),

figure as (
    select *
    from (
        select network_id, fact_date, is_cited, 'Claimed' as series, 1 as place, claimed_gpus as figure
        from capacity
        union all
        select network_id, fact_date, is_cited, 'Verified', 2, verified_gpus from capacity
        union all
        select network_id, fact_date, is_cited, 'Leased', 3, leased_gpus from capacity
        union all
        select network_id, fact_date, is_cited, 'Free', 4, available_gpus from capacity
        union all
        select network_id, fact_date, is_cited, 'Nodes', 5, n_nodes from capacity
    ) as part
    where figure > 0
)

select
    upper(network_id[1]) || network_id[2:] as panel,
    fact_date,
    series,
    any_value(place) as place,
    -- A network's own interface goes before what is cited of it on the same day.
    coalesce(max(figure) filter (not is_cited), max(figure)) as figure
from figure
group by network_id, fact_date, series
order by max(max(figure)) over (partition by network_id) desc, network_id, fact_date, any_value(place)
