-- description: Runs of the pipeline up to the one that made this file. One row per run.
-- grain: run_id
-- column status: published for the run that made this file; else running, ok, partial, failed or
-- killed.

with run as (
    select run_id, command, started_at, finished_at, status, exit_code, version, settings
    from staging.capbrief__run
)

select * from run
