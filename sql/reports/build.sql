-- description: What the warehouse was built for, and by which version. One row per build.
-- grain: report_date
select
    build.report_date,
    build.as_of,
    build.edition_title,
    build.edition_date,
    build.edition_description,
    latest.version
from marts.build
cross join (select max_by(run.version, run.started_at) as version from marts.run) as latest
