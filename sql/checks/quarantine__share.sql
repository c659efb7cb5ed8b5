-- description: At most 1 % of the rows of a bundled file were rejected, and of what another source
-- gave on a day at most 5 % of a kind, or a single row: vendors change without asking, and a kind
-- may have one row a day. One row per file, or source, kind and day, above that.

with source as (
    select source, entity, dataset, n_rows, n_rejected, retrieved_at from marts.source
),

counted as (
    select source, dataset as part, n_rows, n_rejected, 0.01 as most, 0 as n_tolerated
    from source
    where source = 'bundled'
    union all
    select
        source,
        entity || ' of ' || cast(cast(retrieved_at as date) as varchar),
        sum(n_rows),
        sum(n_rejected),
        0.05,
        1
    from source
    where source <> 'bundled'
    group by source, entity, cast(retrieved_at as date)
)

select * exclude (n_tolerated)
from counted
where coalesce(n_rejected > greatest(most * (n_rows + n_rejected), n_tolerated), true)
