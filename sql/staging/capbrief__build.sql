-- description: What this file was built for: the report's day, and the moment up to which facts
-- count (null: all that is known). One row per file.
-- grain: report_date

with source_rows as (
    select * from raw.capbrief__build
),

renamed as (
    select
        report_date,
        as_of
    from source_rows
)

select * from renamed
