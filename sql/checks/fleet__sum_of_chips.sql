-- description: H100-equivalents on the publisher's 8-bit basis add up: the running total is the
-- sum of the shipments by chip, and an owner's fleet that of its chips. Medians do not add, and
-- counts are rounded, so within 2 % (the publisher's differ by up to 0.8 %); a chip left out,
-- counted twice or on another basis is further off. One row per sum that is off.

with fleet_total_quarter as (
    select quarter_end, h100e_8bit_epoch_p50 from marts.fleet_total_quarter
),

shipment_quarter as (
    select quarter_end, h100e_8bit_epoch_p50 from marts.shipment_quarter
),

fleet_quarter as (
    select owner, quarter_end, h100e_8bit_epoch_p50 from marts.fleet_quarter
),

fleet_chip_quarter as (
    select owner, quarter_end, h100e_8bit_epoch_p50 from marts.fleet_chip_quarter
),

summed as (
    select
        'all' as holder,
        total.quarter_end,
        total.h100e_8bit_epoch_p50 as stated,
        sum(shipped.h100e_8bit_epoch_p50) as sum_of_chips
    from fleet_total_quarter as total
    left join shipment_quarter as shipped on shipped.quarter_end <= total.quarter_end
    group by total.quarter_end, total.h100e_8bit_epoch_p50
    union all
    select
        owned.owner,
        owned.quarter_end,
        owned.h100e_8bit_epoch_p50,
        sum(chip.h100e_8bit_epoch_p50)
    from fleet_quarter as owned
    left join fleet_chip_quarter as chip using (owner, quarter_end)
    group by owned.owner, owned.quarter_end, owned.h100e_8bit_epoch_p50
)

select *, sum_of_chips / stated - 1 as deviation
from summed
where coalesce(abs(sum_of_chips / stated - 1) > 0.02, true)
