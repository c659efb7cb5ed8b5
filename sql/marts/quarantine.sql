-- description: Rows of source files that did not fit their declared schema, with the reason.
-- One row per rejected row.
-- grain: source, entity, payload_sha256, row_number

with quarantine as (
    select source, entity, payload_sha256, row_number, reason, row_json, known_at
    from staging.capbrief__quarantine
)

select * from quarantine
