-- description: One unit of a chip is worth the same number of H100 at 8 bits in all quarters,
-- within 5 %: units and H100-equivalents are of one edition and in the units they say. Small
-- quarters are left out, as counts are whole. One row per chip that is off.

with shipment_quarter as (
    select designer, chip, units_p50, h100e_8bit_epoch_p50 / units_p50 as rate
    from marts.shipment_quarter
    where units_p50 >= 1000
)

select designer, chip, min(rate) as least, max(rate) as most
from shipment_quarter
group by designer, chip
having max(rate) > 1.05 * min(rate)
