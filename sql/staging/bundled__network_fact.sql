-- description: Capacity figures of decentralised GPU networks; the kind's remark in brackets
-- stands apart. One row per network, day, metric and kind.
-- grain: network_id, fact_date, metric, kind

with source_rows as (
    select * from raw.bundled__network_fact
),

renamed as (
    select
        network as network_id,
        date as fact_date,
        metric,
        value_low,
        value_high,
        unit,
        trim(split_part(kind, '(', 1)) as kind,
        nullif(regexp_extract(kind, '\((.*)\)', 1), '') as kind_note,
        source,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by network_id, fact_date, metric, kind
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
