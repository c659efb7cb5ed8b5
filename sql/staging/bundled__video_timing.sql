-- description: Published timings of open video models on named GPUs. One row per model, GPU,
-- number of GPUs, case and source.
-- grain: model, gpu, gpus, case_text, source

with source_rows as (
    select * from raw.bundled__video_timing
),

renamed as (
    select
        model,
        gpu,
        gpus,
        tokens,
        steps,
        passes,
        layers,
        width,
        mac_per_token_layer,
        seconds,
        kind,
        "case" as case_text,
        source,
        comparable as is_comparable,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by model, gpu, gpus, case_text, source
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
