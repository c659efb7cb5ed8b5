-- description: Chips of Epoch AI's table of hardware in each state that was had of it. One row per
-- state and chip.
-- grain: payload_sha256, name

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

-- A state that comes back is the one that was had before.
first_had as (
    select *
    from renamed
    qualify row_number() over (partition by payload_sha256, name order by known_at) = 1
)

select * from first_had
