-- description: Published capacity of decentralised GPU networks; the kind says who vouches for a
-- figure (it is claimed, verified, reported and so on), and figures of different kinds are not
-- comparable. One row per network, day, metric and kind.
-- grain: network_id, fact_date, metric, kind
-- column source: Document or outlet of the figure.

with network_fact as (
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
)

select * from network_fact
