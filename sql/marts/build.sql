-- description: What this file was built for: the report's day, the moment up to which facts
-- count (null: all that is known), and the newest bundled edition in it. One row per file.
-- grain: report_date

with build as (
    select report_date, as_of from staging.capbrief__build
),

edition as (
    select edition_id, edition_title, edition_date, edition_description
    from staging.bundled__edition
),

newest_edition as (
    select *
    from edition
    qualify row_number() over (order by edition_date desc, edition_id) = 1
),

joined as (
    select
        build.report_date,
        build.as_of,
        newest_edition.edition_id,
        newest_edition.edition_title,
        newest_edition.edition_date,
        newest_edition.edition_description
    from build
    left join newest_edition on true
)

select * from joined
