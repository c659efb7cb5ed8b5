-- description: A file says exactly once what it was built for. One row per file that does not.

with build as (
    select count(*) as n_rows from marts.build
)

select n_rows from build where n_rows <> 1
