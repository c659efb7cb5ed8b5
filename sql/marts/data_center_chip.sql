-- description: Accelerators at frontier data centres from a day on; days after known_at are plans.
-- One row per data centre, chip and day.
-- grain: data_center, chip, state_date
-- column owner: Owner of the site, as the publisher names it; null: unknown.
-- column users: Who uses it, as the publisher takes it; several are parted by commas.
-- column note: What the publisher says of the row; null: nothing.
-- column chip: Chip, as the publisher names it.

with data_center_chip as (
    select
        data_center,
        chip,
        state_date,
        units,
        chip_source,
        units_source,
        owner,
        owner_confidence,
        users,
        users_confidence,
        note,
        known_at
    from staging.epoch__data_center_chip
),

gpu_name as (
    select source, name, memory_gb, interface, gpu_key from marts.gpu_name where source = 'epoch'
),

named as (
    select
        site.data_center,
        site.chip,
        site.state_date,
        site.state_date > cast(site.known_at as date) as is_planned,
        gpu_name.gpu_key,
        site.units,
        site.chip_source,
        site.units_source,
        site.owner,
        site.owner_confidence,
        site.users,
        site.users_confidence,
        site.note,
        site.known_at
    from data_center_chip as site
    left join gpu_name
        on gpu_name.name = site.chip
        and gpu_name.memory_gb is null
        and gpu_name.interface is null
)

select * from named
