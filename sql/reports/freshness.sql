-- description: How far each dated table reaches and how old it is at the report's date. One row per table.
-- grain: entity
select
    replace(entity, '_', ' ') as entity,
    first_date,
    last_date,
    age_days,
    n_rows,
    last_known_at::date as last_known_date
from marts.source_freshness
order by entity
