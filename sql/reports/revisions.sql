-- description: The figures that publishers revised last, the largest changes of a day first. One row per quantity, subject and day.
-- grain: quantity, subject_id, value_date
select
    quantity,
    subject,
    subject_id,
    value_date,
    first_value,
    value,
    ratio - 1 as change,
    cast(known_at as date) as known_date
from marts.revision
where value_date is null or value_date <= (select report_date from marts.build)
order by known_date desc, abs(ln(ratio)) desc nulls last, quantity, subject_id, value_date
limit 25
