-- description: Runs of the pipeline up to the one that made this file. One row per run.
-- grain: run_id

with run as (
    select run_id, command, started_at, finished_at, status, exit_code, version
    from staging.capbrief__run
)

select * from run
