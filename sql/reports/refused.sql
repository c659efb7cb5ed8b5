-- description: Rows that were refused when loading, by the field that did not fit, with one of the reasons. One row per source, kind of row and field.
-- grain: source, entity, field
select
    source,
    entity,
    -- A reason names its field first; those of live rows name their values too.
    case when contains(reason, ':') then split_part(reason, ':', 1) else '' end as field,
    count(*) as n,
    min(reason) as reason
from marts.quarantine
group by source, entity, field
order by n desc, source, entity, field
