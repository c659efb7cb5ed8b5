-- description: Accelerators at frontier data centres from a day on, by Epoch AI's newest edition;
-- of several rows of a day and chip the last. One row per data centre, chip and day.
-- grain: data_center, chip, state_date
-- column chip: Chip, as the publisher names it.

with source_rows as (
    select * from raw.epoch__data_center_chip
),

newest as (
    select *
    from source_rows
    qualify dense_rank() over (order by known_at desc, payload_sha256) = 1
),

renamed as (
    select
        data_center,
        chip,
        state_date,
        cast(round(units) as bigint) as units,
        chip_source,
        units_source,
        owner,
        owner_confidence,
        users,
        users_confidence,
        note,
        row_number,
        payload_sha256,
        known_at
    from newest
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by data_center, chip, state_date
        order by row_number desc, payload_sha256
    ) = 1
)

select * from latest
