-- description: A shipment's quarter is a calendar quarter. One row per shipment that is off.

with shipment_quarter as (
    select chip, quarter_start, quarter_end from marts.shipment_quarter
)

select *
from shipment_quarter
where
    quarter_start is distinct from date_trunc('quarter', quarter_start)
    or quarter_start is null
    or quarter_end is distinct from last_day(quarter_start + interval 2 month)
