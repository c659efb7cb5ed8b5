-- description: What stood, or is planned to stand, at frontier data centres from a day on; days
-- after known_at are plans. H100-equivalents on the publisher's 8-bit basis. One row per data
-- centre and day.
-- grain: data_center, state_date

with data_center_timeline as (
    select
        data_center,
        state_date,
        state_date > cast(known_at as date) as is_planned,
        construction_status,
        h100e_8bit_epoch,
        power_mw,
        buildings,
        capital_cost_usd,
        known_at
    from staging.epoch__data_center_timeline
)

select * from data_center_timeline
