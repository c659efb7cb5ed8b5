-- description: At most 1 % of the rows of a source file were rejected. One row per file above
-- that.

with source as (
    select source, dataset, n_rows, n_rejected from marts.source
)

select * from source where coalesce(n_rejected > 0.01 * (n_rows + n_rejected), true)
