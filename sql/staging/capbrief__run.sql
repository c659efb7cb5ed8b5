-- description: Runs that the ledger recorded. One row per run.
-- grain: run_id

with source_rows as (
    select * from raw.capbrief__run
),

renamed as (
    select
        run_id,
        command,
        started_at,
        finished_at,
        status,
        exit_code,
        version,
        settings
    from source_rows
)

select * from renamed
