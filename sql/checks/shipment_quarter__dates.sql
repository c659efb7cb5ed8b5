-- description: A shipment's quarter is a quarter of the calendar, between 2015 and 2099: a vendor's
-- fiscal quarters are another thing, and a day taken for a month gives others. One row per shipment
-- that is off.

with shipment_quarter as (
    select designer, chip, quarter_start, quarter_end from marts.shipment_quarter
)

select *
from shipment_quarter
where
    quarter_start is distinct from date_trunc('quarter', quarter_start)
    or quarter_start is null
    or quarter_end is distinct from last_day(quarter_start + interval 2 month)
    or year(quarter_start) not between 2015 and 2099
