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
-- Live tables begin long after the edition: a report of its time does not know them.
where age_days is not null
    or (
        entity not in ('token_day (CoinGecko)', 'token_snapshot_day', 'category_day', 'global_day')
        and entity not like 'network\_%(%' escape '\'
    )
order by entity
