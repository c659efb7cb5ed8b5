-- description: What the warehouse was built for, and by which version. One row per build.
-- grain: report_date
select
    build.report_date,
    build.as_of,
    build.edition_title,
    build.edition_date,
    build.edition_description,
    latest.version,
    latest.settings
from marts.build
cross join (
    -- Settings of another run than the last one are not those of this one, where it has none.
    select
        max_by(run.version, run.started_at) as version,
        arg_max_null(run.settings, run.started_at) as settings
    from marts.run
) as latest
