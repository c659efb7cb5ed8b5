-- description: Which table is made from which. One row per table and table that it reads.
-- grain: model, reads
-- column model: Table that is made.

with lineage as (
    select model, reads from staging.capbrief__lineage
)

select * from lineage
