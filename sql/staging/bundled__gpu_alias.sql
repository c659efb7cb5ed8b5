-- description: Names that accelerators go by, and the accelerator that each one means. One row per
-- name, memory, interface and source that it is used by.
-- grain: alias_id
-- column alias_id: The name with what it goes with; - for what it does not.
-- column memory_gb: Memory that the name goes with; null: any that the accelerator may have.
-- column interface: Form that the name goes with; null: any.
-- column source: Source that uses the name so; null: any.
-- column note: Why the name means this accelerator, where that is not plain.

with source_rows as (
    select * from raw.bundled__gpu_alias
),

renamed as (
    select
        concat_ws(
            '|',
            alias,
            coalesce(cast(memory_gb as varchar), '-'),
            coalesce(interface, '-'),
            coalesce(source, '-')
        ) as alias_id,
        alias,
        memory_gb,
        interface,
        source,
        gpu_key,
        note,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by alias_id
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
