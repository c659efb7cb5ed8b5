-- description: Nodes and frames on Render since its beginning, as its foundation's page said last
-- on a UTC day (unofficial). One row per day.
-- grain: seen_date

with source_rows as (
    select * from raw.render__node
),

renamed as (
    select
        cast(known_at as date) as seen_date,
        n_nodes,
        n_frames,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by seen_date
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
