-- description: How far each kind of fact reaches and how old it is on the report's day, beside the
-- days that could not be had and cannot be had any more. One row per kind of fact, and per gap.
-- grain: kind, name, first_date
select
    'fact' as kind,
    entity as name,
    first_date,
    last_date,
    age_days,
    n_rows || ' rows' as note
from marts.source_freshness
union all
select
    'gap' as kind,
    source || ' ' || dataset as name,
    first_date,
    last_date,
    null as age_days,
    reason as note
from marts.gap
order by kind, age_days desc nulls last, name, first_date
