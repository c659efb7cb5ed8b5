-- description: H100-equivalents on the publisher's 8-bit basis add up: the running total is the
-- sum of the shipments by chip, and an owner's fleet that of its chips, where they are given.
-- Medians do not add, and counts are rounded, so within 2 % in the bundled edition (whose differ by
-- up to 0.8 %) and 5 % in later ones; a chip left out, counted twice or on another basis is
-- further off. One row per sum that is off.

with fleet_total_quarter as (
    select designer, quarter_end, h100e_8bit_epoch_p50 from marts.fleet_total_quarter
),

shipment_quarter as (
    select designer, quarter_end, h100e_8bit_epoch_p50 from marts.shipment_quarter
),

fleet_quarter as (
    select owner, designer, quarter_end, h100e_8bit_epoch_p50 from marts.fleet_quarter
),

fleet_chip_quarter as (
    select owner, designer, quarter_end, h100e_8bit_epoch_p50 from marts.fleet_chip_quarter
),

tolerance as (
    select count(*) > 0 as is_later, case when count(*) > 0 then 0.05 else 0.02 end as most
    from marts.supply_release
),

-- A later edition may give the fleet of an owner without its chips.
by_chip as (
    select distinct owner, designer from fleet_chip_quarter
),

summed as (
    select
        'all' as holder,
        total.designer,
        total.quarter_end,
        total.h100e_8bit_epoch_p50 as stated,
        sum(shipped.h100e_8bit_epoch_p50) as sum_of_chips,
        true as is_by_chip
    from fleet_total_quarter as total
    left join shipment_quarter as shipped
        on shipped.designer = total.designer and shipped.quarter_end <= total.quarter_end
    group by total.designer, total.quarter_end, total.h100e_8bit_epoch_p50
    union all
    select
        owned.owner,
        owned.designer,
        owned.quarter_end,
        owned.h100e_8bit_epoch_p50,
        sum(chip.h100e_8bit_epoch_p50),
        bool_or(by_chip.owner is not null)
    from fleet_quarter as owned
    left join by_chip using (owner, designer)
    left join fleet_chip_quarter as chip using (owner, designer, quarter_end)
    group by owned.owner, owned.designer, owned.quarter_end, owned.h100e_8bit_epoch_p50
)

select summed.*, summed.sum_of_chips / nullif(summed.stated, 0) - 1 as deviation
from summed
cross join tolerance
where
    coalesce(
        abs(summed.sum_of_chips - summed.stated) > tolerance.most * summed.stated,
        -- Of the bundled edition all is there; a later one may lack the chips of some quarters.
        not tolerance.is_later
    )
    and (summed.is_by_chip or not tolerance.is_later)
