-- description: Where the figures of a table come from: every data set that marts.token_day
-- descends from, with producer, licence and address. Put another table in its first line. One row
-- per data set.
-- grain: source, entity, dataset
with recursive ancestor (table_name) as (
    select 'marts.token_day' as table_name
    union
    select lineage.reads
    from ancestor
    join marts.lineage on lineage.model = ancestor.table_name
)

select
    source.source,
    source.entity,
    source.dataset,
    source.producer,
    source.licence,
    source.published_at,
    source.retrieved_at,
    source.url
from marts.source
join ancestor on ancestor.table_name = 'raw.' || source.source || '__' || source.entity
order by source.source, source.entity, source.dataset
