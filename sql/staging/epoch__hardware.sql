-- description: Chips of Epoch AI's table of hardware as it was had last; a chip that the publisher
-- took out is none any more. One row per chip.
-- grain: name

with source_rows as (
    select * from raw.epoch__hardware
),

renamed as (
    select
        name,
        manufacturer,
        type,
        release_date,
        release_price_usd,
        tensor_16bit_tflops,
        fp8_tflops,
        fp4_tflops,
        int8_tops,
        fp16_vector_tflops,
        fp32_vector_tflops,
        memory_gb,
        memory_bandwidth_gb_s,
        tdp_w,
        intranode_bandwidth_gb_s,
        internode_bandwidth_gbit_s,
        datasheet_url,
        price_source,
        note,
        last_modified,
        payload_sha256,
        known_at
    from source_rows
),

latest as (
    select *
    from renamed
    qualify dense_rank() over (order by known_at desc, payload_sha256) = 1
)

select * from latest
