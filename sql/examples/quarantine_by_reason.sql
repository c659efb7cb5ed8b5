-- description: Rows that were kept apart, counted by source and reason, with the newest of them.
-- One row per source, entity and reason.
-- grain: source, entity, reason
select
    source,
    entity,
    reason,
    count(*) as n_rows,
    max(known_at) as newest_known_at,
    any_value(row_json order by known_at desc, row_number) as newest_row
from marts.quarantine
group by source, entity, reason
order by n_rows desc, source, entity, reason
