-- description: GPUs of Akash's providers by day, vendor and model, at the last look of the day,
-- with the figures that were told last. One row per day, vendor and model.
-- grain: graph_date, gpu_vendor, gpu_model

with source_rows as (
    select * from raw.akash__gpu_breakdown
),

renamed as (
    select
        graph_date,
        gpu_vendor,
        gpu_model,
        n_providers,
        n_nodes,
        gpus_total,
        gpus_leased,
        utilisation_pct,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by graph_date, gpu_vendor, gpu_model
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
