-- description: Vendor-checked specifications of accelerators, dense rates. One row per
-- accelerator.
-- grain: gpu_key

with source_rows as (
    select * from raw.bundled__gpu_spec
),

renamed as (
    select
        gpu_key,
        vendor,
        architecture,
        bf16_dense_tflops,
        fp16_dense_tflops,
        fp8_dense_tflops,
        fp4_dense_tflops,
        int8_dense_tops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        form_factor,
        note,
        traced_through,
        published_date,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify row_number() over (
        partition by gpu_key
        order by known_at desc, payload_sha256
    ) = 1
)

select * from latest
